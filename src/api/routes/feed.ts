import { createRoute, z } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import { FEED_WAIT_MAX_SECONDS, readFeed, type FeedItem } from "#services/feed.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, owners, pageQuery, tenantContext } from "../kit.ts";
import { json, shownId } from "../schemas.ts";
import { endpointParams, endpointPath } from "./endpointSchemas.ts";

const LIMIT_DEFAULT = 50;

const wholeSeconds = `must be a whole number from 0 to ${FEED_WAIT_MAX_SECONDS}`;

const query = pageQuery.extend({
  limit: pageQuery.shape.limit.unwrap().default(LIMIT_DEFAULT).openapi({
    type: "integer",
    minimum: 1,
    maximum: 100,
    default: LIMIT_DEFAULT,
    description: "Deliveries on a page; fewer where their bodies come to 4 MiB",
  }),
  cursor: pageQuery.shape.cursor.openapi({
    description:
      "`nextCursor` of the page before: acknowledges it. Left out: from the first one that is not acknowledged",
  }),
  wait: z
    .string()
    .regex(/^\d{1,2}$/, wholeSeconds)
    .transform(Number)
    .refine((n) => n <= FEED_WAIT_MAX_SECONDS, wholeSeconds)
    .default(0)
    .openapi({
      type: "integer",
      minimum: 0,
      maximum: FEED_WAIT_MAX_SECONDS,
      default: 0,
      description:
        "Seconds to wait for something to be there. The answer comes as soon as there is, and may come early without",
    }),
});

const item = z
  .object({
    deliveryId: shownId("delivery"),
    id: z
      .string()
      .openapi({ description: "The event's id: the same however often it is handed out", example: "order-42-paid" }),
    eventType: z.string().openapi({ example: "invoice.paid" }),
    attempt: z.number().int().openapi({ example: 1 }),
    headers: z.record(z.string(), z.string()).openapi({
      description:
        "What a delivery sent to a URL has: verify them with the body in the same way. They are signed anew in each answer",
      example: {
        "content-type": "application/json",
        "webhook-id": "order-42-paid",
        "webhook-timestamp": "1769850600",
        "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
      },
    }),
    body: z.string().openapi({
      description: "The exact text that is signed: parse it after it was verified",
      example: '{"id":"order-42-paid","type":"invoice.paid"}',
    }),
  })
  .openapi("FeedItem");

const page = z
  .object({
    data: z.array(item),
    nextCursor: z.string().openapi({
      description: "For the next request, which acknowledges this page by it: send it when everything in it is done",
    }),
  })
  .openapi("FeedPage");

const get = createRoute({
  method: "get",
  path: `${endpointPath}/feed`,
  operationId: "readFeed",
  tags: ["Endpoints"],
  summary: "Fetch the deliveries of an endpoint that polls",
  description:
    "For receivers that nobody can send to. Deliveries come in order, at least once: the same page comes again until a request with its `nextCursor` acknowledges it, and they are then `delivered`. A paused endpoint's feed is empty until it is resumed.",
  request: { params: endpointParams, query },
  responses: { 200: json("A page, which may be empty", page) },
});

export function registerFeed(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: owners, problems: ["notPolled", "endpointDisabled"] }, get, async (c) => {
    const { tenantId, endpointId } = c.req.valid("param");
    const { limit, cursor, wait } = c.req.valid("query");
    const scope = JSON.stringify(["feed", tenantId, endpointId]);
    const after = cursor === undefined ? null : await deps.cursors.decode(scope, cursor);
    const ctx = { ...tenantContext(deps, c.get("principal"), tenantId), feedWatch: deps.feedWatch };
    const { items, position } = await readFeed(ctx, {
      endpointId,
      after,
      limit,
      waitMs: wait * 1000,
      address: deps.clientAddress(c),
      signal: c.req.raw.signal,
    });
    c.header("cache-control", "no-store");
    return c.json({ data: items.map(showItem), nextCursor: await deps.cursors.encode(scope, position) }, 200);
  });
}

function showItem({ deliveryId, headers, ...shown }: FeedItem) {
  return { deliveryId: encodeId("delivery", deliveryId), ...shown, headers: { ...headers } };
}
