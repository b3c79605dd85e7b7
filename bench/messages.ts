import { z } from "zod";

/** One kind of call from the bench to a process of its own. */
export interface Message<Input extends z.ZodType, Output extends z.ZodType> {
  readonly name: string;
  readonly input: Input;
  readonly output: Output;
}

const message = <I extends z.ZodType, O extends z.ZodType>(name: string, input: I, output: O): Message<I, O> => ({
  name,
  input,
  output,
});

/** Times are `monotonicMs`. */
export const receiverMessages = {
  /** Forgets everything that came. */
  reset: message("reset", z.null(), z.null()),
  /** From now on requests at these paths are never answered; those at others are again. */
  silence: message("silence", z.array(z.string()), z.null()),
  seen: message(
    "seen",
    z.null(),
    z.object({
      requests: z.number(),
      /** Different `webhook-id`s. */
      distinct: z.number(),
      firstAtMs: z.number(),
      /** Of the last id that was new. */
      lastAtMs: z.number(),
      bodyBytes: z.number(),
      /** How late the receiver itself was, at most. */
      latestMs: z.number(),
    }),
  ),
  /** Every id with the time of its first arrival. */
  arrivals: message("arrivals", z.null(), z.array(z.tuple([z.string(), z.number()]))),
  /** When these ids arrived first; null: not yet. */
  arrivalsOf: message("arrivalsOf", z.array(z.string()), z.array(z.number().nullable())),
  /** The same id at another path is from now on, or no longer, another arrival: an event of several endpoints. */
  tellPathsApart: message("tellPathsApart", z.boolean(), z.null()),
  /** Every answer comes so much later from now on: a receiver that is that far away. */
  answerAfter: message("answerAfter", z.object({ ms: z.number() }), z.null()),
  /** From now on the first request of every nth id is answered 500; 0: of none. */
  failFirst: message("failFirst", z.object({ everyNth: z.number() }), z.null()),
  /** As `arrivalsOf`; those that have arrived, and the times of requests, are forgotten. */
  takeArrivals: message("takeArrivals", z.array(z.string()), z.array(z.number().nullable())),
  /** When each request at the path arrived, repeated ones too. */
  timesAt: message("timesAt", z.string(), z.array(z.number())),
  /** Looks from now on, or no longer, at the numbers that events with keys carry. It costs the receiver time. */
  watchOrder: message("watchOrder", z.boolean(), z.null()),
  /** What it saw since the last reset. */
  order: message(
    "order",
    z.null(),
    z.object({
      /** Of a path. */
      keys: z.number(),
      checked: z.number(),
      /** Requests with a number other than the next one of their key, or before the last one of it had been answered. */
      violations: z.number(),
    }),
  ),
};

export const bareMessages = {
  /** Signs and POSTs `count` times, `sockets` at a time. */
  run: message(
    "run",
    z.object({ url: z.url(), body: z.string(), count: z.number(), sockets: z.number() }),
    z.object({ refused: z.number() }),
  ),
};

/** Where and how events are published. */
const publishing = z.object({
  origin: z.url(),
  key: z.string(),
  /** Events go to these in turn. */
  tenants: z.array(z.string()),
  connections: z.number(),
  /**
   * With ordering keys, so many in all: a key's events go to one tenant, two after each other, and say their key and their number, from 1 on.
   * They are in order only on one connection.
   */
  keys: z.number().optional(),
  /** Documents in a catalog's own envelope, published in turn instead; each holds `placeholder` where its id goes. */
  native: z.object({ catalog: z.string(), documents: z.array(z.string()) }).optional(),
  /** Every second event carries an id of its own, as publishers choose them. */
  ids: z.boolean().optional(),
});
export const placeholder = "@id@";
export type Publishing = z.infer<typeof publishing>;

/** The id in the answer, when the request was handed to the client, and when it was answered. */
const times = z.array(z.tuple([z.string(), z.number(), z.number()]));
const failures = { failed: z.number(), firstFailure: z.string().nullable() };

export const loadMessages = {
  /** Publishes `count` events in batches. */
  fill: message("fill", publishing.extend({ count: z.number(), perRequest: z.number() }), z.object(failures)),
  /** Closed loop: every connection sends its next request when the last one is answered. */
  closed: message(
    "closed",
    publishing.extend({ perRequest: z.number(), warmUpMs: z.number(), measureMs: z.number() }),
    z.object({
      ...failures,
      accepted: z.number(),
      seconds: z.number(),
      latenciesMs: z.array(z.number()),
      /** With the warm-up and what was under way at the end. */
      acceptedInAll: z.number(),
    }),
  ),
  /** Open loop: requests of so many events, at times that do not depend on the answers. Times are kept of single ones. */
  open: message(
    "open",
    publishing.extend({
      ratePerSecond: z.number(),
      durationMs: z.number(),
      keepTimes: z.boolean(),
      perRequest: z.number().default(1),
    }),
    z.object({
      ...failures,
      times,
      /** How late the generator itself was, at most. */
      latestMs: z.number(),
    }),
  ),
  /** What the open loop that began last has kept so far; it is forgotten. */
  takeTimes: message("takeTimes", z.null(), times),
  /** Ends the open loops under way before their time. */
  stop: message("stop", z.null(), z.null()),
  /** Of the open loop that began last. */
  progress: message("progress", z.null(), z.object({ offered: z.number(), accepted: z.number(), failed: z.number() })),
};
