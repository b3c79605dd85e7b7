import { feedsReady } from "#db/sql/feed.ts";
import type { Store } from "#db/store.ts";

export interface FeedWatchOptions {
  readonly store: Store;
  /** Calls that may wait at once; more are answered at once. */
  readonly maxWaiting: number;
}

const TICK_MS = 200;
/** Every so many ticks old deliveries are looked for as well: redelivered ones, and retries that have come due. */
const THOROUGH_TICKS = 10;

/**
 * Lets calls wait for something in their feed without a database connection: one statement asks for all of them, five times a second, and
 * only while somebody waits. One for the process.
 */
export class FeedWatch {
  readonly #store: Store;
  readonly #maxWaiting: number;
  readonly #waiting = new Map<string, Set<() => void>>();
  #count = 0;
  #ticks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor({ store, maxWaiting }: FeedWatchOptions) {
    this.#store = store;
    this.#maxWaiting = maxWaiting;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#count;
  }

  /** True when the feed should be read again; false when the time is over, the caller has gone, or there is no room to wait in. */
  wait(endpointId: string, waitMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#closed || this.#count >= this.#maxWaiting || signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (ready: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        this.#remove(endpointId, wake);
        resolve(ready);
      };
      const wake = (): void => end(!this.#closed);
      const giveUp = (): void => end(false);
      const timer = setTimeout(giveUp, waitMs);
      signal.addEventListener("abort", giveUp);
      this.#add(endpointId, wake);
    });
  }

  /** Ends all waits, those to come too: the process is about to end. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const endpointId of this.#waiting.keys()) this.#wake(endpointId);
  }

  #add(endpointId: string, wake: () => void): void {
    this.#count++;
    const all = this.#waiting.get(endpointId) ?? new Set();
    this.#waiting.set(endpointId, all.add(wake));
    this.#timer ??= setTimeout(() => void this.#tick(), TICK_MS);
  }

  #remove(endpointId: string, wake: () => void): void {
    const all = this.#waiting.get(endpointId);
    if (!all?.delete(wake)) return;
    this.#count--;
    if (all.size === 0) this.#waiting.delete(endpointId);
  }

  #wake(endpointId: string): void {
    for (const wake of this.#waiting.get(endpointId) ?? []) wake();
  }

  async #tick(): Promise<void> {
    try {
      const thorough = this.#ticks++ % THOROUGH_TICKS === 0;
      const values = [[...this.#waiting.keys()], thorough];
      for (const { id } of await this.#store.run<{ id: string }>(feedsReady, values)) this.#wake(id);
    } catch {
      // The database is away: those who wait go on waiting, and whoever asks it next is told.
    }
    const goesOn = this.#count > 0 && !this.#closed;
    this.#timer = goesOn ? setTimeout(() => void this.#tick(), TICK_MS) : undefined;
  }
}
