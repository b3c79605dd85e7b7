/** How a batcher groups its items; every field bounds something. */
export interface BatcherOptions<Item, Result> {
  /** Carries out one batch; the results stand in the order of the items. A rejection is every item's. */
  readonly run: (items: Item[]) => Promise<readonly Result[]>;
  readonly maxSize: number;
  /** Batches under way at once; while that many are, items collect. */
  readonly maxInFlight: number;
  /** How long the first item of a batch waits for company, in milliseconds. */
  readonly delayMs: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns many calls into few statements: under load a batch is what came while the ones before were under way, so it grows with the
 * load by itself; alone, an item waits only `delayMs`.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #inFlight = 0;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#inFlight >= this.#options.maxInFlight) return;
    if (this.#waiting.length >= this.#options.maxSize || this.#options.delayMs === 0)
      this.#timer = setImmediate(this.#flush);
    else this.#timer = setTimeout(this.#flush, this.#options.delayMs);
  }

  readonly #flush = (): void => {
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, this.#options.maxSize);
    if (batch.length === 0) return;
    this.#inFlight++;
    void this.#carryOut(batch);
    if (this.#waiting.length > 0) this.#schedule();
  };

  async #carryOut(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map((w) => w.item));
      for (const [i, w] of batch.entries()) {
        const result = results[i];
        if (result === undefined) w.reject(new Error("a batch came back short"));
        else w.resolve(result);
      }
    } catch (error) {
      for (const w of batch) w.reject(error);
    } finally {
      this.#inFlight--;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
