import { createRoute, z, type RouteConfig } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import {
  getEvent,
  listEvents,
  publicEventId,
  readCloudEvents,
  type EventRow,
  type EventSummary,
} from "#services/events.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { jsonText } from "../jsonText.ts";
import { addOperation, answerPage, pageQuery, pageSchema, tenantContext, viewers } from "../kit.ts";
import { cleanText, shownId, shownTime, tenantId, time } from "../schemas.ts";
import { cloudEvent } from "./cloudEvents.ts";

const eventSummary = z
  .object({
    id: z.string().openapi({ description: "The publisher's own id, or evt_…", example: "inv-42-paid" }),
    eventId: shownId("event").openapi({ description: "The gateway's id of it" }),
    catalog: z.string().openapi({ example: "default" }),
    type: z.string().openapi({ example: "invoice.paid" }),
    version: z.string().nullable(),
    tenantId,
    timestamp: shownTime,
    acceptedAt: shownTime,
  })
  .openapi("EventSummary");

const event = eventSummary
  .extend({
    source: z.string().nullable(),
    userId: z.string().nullable(),
    correlationId: z.string().nullable(),
    traceId: z.string().nullable(),
    orderingKey: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    data: z
      .unknown()
      .openapi({ description: "Exactly as published, down to the white space", example: { amount: 99.5 } }),
  })
  .openapi("Event");

const filters = z.strictObject({
  type: cleanText.min(1).optional().openapi({ example: "invoice.paid" }),
  since: time.optional().openapi({ description: "Accepted at this moment or later" }),
  until: time.optional().openapi({ description: "Accepted before this moment" }),
});

const list = createRoute({
  method: "get",
  path: "/v1/tenants/{tenantId}/events",
  operationId: "listEvents",
  tags: ["Events"],
  summary: "List a tenant's events, the newest first",
  description:
    "Without their data: read one event for that. With `accept: application/cloudevents-batch+json` a page of CloudEvents, data included; the next page is in the header `link` (RFC 8288).",
  request: { params: z.object({ tenantId }), query: pageQuery.extend(filters.shape) },
  responses: {
    200: {
      description: "A page",
      headers: z.object({
        link: z.string().optional().openapi({ example: '</v1/tenants/acme/events?cursor=…>; rel="next"' }),
      }),
      content: {
        "application/json": { schema: pageSchema("EventList", eventSummary) },
        "application/cloudevents-batch+json": { schema: z.array(cloudEvent) },
      },
    },
  },
});

const get = createRoute({
  method: "get",
  path: "/v1/tenants/{tenantId}/events/{eventId}",
  operationId: "getEvent",
  tags: ["Events"],
  summary: "Read one event with its data",
  description: "With `accept: application/cloudevents+json` as a CloudEvent, structured.",
  request: {
    params: z.object({
      tenantId,
      eventId: cleanText.min(1).openapi({ description: "The publisher's own id, or evt_…", example: "inv-42-paid" }),
    }),
  },
  responses: {
    200: {
      description: "The event",
      content: { "application/json": { schema: event }, "application/cloudevents+json": { schema: cloudEvent } },
    },
  },
});

export function registerTenantEvents(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: viewers }, list, async (c) => {
    const param = c.req.valid("param");
    const { limit, cursor, type, since, until } = c.req.valid("query");
    const ctx = tenantContext(deps, c.get("principal"), param.tenantId);
    const scope = ["events", ctx.tenantId, type ?? null, since ?? null, until ?? null];
    const ask = (request: { limit: number; after: string | null }) =>
      listEvents(ctx, { ...request, type, since, until });
    const { data, nextCursor } = await answerPage(deps, scope, { limit, cursor }, ask, asItIs);
    c.header("vary", "accept");
    if (!wants(c.req.header("accept"), "cloudevents-batch+json"))
      return jsonText(c, JSON.stringify({ data: data.map((row) => showSummary(row, ctx.tenantId)), nextCursor }));
    if (nextCursor !== null) c.header("link", nextPage(c.req.url, nextCursor));
    const texts = await readCloudEvents(
      ctx,
      data.map((row) => row.id),
    );
    return jsonText(c, `[${texts.join(",")}]`, 200, "application/cloudevents-batch+json");
  });

  // Of the general route's type, because it answers with a text of its own making.
  addOperation<RouteConfig>(api, deps, { roles: viewers }, get, async (c) => {
    const params: Readonly<Record<string, string>> = c.req.param();
    const { tenantId: tenant = "", eventId = "" } = params;
    const ctx = tenantContext(deps, c.get("principal"), tenant);
    const row = await getEvent(ctx, { eventId });
    c.header("vary", "accept");
    if (!wants(c.req.header("accept"), "cloudevents+json")) return jsonText(c, showText(row, tenant));
    const [text = "null"] = await readCloudEvents(ctx, [row.id]);
    return jsonText(c, text, 200, "application/cloudevents+json");
  });
}

function asItIs(row: EventSummary): EventSummary {
  return row;
}

function wants(accept: string | undefined, type: "cloudevents+json" | "cloudevents-batch+json"): boolean {
  return (accept ?? "").toLowerCase().includes(`application/${type}`);
}

/** The same list with another cursor; relative, because the API may stand behind another name. */
function nextPage(url: string, cursor: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set("cursor", cursor);
  return `<${pathname}?${searchParams.toString()}>; rel="next"`;
}

function showSummary(row: EventSummary, tenant: string) {
  return {
    id: publicEventId(row.id, row.externalId),
    eventId: encodeId("event", row.id),
    catalog: row.catalog,
    type: row.type,
    version: row.version,
    tenantId: tenant,
    timestamp: row.occurredAt.toISOString(),
    acceptedAt: row.acceptedAt.toISOString(),
  };
}

/** Written as text: numbers such as 1.0 or 1e400 in the stored texts would not survive being parsed. */
function showText(row: EventRow, tenant: string): string {
  const { metadata, data } = row;
  const summary = { ...row, externalId: row.external_id, occurredAt: row.occurred_at, acceptedAt: row.accepted_at };
  const rest = {
    ...showSummary(summary, tenant),
    source: row.source,
    userId: row.user_id,
    correlationId: row.correlation_id,
    traceId: row.trace_id,
    orderingKey: row.ordering_key,
  };
  return `${JSON.stringify(rest).slice(0, -1)},"metadata":${metadata ?? "null"},"data":${data}}`;
}
