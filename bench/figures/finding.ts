import type { Rig } from "../rig/rig.ts";

/** How much is measured. The table's figures are those of `full`; `quick` shows that the bench itself works. */
export interface Amounts {
  readonly drainEvents: number;
  /** Of drains beside something else. */
  readonly besideEvents: number;
  readonly warmUpMs: number;
  readonly publishMs: number;
  readonly probeMs: number;
  readonly sustainedMs: number;
  readonly latencyMs: number;
  /** Of each kind, in each round. */
  readonly validationEvents: number;
  readonly expressionEvents: number;
  readonly matchings: number;
  readonly rounds: number;
  /** Of live traffic, each time it is measured. */
  readonly liveMs: number;
  /** For each endpoint that never answers. */
  readonly waitingEach: number;
  readonly held: number;
  readonly future: number;
  readonly replayed: number;
  readonly orderedKeys: number;
  readonly limitedMs: number;
  readonly resumed: number;
  /** Of a day, in each of the three tables. */
  readonly droppedRows: number;
  readonly history: { readonly small: number; readonly large: number };
  /** Measured deliveries of each kind, in each of two rounds. */
  readonly historyEvents: number;
}

export const full: Amounts = {
  drainEvents: 100_000,
  besideEvents: 40_000,
  warmUpMs: 3_000,
  publishMs: 10_000,
  probeMs: 8_000,
  sustainedMs: 60_000,
  latencyMs: 25_000,
  validationEvents: 10_000,
  expressionEvents: 2_000,
  matchings: 5_000,
  rounds: 5,
  liveMs: 30_000,
  waitingEach: 10_000,
  held: 1_000_000,
  future: 200_000,
  replayed: 100_000,
  orderedKeys: 1_000,
  limitedMs: 60_000,
  resumed: 100_000,
  droppedRows: 1_000_000,
  history: { small: 100_000, large: 10_000_000 },
  historyEvents: 40_000,
};

export const quick: Amounts = {
  drainEvents: 10_000,
  besideEvents: 4_000,
  warmUpMs: 1_000,
  publishMs: 2_000,
  probeMs: 3_000,
  sustainedMs: 6_000,
  latencyMs: 6_000,
  validationEvents: 1_000,
  expressionEvents: 200,
  matchings: 500,
  rounds: 2,
  liveMs: 6_000,
  waitingEach: 500,
  held: 20_000,
  future: 4_000,
  replayed: 5_000,
  orderedKeys: 100,
  limitedMs: 6_000,
  resumed: 5_000,
  droppedRows: 20_000,
  history: { small: 10_000, large: 300_000 },
  historyEvents: 4_000,
};

/** One line of the table. */
export interface Finding {
  readonly figure: string;
  readonly measured: string;
  readonly asked: string;
  readonly met: boolean;
  /** The numbers behind it, for the JSON. */
  readonly numbers: Readonly<Record<string, unknown>>;
}

export interface Measuring {
  readonly rig: Rig;
  readonly amounts: Amounts;
  /** Events a second: what was found to be published and delivered together, or was given. */
  readonly sustained: { perSecond: number | undefined };
  readonly soakMinutes: number;
  /** Takes one line about what is going on. */
  readonly say: (line: string) => void;
  /** Takes what a profiled gateway, whose processes have ended, did. */
  readonly profiled: (name: string, work: Work, statements: readonly SqlStatement[]) => void;
}

/** What a gateway was watched doing; times are `monotonicMs`. */
export interface Work {
  events: number;
  fromMs: number;
  toMs: number;
}

/** A row of pg_stat_statements. A statement's time is also in that of the function that ran it. */
export interface SqlStatement {
  /** Its beginning. */
  readonly text: string;
  readonly calls: number;
  readonly rows: number;
  readonly totalMs: number;
}

export const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
