import type { Failure, SendOutcome } from "./outcome.ts";

/** What a deliverer says about its work, as it happens. Called on the hot path: an implementation adds to numbers and returns. */
export interface Measures {
  /** A delivery goes out, so long after its time had come. */
  sent(delaySeconds: number): void;
  /** An attempt has ended; `failure` is null where it succeeded. */
  attempt(outcome: SendOutcome["outcome"], failure: Failure | null, seconds: number): void;
}

export const noMeasures: Measures = { sent: () => {}, attempt: () => {} };
