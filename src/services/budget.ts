import { StoreUnavailable } from "#db/store.ts";

/**
 * What all the database work of one request may take together, in milliseconds: each statement has a time-out of its own, and one after the
 * other they would add up. Other waits, such as for the request's body, do not count. For work that is done one after the other.
 */
export class Budget {
  #leftMs: number;

  constructor(ms: number) {
    this.#leftMs = ms;
  }

  /** Counts work that ends by itself within what is left. @throws {StoreUnavailable} nothing is left: it was not begun */
  async count<T>(work: (leftMs: number) => Promise<T>): Promise<T> {
    if (this.#leftMs <= 0) throw late();
    const begun = performance.now();
    try {
      return await work(this.#leftMs);
    } finally {
      this.#leftMs -= performance.now() - begun;
    }
  }

  /** Counts work that could take longer. @throws {StoreUnavailable} it did; it goes on, and nobody waits for it */
  spend<T>(work: () => Promise<T>): Promise<T> {
    return this.count(async (leftMs) => {
      const { promise, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => {
        // Timers may be a little early by the monotonic clock.
        this.#leftMs = 0;
        reject(late());
      }, leftMs);
      try {
        return await Promise.race([work(), promise]);
      } finally {
        clearTimeout(timer);
      }
    });
  }
}

function late(): StoreUnavailable {
  return new StoreUnavailable(new Error("no answer of the database within the request's deadline"));
}
