import type { Census } from "#db/sql/house.ts";
import type { LoopRun } from "./loop.ts";
import type { Failure, SendOutcome } from "./outcome.ts";

/** What a deliverer says about its work, as it happens. Called on the hot path: an implementation adds to numbers and returns. */
export interface Measures {
  /** A delivery goes out, so long after its time had come. */
  sent(delaySeconds: number): void;
  /** An attempt has ended; `failure` is null where it succeeded. */
  attempt(outcome: SendOutcome["outcome"], failure: Failure | null, seconds: number): void;
  /** A loop has made a step. */
  ran(run: LoopRun): void;
  /** What waits, for all deliverers alike. */
  counted(census: Census): void;
}

export const noMeasures: Measures = { sent: () => {}, attempt: () => {}, ran: () => {}, counted: () => {} };
