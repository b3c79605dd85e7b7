import { acceptEvents, type AcceptAnswer, type AcceptResult, type EventRow } from "#db/sql/publish.ts";
import { StoreUnavailable, type Store } from "#db/store.ts";
import { Problem } from "#domain/problems.ts";
import { readAnswer, toColumns } from "./columns.ts";
import { CommitPace } from "./commitPace.ts";

/** What became of one event; `failed` carries an error that is ours or the database's, never the publisher's. */
export type Outcome = AcceptResult | { readonly status: "failed"; readonly error: unknown };

export interface GroupCommitOptions {
  readonly store: Store;
  /** Events that may wait or be under way; more are refused. */
  readonly maxWaiting: number;
  /** How long an event may expect to wait for its statement; what would wait longer is refused at once. */
  readonly maxWaitMs: number;
  /** Statements under way at once. */
  readonly statements?: number;
  /** How long an event waits for its answer at most; then it fails, whatever its statement does. */
  readonly deadlineMs: number;
}

interface Waiting {
  readonly row: EventRow;
  readonly characters: number;
  /** Of tenant and ordering key; null: it has none. */
  readonly order: string | null;
  readonly settle: (outcome: Outcome) => void;
  state: "waiting" | "underWay" | "settled";
}

const MAX_EVENTS = 250;
const MAX_CHARACTERS = 1_048_576;
const DEFAULT_STATEMENTS = 2;
/**
 * A statement costs as much as ten events in it: of 64 publishers with an event each, PostgreSQL spent a third less where they shared one
 * statement and not two. So a second one begins beside the first where it is half full, or where the first one takes its time.
 */
const WORTH_ANOTHER = 125;
const PATIENCE_MS = 10;
/** 20,000 events of 256 KiB would be 5 GB: what waits is bounded in size as well. */
const MAX_WAITING_CHARACTERS = 134_217_728;

/**
 * Writes events that arrive at about the same time in one statement, and so in one commit. An event that comes alone does not wait: while a
 * statement is under way events gather, and when it ends the next one takes what has gathered.
 */
