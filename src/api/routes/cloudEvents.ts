import { z } from "@hono/zod-openapi";
import { tenantId } from "../schemas.ts";

const attribute = z.string().min(1).max(256);

/** CloudEvents 1.0 in JSON, for the OpenAPI document; the bodies are read by services/publish/parseCloudEvent.ts. */
export const cloudEvent = z
  .looseObject({
    specversion: z.literal("1.0"),
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,128}$/)
      .openapi({ description: "Becomes the event's id" }),
    source: attribute,
    type: attribute.openapi({ description: "The name of a registered event type" }),
    time: z.string().optional().openapi({ format: "date-time" }),
    datacontenttype: z.string().optional().openapi({ description: "A JSON media type", example: "application/json" }),
    tenantid: tenantId.openapi({ description: "Extension: the tenant. Required" }),
    userid: attribute.optional().openapi({ description: "Extension: userId" }),
    correlationid: attribute.optional().openapi({ description: "Extension: correlationId" }),
    traceparent: attribute.optional().openapi({ description: "Extension: traceId" }),
    dataversion: attribute.optional().openapi({ description: "Extension: the version of the event type" }),
    dataschema: z.string().optional().openapi({
      description: "Of a catalog's schema, `…/schemas/<name>`: says the version where dataversion does not",
    }),
    catalog: attribute.optional().openapi({ description: "Extension: the catalog of the event type" }),
    partitionkey: attribute.optional().openapi({ description: "Extension: orderingKey" }),
    data: z.unknown().optional().openapi({ description: "Any JSON value; absent is null. `data_base64` is refused" }),
  })
  .openapi("CloudEvent", {
    description: "CloudEvents 1.0, JSON format. Every other attribute, such as subject, becomes a member of metadata.",
    example: {
      specversion: "1.0",
      id: "inv-42-paid",
      source: "/billing",
      type: "invoice.paid",
      time: "2026-01-31T09:30:00Z",
      datacontenttype: "application/json",
      tenantid: "acme",
      data: { invoiceId: "inv-42", amount: 99.5 },
    },
  });

export const cloudEventBatch = z.array(cloudEvent).min(1).max(1000).openapi("CloudEventBatch");
