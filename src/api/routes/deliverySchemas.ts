import { z } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import type { Delivery, DeliveryFilters } from "#services/deliveries.ts";
import { publicEventId } from "#services/events.ts";
import { cleanText, idOf, shownId, shownTime, tenantId, time } from "../schemas.ts";

/** The forms that a tenant's deliveries and support's list of all share. */

const status = z.enum(["held", "scheduled", "queued", "delivered", "failed", "canceled", "skipped"]);

export const delivery = z
  .object({
    id: shownId("delivery"),
    tenantId,
    endpointId: shownId("endpoint"),
    eventId: z.string().openapi({ description: "The publisher's own id, or evt_…: what receivers see as webhook-id" }),
    eventType: z.string().openapi({ example: "invoice.paid" }),
    status: status.openapi({
      description:
        "held: the endpoint's lane is, or it waits behind others of its ordering key; scheduled: waits for its time; queued: about to be sent",
    }),
    reason: z
      .string()
      .nullable()
      .openapi({ description: "Why it is what it is, where that needs saying", example: "httpStatus" }),
    attempts: z.number().int().openapi({ description: "Requests made so far" }),
    nextAttemptAt: shownTime.nullable().openapi({ description: "While it is scheduled or queued" }),
    orderingKey: z.string().nullable().openapi({
      description: "The event's, where its subscription keeps an order: it goes out after those before it",
      example: null,
    }),
    blocks: z.boolean().openapi({
      description: "It failed for good, and those behind it in its ordering key wait: redeliver or cancel it",
      example: false,
    }),
    replayId: shownId("replay").nullable().openapi({ description: "The replay that sent it last", example: null }),
    createdAt: shownTime,
    updatedAt: shownTime,
  })
  .openapi("Delivery");

export const deliveryDetail = delivery
  .extend({
    payloadFormat: z.enum(["standard", "cloudevents", "native", "thin"]),
    subscriptionId: shownId("subscription").nullable(),
    detail: z.string().nullable().openapi({
      description:
        "Why its transform or version failed, or what is wrong with the event's data; its body is made anew when it is redelivered",
      example: "version v2 has no way down to v1",
    }),
    event: z
      .object({ id: z.string(), type: z.string(), timestamp: shownTime, acceptedAt: shownTime })
      .nullable()
      .openapi({ description: "Null when the event is past its retention" }),
  })
  .openapi("DeliveryDetail");

export const deliveryFilters = z.strictObject({
  status: status.optional(),
  endpointId: idOf("endpoint").optional(),
  eventId: cleanText
    .min(1)
    .optional()
    .openapi({ description: "The publisher's own id, or evt_…", example: "inv-42-paid" }),
  eventType: cleanText.min(1).optional().openapi({ example: "invoice.paid" }),
  since: time.optional().openapi({ description: "Made at this moment or later" }),
  until: time.optional().openapi({ description: "Made before this moment" }),
});

/** What a cursor of a list with these filters is bound to. */
export function scopeOf({ status: wanted, endpointId, eventId, eventType, since, until }: DeliveryFilters): unknown[] {
  return [wanted, endpointId, eventId, eventType, since, until].map((filter) => filter ?? null);
}

export function showDelivery(row: Delivery) {
  const waits = row.status === "scheduled" || row.status === "queued";
  return {
    id: encodeId("delivery", row.id),
    tenantId: row.tenantId,
    endpointId: encodeId("endpoint", row.endpointId),
    eventId: publicEventId(row.eventId, row.externalId),
    eventType: row.eventType,
    status: row.status,
    reason: row.reason,
    attempts: row.attempts,
    nextAttemptAt: waits ? row.dueAt.toISOString() : null,
    orderingKey: row.orderingKey,
    blocks: row.blocks,
    replayId: row.replayId === null ? null : encodeId("replay", row.replayId),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function showDetail(row: Delivery) {
  const { occurredAt, acceptedAt } = row;
  return {
    ...showDelivery(row),
    payloadFormat: row.payloadFormat,
    subscriptionId: row.subscriptionId === null ? null : encodeId("subscription", row.subscriptionId),
    detail: row.detail,
    event:
      occurredAt === null || acceptedAt === null
        ? null
        : {
            id: publicEventId(row.eventId, row.externalId),
            type: row.eventType,
            timestamp: occurredAt.toISOString(),
            acceptedAt: acceptedAt.toISOString(),
          },
  };
}
