import { z } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import { expectedEndOf, type Replay } from "#services/replays.ts";
import { idOf, shownId, shownTime, time } from "../schemas.ts";
import { eventTypes } from "./endpointSchemas.ts";

const RATE_MAX = 10_000;

const replayable = z.enum(["failed", "delivered", "missed"]);

export const replayInput = z
  .strictObject({
    endpointId: idOf("endpoint"),
    since: time.openapi({
      description: "Deliveries made, and missed events accepted, at this moment or later; before now",
    }),
    until: time.optional().openapi({ description: "Those before this moment; not ahead of now. Absent: now" }),
    eventTypes: eventTypes.optional().openapi({
      description:
        "Names, prefixes that end in `*`, or `*`. Absent: all types of deliveries, and of missed events those that the endpoint subscribes to now",
      example: ["invoice.*"],
    }),
    statuses: z
      .array(replayable)
      .min(1, "must name one at least")
      .max(3)
      .refine((list) => new Set(list).size === list.length, "must name each only once")
      .default(["failed"])
      .openapi({
        description:
          "`failed` and `delivered`: the deliveries that are; `missed`: events that the endpoint never had a delivery of, because it was disabled or not subscribed then. Filters and transforms hold for these, throttles do not",
        example: ["failed"],
      }),
    ratePerSecond: z
      .int("must be a whole number")
      .min(1, "must be 1 at least")
      .max(RATE_MAX, `must be ${RATE_MAX} at most`)
      .optional()
      .openapi({
        description: "Deliveries that it lets go in a second at most; absent: as fast as live traffic allows",
      }),
    dryRun: z.boolean().default(false).openapi({ description: "Only counts: nothing is sent, nothing is kept" }),
  })
  .openapi("ReplayInput", {
    example: { endpointId: "ep_01jb9yhq6yf8xsragz5a5qs3cy", since: "2026-01-31T00:00:00Z", statuses: ["failed"] },
  });

export const replay = z
  .object({
    id: shownId("replay"),
    endpointId: shownId("endpoint"),
    since: shownTime,
    until: shownTime,
    eventTypes: z.array(z.string()).nullable(),
    statuses: z.array(replayable),
    ratePerSecond: z.number().int().nullable(),
    status: z.enum(["waiting", "running", "completed", "canceled"]).openapi({
      description:
        "waiting: for an earlier replay of the endpoint, or for its lane to open; completed: everything that it sent was delivered or has failed for good",
    }),
    matched: z.number().int().openapi({ description: "How many there were when it was asked for" }),
    progress: z.object({
      matched: z.number().int(),
      admitted: z.number().int().openapi({ description: "Let go so far" }),
      skipped: z.number().int().openapi({
        description: "Left out: by a filter, or because they were sent again by somebody else since it was asked for",
      }),
      delivered: z.number().int(),
      failed: z.number().int(),
      canceled: z.number().int(),
      remaining: z.number().int().openapi({ description: "Still to be sent, under way, or waiting for a retry" }),
    }),
    expectedEndAt: shownTime.nullable().openapi({ description: "If it goes on as it has so far; null: not known" }),
    createdAt: shownTime,
    startedAt: shownTime.nullable(),
    endedAt: shownTime.nullable(),
    createdBy: z.string().openapi({ example: "operator" }),
  })
  .openapi("Replay");

export const dryRunAnswer = z.object({ matched: z.number().int().openapi({ example: 1234 }) }).openapi("ReplayDryRun");

export function showReplay(row: Replay) {
  const { matched, admitted, skipped, delivered, failed, canceled, remaining } = row;
  return {
    id: encodeId("replay", row.id),
    endpointId: encodeId("endpoint", row.endpointId),
    since: row.since.toISOString(),
    until: row.until.toISOString(),
    eventTypes: row.eventTypes,
    statuses: row.statuses,
    ratePerSecond: row.ratePerSecond,
    status: row.status,
    matched,
    progress: { matched, admitted, skipped, delivered, failed, canceled, remaining },
    expectedEndAt: expectedEndOf(row)?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    createdBy: row.createdBy,
  };
}
