/** What may wait for its turn, and how it is handled. */
export interface TurnsOptions<Item> {
  /** What would wait longer is not taken. */
  readonly maxWaitMs: number;
  readonly handle: (item: Item) => void;
}

/** So many are handled at least before the event loop looks at its sockets again: about five milliseconds of work. */
const EACH_TURN = 32;
/** To refuse one costs about a quarter of handling one (56 of 220 µs): so a process that is all refusals still handles half its time. */
const FOR_EACH_REFUSAL = 0.25;
/** However quick they may be: what waits is memory. */
const MAX_WAITING = 5_000;
/** How much of the last turn goes into the mean. */
const WEIGHT = 0.1;

/**
 * Requests that have come, in the order in which they came. Node hands over all that has arrived at all sockets before it looks at
 * anything else: at more requests a second than the process can do each such turn of the event loop is longer than the one before, until
 * nothing is answered in time, neither the database's answers nor /healthz. So a turn takes a few; the others wait here, and as long as
 * some wait it is known how long one takes, and so whether another one would be answered in time.
 */
export class Turns<Item> {
  readonly #options: TurnsOptions<Item>;
  #waiting: Item[] = [];
  #next = 0;
  #handled = 0;
  #refused = 0;
  #budget = EACH_TURN;
  #isScheduled = false;
  #meanMs = 0;

  constructor(options: TurnsOptions<Item>) {
    this.#options = options;
  }

  /** Handles it at once while there is time, else in its turn. False: it would wait too long, and was not taken. */
  take(item: Item): boolean {
    if (this.#handled < EACH_TURN && this.#count === 0) {
      this.#handled++;
      this.#schedule();
      this.#options.handle(item);
      return true;
    }
    const waitsTooLong = this.#count >= this.#budget && this.#count * this.#meanMs > this.#options.maxWaitMs;
    if (waitsTooLong || this.#count >= MAX_WAITING) {
      this.#refused++;
      return false;
    }
    this.#waiting.push(item);
    return true;
  }

  get #count(): number {
    return this.#waiting.length - this.#next;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const begunAt = performance.now();
    setImmediate(() => {
      // Of a turn that was not full nothing is learnt: the process waited for requests in it.
      if (this.#handled >= EACH_TURN) this.#learn((performance.now() - begunAt) / this.#handled);
      this.#isScheduled = false;
      this.#handled = 0;
      this.#budget = Math.max(EACH_TURN, Math.ceil(this.#refused * FOR_EACH_REFUSAL));
      this.#refused = 0;
      this.#handleWaiting();
    });
  }

  #learn(eachMs: number): void {
    this.#meanMs += (eachMs - this.#meanMs) * WEIGHT;
  }

  #handleWaiting(): void {
    if (this.#count === 0) return;
    this.#schedule();
    const items = this.#waiting.slice(this.#next, this.#next + this.#budget);
    this.#handled = items.length;
    this.#next += items.length;
    // What was handled is dropped now and then, and not with each turn: shifting a long queue costs its length.
    if (this.#count === 0 || this.#next > 1_024) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    for (const item of items) this.#options.handle(item);
  }
}
