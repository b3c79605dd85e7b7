import { z } from "@hono/zod-openapi";
import { laneOf, wholeLaneOf, type Lane } from "#services/laneView.ts";
import { shownTime } from "../schemas.ts";

/** An endpoint's lane, as lists and single endpoints show it. */

const reason = z.enum(["paused", "failing", "slow", "throttled", "ordered", "disabled"]);

export const lane = z
  .object({
    state: z.enum(["open", "held"]),
    reason: reason.nullable().openapi({
      description:
        "By people: `paused` (deliveries wait), `disabled` (none are made). By the gateway: `failing` (one is tried at a time, at growing distances), `slow` (as many are under way as the endpoint answers), `throttled` (its `rateLimit`, or it answered 429), `ordered` (deliveries wait behind others of their ordering key; all the others go out)",
      example: null,
    }),
    since: shownTime.nullable().openapi({ example: null }),
    detail: z.string().nullable().openapi({
      description: "Who or what held it; `ordered`: how many keys wait behind a delivery that failed for good",
      example: null,
    }),
  })
  .openapi("Lane", {
    description:
      "Whether deliveries go out, or where the endpoint polls are handed out: then a person holds it, or what failed and blocks its ordering key",
    example: { state: "open", reason: null, since: null, detail: null },
  });

const count = z.number().int().min(0);

export const wholeLane = lane
  .extend({
    waiting: count.openapi({
      description: "Deliveries that are held, up to 100,000; of one that polls, those not yet acknowledged",
      example: 1280,
    }),
    waitingIsExact: z.boolean().openapi({ description: "False: there are more than 100,000", example: true }),
    inFlight: count.openapi({
      description: "Deliveries that the lane has let through, one by one, and that are under way",
      example: 1,
    }),
    nextAttemptAt: shownTime.nullable().openapi({
      description: "When the next of those that wait is tried, where the gateway holds the lane",
      example: "2026-01-31T09:31:20.000Z",
    }),
  })
  .openapi("LaneDetail", {
    example: {
      state: "held",
      reason: "failing",
      since: "2026-01-31T09:30:00.000Z",
      detail: "10 failures in a row",
      waiting: 1280,
      waitingIsExact: true,
      inFlight: 1,
      nextAttemptAt: "2026-01-31T09:31:20.000Z",
    },
  });

export function showLane(row: Parameters<typeof laneOf>[0]) {
  return shown(laneOf(row));
}

export function showWholeLane(row: Parameters<typeof wholeLaneOf>[0]) {
  const { waiting, waitingIsExact, inFlight, nextAttemptAt, ...whole } = wholeLaneOf(row);
  return {
    ...shown(whole),
    waiting,
    waitingIsExact,
    inFlight,
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
  };
}

function shown({ state, reason: why, since, detail }: Lane) {
  return { state, reason: why, since: since?.toISOString() ?? null, detail };
}
