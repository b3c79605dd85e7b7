/** How much of the last statement's duration goes into the mean. */
const WEIGHT = 0.3;

/**
 * How long an event that comes now would wait for its statement: as many rounds of full statements as there are ahead of it, each of the
 * length of the last ones. While all statements hang nothing is learnt from them: then it is at least as long as nothing has moved.
 */
export class CommitPace {
  readonly #statements: number;
  #meanMs = 0;
  #movedAt = performance.now();

  /** @param statements under way at once */
  constructor(statements: number) {
    this.#statements = statements;
  }

  began(): void {
    this.#movedAt = performance.now();
  }

  ended(begunAt: number): void {
    this.#movedAt = performance.now();
    this.#meanMs += (this.#movedAt - begunAt - this.#meanMs) * WEIGHT;
  }

  /** @param full statements that all that is ahead would fill, those under way among them */
  waitMs(full: number): number {
    const rounds = Math.floor(full / this.#statements);
    if (rounds === 0) return 0;
    return Math.max(rounds * this.#meanMs, performance.now() - this.#movedAt);
  }
}
