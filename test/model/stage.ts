import type { Look } from "./look.ts";
import type { Model } from "./model.ts";
import type { Chances } from "./random.ts";
import type { Replays } from "./replaying.ts";
import type { Story } from "./story.ts";
import type { Hands } from "./world.ts";

/** A request that is under way: what its deliverer had loaded. */
export interface Flight {
  readonly job: string;
  readonly delivery: string;
  readonly endpoint: string;
  readonly attempts: number;
  readonly step: number;
}

export interface ActingDeliverer {
  /** What its jobs are locked by. */
  id: string;
  flights: Flight[];
}

/** One sequence: its model, its deliverers, and how the database looked after the last step. */
export interface Stage {
  readonly story: Story;
  readonly tenant: string;
  readonly chances: Chances;
  readonly model: Model;
  readonly deliverers: readonly ActingDeliverer[];
  /** Requests of deliverers that were taken for dead. */
  ghosts: Flight[];
  look: Look;
  /** Deliveries that may lack their job, and that may have one too many: see the sentences. */
  readonly orphans: Set<string>;
  readonly stale: Set<string>;
  /** Several things are being done at the same time. */
  racing: boolean;
  /** Events of this step. */
  readonly fannedOut: Set<string>;
  /** Deliveries that a person has sent again in this step. */
  readonly redelivered: Set<string>;
  /** Events that were published while others were. */
  readonly madeAtOnce: Set<string>;
  /** Endpoints that have failed for days, if anybody asks. */
  readonly failedForDays: Set<string>;
  readonly replays: Replays;
  /** When requests may go out by their endpoint's rate limit. */
  readonly turns: Map<string, number[]>;
  /** Deliveries of which a request was sent, and those that a person has sent again or canceled. */
  readonly sent: Set<string>;
  readonly touched: Set<string>;
  /** How many of the requests succeed. */
  readonly health: number;
  /** Milliseconds that the clock was moved. */
  movedMs: number;
}

/** What is done next; everything that chance decides is decided when it is made. */
export interface Step {
  readonly what: string;
  /** It consists of several statements, whose states in between nobody looks at. */
  readonly isMuch?: boolean;
  run(hands: Hands): Promise<void>;
}

/** Null where there is nothing to do it to. */
export type Plan = (stage: Stage) => Step | null;

/** Something that must not be. */
export class Broken extends Error {
  override readonly name = "Broken";
}
