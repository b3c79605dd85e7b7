import { LRUCache } from "lru-cache";

/** How many of a tenant's events are evaluated at once: more would only wait in another place. */
const atOnce = 16;
/** An event waits for its tenant's turn no longer than this: it holds one of the process's job slots meanwhile. */
const maxWaitMs = 1_000;
const maxTenants = 10_000;

interface Line {
  inside: number;
  readonly waiting: Set<(admitted: boolean) => void>;
  /** When the last one left, or the first one entered. */
  sinceMs: number;
  /** From one leaving to the next, smoothed; 0: not known yet. */
  serviceMs: number;
}

/**
 * Lets nobody's slow expressions take all job slots: events of a tenant whose turn would come later than in a second are sent away, to be
 * fanned out another time. Where evaluating is as fast as it should be, nobody is.
 */
export class Turnstile {
  readonly #lines = new LRUCache<string, Line>({ max: maxTenants });

  /** Whether the tenant's event may be evaluated now; whoever was admitted must `leave`. */
  async enter(tenantId: string): Promise<boolean> {
    const line = this.#lineOf(tenantId);
    if (line.inside < atOnce) {
      if (line.inside++ === 0) line.sinceMs = performance.now();
      return true;
    }
    if (line.serviceMs * line.waiting.size > maxWaitMs) return false;
    return new Promise((resolve) => {
      const answer = (admitted: boolean): void => {
        clearTimeout(timer);
        line.waiting.delete(answer);
        resolve(admitted);
      };
      const timer = setTimeout(answer, maxWaitMs, false);
      line.waiting.add(answer);
    });
  }

  leave(tenantId: string): void {
    const line = this.#lineOf(tenantId);
    const nowMs = performance.now();
    const tookMs = nowMs - line.sinceMs;
    line.serviceMs = line.serviceMs === 0 ? tookMs : line.serviceMs * 0.8 + tookMs * 0.2;
    line.sinceMs = nowMs;
    const [next] = line.waiting;
    if (next === undefined) line.inside--;
    else next(true);
  }

  #lineOf(tenantId: string): Line {
    const known = this.#lines.get(tenantId);
    if (known !== undefined) return known;
    const line: Line = { inside: 0, waiting: new Set(), sinceMs: 0, serviceMs: 0 };
    this.#lines.set(tenantId, line);
    return line;
  }
}
