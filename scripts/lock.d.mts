export interface HeldLock {
  release(): void;
}
export function processIdentity(pid: number): string | undefined;
export function tryLock(path: string): HeldLock | { heldBy: number };
export function lock(path: string, onWait?: (pid: number) => void): Promise<HeldLock>;