export class GroupCommit {
  readonly #store: Store;
  readonly #maxWaiting: number;
  readonly #maxWaitMs: number;
  readonly #pace: CommitPace;
  readonly #statements: number;
  readonly #deadlineMs: number;
  #queue: Waiting[] = [];
  #taken = 0;
  #waiting = 0;
  #characters = 0;
  #running = 0;
  /** When the last statement began. */
  #begunAt = 0;
  #patience: ReturnType<typeof setTimeout> | undefined;
  /** The orders of the events whose statements are under way. */
  readonly #orders = new Set<string>();
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#store = options.store;
    this.#maxWaiting = options.maxWaiting;
    this.#maxWaitMs = options.maxWaitMs;
    this.#statements = options.statements ?? DEFAULT_STATEMENTS;
    this.#pace = new CommitPace(this.#statements);
    this.#deadlineMs = options.deadlineMs;
  }

  /** Events that wait or are under way. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether an event that comes now would be refused. Cheap: asked before a request is read. */
  isFull(): boolean {
    if (this.#waiting >= this.#maxWaiting || this.#characters > MAX_WAITING_CHARACTERS) return true;
    const full = Math.max(this.#waiting / MAX_EVENTS, this.#characters / MAX_CHARACTERS);
    return this.#pace.waitMs(full) > this.#maxWaitMs;
  }

  /**
   * Writes all rows, each for itself; the outcomes come in the order of the rows.
   * @param deadlineMs how long they may wait where that is less than usual
   * @throws {Problem} overloaded, at once
   */
  async submit(rows: readonly EventRow[], deadlineMs = this.#deadlineMs): Promise<Outcome[]> {
    if (rows.length === 0) return [];
    if (this.#waiting + rows.length > this.#maxWaiting || this.isFull()) {
      throw new Problem("overloaded", "Too many events wait for the database. Try again in a moment.");
    }
    return new Promise((resolve) => {
      const outcomes: Outcome[] = [];
      let open = rows.length;
      const done = (i: number, outcome: Outcome): void => {
        outcomes[i] = outcome;
        if (--open > 0) return;
        clearTimeout(deadline);
        resolve(outcomes);
      };
      const entries = rows.map((row, i) => this.#enqueue(row, (outcome) => done(i, outcome)));
      const deadline = setTimeout(() => expire(entries), deadlineMs);
      this.#pump();
    });
  }

  #enqueue(row: EventRow, done: (outcome: Outcome) => void): Waiting {
    const characters = countCharacters(row);
    const settle = (outcome: Outcome): void => {
      if (entry.state === "settled") return;
      entry.state = "settled";
      this.#waiting--;
      this.#characters -= characters;
      done(outcome);
    };
    const order = row.ordering_key === null ? null : `${row.tenant_id} ${row.ordering_key}`;
    const entry: Waiting = { row, characters, order, settle, state: "waiting" };
    this.#waiting++;
    this.#characters += characters;
    this.#queue.push(entry);
    return entry;
  }

  /** Resolves when nothing waits and nothing is under way: at shutdown, after the last request was taken. */
  async drained(): Promise<void> {
    if (this.#waiting > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #pump(): void {
    while (this.#running < this.#statements && this.#taken < this.#queue.length) {
      if (this.#running > 0 && !this.#isWorthAnother()) return;
      const chunk = this.#takeChunk();
      // Nothing but what was settled meanwhile, or what must wait for a statement that is under way.
      if (chunk.length === 0 && this.#running > 0) return;
      if (chunk.length === 0) continue;
      this.#running++;
      const orders = chunk.flatMap(({ order }) => order ?? []);
      for (const order of orders) this.#orders.add(order);
      const begunAt = performance.now();
      this.#begunAt = begunAt;
      this.#pace.began();
      void this.#write(chunk).finally(() => {
        this.#running--;
        this.#pace.ended(begunAt);
        for (const order of orders) this.#orders.delete(order);
        this.#pump();
      });
    }
    if (this.#waiting === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Whether to begin another statement beside those under way; if not, looks again when they have taken their time. */
  #isWorthAnother(): boolean {
    if (this.#queue.length - this.#taken >= WORTH_ANOTHER) return true;
    const leftMs = this.#begunAt + PATIENCE_MS - performance.now();
    if (leftMs <= 0) return true;
    if (this.#patience === undefined) {
      this.#patience = setTimeout(() => {
        this.#patience = undefined;
        this.#pump();
      }, leftMs);
    }
    return false;
  }

  #takeChunk(): Waiting[] {
    const chunk: Waiting[] = [];
    let characters = 0;
    for (let next = this.#queue[this.#taken]; next !== undefined; next = this.#queue[this.#taken]) {
      characters += next.characters;
      if (chunk.length > 0 && (chunk.length === MAX_EVENTS || characters > MAX_CHARACTERS)) break;
      // Of two statements at once either may be accepted first: events of one key would change places.
      if (next.order !== null && this.#orders.has(next.order)) break;
      this.#taken++;
      if (next.state === "settled") continue;
      next.state = "underWay";
      chunk.push(next);
    }
    // What was taken is dropped now and then, and not with each chunk: shifting a long queue costs its length.
    if (this.#taken === this.#queue.length || this.#taken > 4_096) {
      this.#queue = this.#queue.slice(this.#taken);
      this.#taken = 0;
    }
    return chunk;
  }

  async #write(chunk: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#accept(chunk);
      for (const [i, waiting] of chunk.entries()) {
        waiting.settle(results[i] ?? { status: "failed", error: new Error("posthorn.accept_columns gave no answer") });
      }
    } catch (error) {
      const [only] = chunk;
      if (error instanceof StoreUnavailable || chunk.length === 1 || only === undefined) {
        for (const waiting of chunk) waiting.settle({ status: "failed", error });
        return;
      }
      // The statement failed as a whole, and nothing was written: halve it, until the event that did it stands alone.
      const half = Math.ceil(chunk.length / 2);
      await this.#write(chunk.slice(0, half));
      await this.#write(chunk.slice(half));
    }
  }

  async #accept(chunk: readonly Waiting[]): Promise<readonly AcceptResult[]> {
    const rows = chunk.map(({ row }) => row);
    const values = toColumns(rows);
    try {
      return readAnswer(rows, await this.#store.run<AcceptAnswer>(acceptEvents, values));
    } catch (error) {
      if (!isDeadlock(error)) throw error;
      // PostgreSQL chose this statement to break a deadlock, and undid all of it: once more.
      return readAnswer(rows, await this.#store.run<AcceptAnswer>(acceptEvents, values));
    }
  }
}

/** What an event takes of the bounds; its other texts are short. */
function countCharacters({ data, native, metadata }: EventRow): number {
  return 512 + data.length + (native?.length ?? 0) + (metadata?.length ?? 0);
}

/** Behind a statement that hangs nobody waits for two of them: what was not sent yet is not sent any more. */
function expire(entries: readonly Waiting[]): void {
  for (const { state, settle } of entries) {
    const error =
      state === "waiting"
        ? new Problem(
            "overloaded",
            "The event waited too long for the database, and was not accepted. Try again in a moment.",
          )
        : new StoreUnavailable(new Error("no answer to a publish within its deadline"));
    settle({ status: "failed", error });
  }
}

function isDeadlock(error: unknown): boolean {
  const cause = error instanceof StoreUnavailable ? error.cause : error;
  return cause instanceof Error && "code" in cause && cause.code === "40P01";
}
