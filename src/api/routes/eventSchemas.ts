import { z } from "@hono/zod-openapi";
import { metadata, shownTime, tenantId } from "../schemas.ts";

/** The forms of publishing, for the OpenAPI document. */

const text = z.string().min(1).max(256);

/** For the OpenAPI document: the bodies are read by services/publish/parseEvent.ts, which keeps `data` as it was sent. */
export const eventInput = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,128}$/)
      .optional()
      .openapi({ description: "Yours; makes publishing idempotent for 24 hours. Absent: the event is known as evt_…" }),
    type: text.openapi({ description: "The name of a registered event type" }),
    catalog: text.optional().openapi({ description: "The event type's catalog; `default` when absent" }),
    version: text.optional().openapi({ description: "The event type's version; its latest when absent" }),
    tenantId,
    timestamp: z.string().optional().openapi({
      format: "date-time",
      description:
        "When it happened: RFC 3339, from the year 2000 to one day from now; the moment of acceptance when absent",
    }),
    source: text.optional(),
    userId: text.optional(),
    correlationId: text.optional(),
    traceId: text.optional().openapi({
      description: "A W3C traceparent is sent on to receivers. Absent: the request's own `traceparent` header",
    }),
    orderingKey: text.optional(),
    metadata: metadata.optional(),
    data: z.unknown().openapi({ description: "Any JSON value; delivered exactly as it is written here" }),
  })
  .openapi("EventInput", {
    required: ["type", "tenantId", "data"],
    example: {
      type: "invoice.paid",
      tenantId: "acme",
      id: "inv-42-paid",
      timestamp: "2026-01-31T09:30:00Z",
      data: { invoiceId: "inv-42", amount: 99.5 },
    },
  });

export const published = z
  .object({ id: z.string(), tenantId, type: z.string(), acceptedAt: shownTime })
  .openapi("PublishedEvent", {
    example: {
      id: "evt_01jb9yhq6yf8xsragz5a5qs3cy",
      tenantId: "acme",
      type: "invoice.paid",
      acceptedAt: "2026-01-31T09:30:00.123Z",
    },
  });

export const idempotencyHeader = z.object({
  "idempotency-key": z.string().min(1).max(255).optional().openapi({
    description:
      "1 to 255 visible ASCII characters; for each tenant, the same key with the same body is the same publish for 24 hours",
  }),
});

const accepted = z.object({ id: z.string(), acceptedAt: shownTime });
const refused = z.object({
  problem: z
    .object({
      type: z.string(),
      title: z.string(),
      status: z.number().int(),
      detail: z.string(),
      code: z.string(),
      requestId: z.string(),
      errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
    })
    .openapi({ description: "RFC 9457, as the event alone would have been answered; pointers lead into this batch" }),
});

export const batchAnswer = z.object({ data: z.array(z.union([accepted, refused])) }).openapi("BatchAnswer", {
  description: "One item for each event, in the order sent",
  example: {
    data: [
      { id: "evt_01jb9yhq6yf8xsragz5a5qs3cy", acceptedAt: "2026-01-31T09:30:00.123Z" },
      {
        problem: {
          type: "/docs/errors#unknowneventtype",
          title: "There is no such event type",
          status: 422,
          detail:
            "There is no event type invoice.payed in the catalog default. Register it first: POST /v1/event-types.",
          code: "unknownEventType",
          requestId: "req_01jb9yhq6yf8xsragz5a5qs3cy",
          errors: [{ pointer: "/events/1/type", detail: "is not an event type" }],
        },
      },
    ],
  },
});
