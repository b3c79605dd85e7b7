import { createRoute, z } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import {
  cancelDelivery,
  getDelivery,
  listAttempts,
  listDeliveries,
  redeliverDelivery,
  type Attempt,
} from "#services/deliveries.ts";
import type { PageRequest } from "#services/page.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, answerPage, owners, pageQuery, pageSchema, tenantContext, viewers } from "../kit.ts";
import { idOf, shownId, shownTime, tenantId } from "../schemas.ts";
import { delivery, deliveryDetail, deliveryFilters, scopeOf, showDelivery, showDetail } from "./deliverySchemas.ts";

const params = z.object({ tenantId, deliveryId: idOf("delivery") });

const attempt = z
  .object({
    id: shownId("attempt"),
    number: z.number().int().openapi({ description: "From 1; redeliveries count on" }),
    startedAt: shownTime,
    durationMs: z.number().int(),
    status: z.number().int().nullable().openapi({ description: "Of HTTP; null where none came", example: 503 }),
    outcome: z.enum(["succeeded", "failed"]),
    failure: z
      .enum(["timeout", "dns", "tls", "connection", "blockedAddress", "httpStatus", "protocol", "interrupted"])
      .nullable(),
    error: z.string().nullable(),
    responseBody: z.string().nullable().openapi({ description: "Its first 4 KiB" }),
    address: z
      .string()
      .nullable()
      .openapi({ description: "The address that was connected to", example: "93.184.216.34" }),
  })
  .openapi("Attempt");

const movedTo = z.object({ id: shownId("delivery"), status: z.string().openapi({ example: "queued" }) });

const list = createRoute({
  method: "get",
  path: "/v1/tenants/{tenantId}/deliveries",
  operationId: "listDeliveries",
  tags: ["Deliveries"],
  summary: "List a tenant's deliveries, the newest first",
  request: { params: z.object({ tenantId }), query: pageQuery.extend(deliveryFilters.shape) },
  responses: {
    200: { description: "A page", content: { "application/json": { schema: pageSchema("DeliveryList", delivery) } } },
  },
});

const get = createRoute({
  method: "get",
  path: "/v1/tenants/{tenantId}/deliveries/{deliveryId}",
  operationId: "getDelivery",
  tags: ["Deliveries"],
  summary: "Read one delivery",
  request: { params },
  responses: { 200: { description: "The delivery", content: { "application/json": { schema: deliveryDetail } } } },
});

const listOfAttempts = createRoute({
  method: "get",
  path: "/v1/tenants/{tenantId}/deliveries/{deliveryId}/attempts",
  operationId: "listAttempts",
  tags: ["Deliveries"],
  summary: "List the attempts of a delivery, in their order",
  request: { params, query: pageQuery },
  responses: {
    200: { description: "A page", content: { "application/json": { schema: pageSchema("AttemptList", attempt) } } },
  },
});

const redeliver = createRoute({
  method: "post",
  path: "/v1/tenants/{tenantId}/deliveries/{deliveryId}/redeliver",
  operationId: "redeliver",
  tags: ["Deliveries"],
  summary: "Send one delivery again, or now",
  description:
    "Whatever its status but `skipped`, which is refused; the retry schedule begins again. One that is queued stays as it is. Where the endpoint is paused the delivery is held until it is resumed; one with an ordering key takes its place in it, and is held until those before it have ended.",
  request: { params },
  responses: { 202: { description: "It will be sent", content: { "application/json": { schema: movedTo } } } },
});

const cancel = createRoute({
  method: "post",
  path: "/v1/tenants/{tenantId}/deliveries/{deliveryId}/cancel",
  operationId: "cancelDelivery",
  tags: ["Deliveries"],
  summary: "Cancel a delivery that was not delivered yet",
  description:
    "A request that is under way may still arrive. Canceling twice is canceling once. One that failed can be canceled while it blocks its ordering key: those behind it go on.",
  request: { params },
  responses: { 200: { description: "It is canceled", content: { "application/json": { schema: movedTo } } } },
});

export function registerDeliveries(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: viewers }, list, async (c) => {
    const { limit, cursor, ...filters } = c.req.valid("query");
    const ctx = tenantContext(deps, c.get("principal"), c.req.valid("param").tenantId);
    const scope = ["deliveries", ctx.tenantId, ...scopeOf(filters)];
    const ask = (request: PageRequest) => listDeliveries(ctx, { ...request, ...filters });
    return c.json(await answerPage(deps, scope, { limit, cursor }, ask, showDelivery), 200);
  });

  addOperation(api, deps, { roles: viewers }, get, async (c) => {
    const param = c.req.valid("param");
    const row = await getDelivery(tenantContext(deps, c.get("principal"), param.tenantId), param);
    return c.json(showDetail(row), 200);
  });

  addOperation(api, deps, { roles: viewers }, listOfAttempts, async (c) => {
    const param = c.req.valid("param");
    const ctx = tenantContext(deps, c.get("principal"), param.tenantId);
    const scope = ["attempts", ctx.tenantId, param.deliveryId];
    const ask = (request: PageRequest) => listAttempts(ctx, { ...request, deliveryId: param.deliveryId });
    return c.json(await answerPage(deps, scope, c.req.valid("query"), ask, showAttempt), 200);
  });

  const mayRedeliver = {
    roles: viewers,
    problems: ["endpointDisabled", "endpointDeleted", "deliverySkipped"],
  } as const;
  addOperation(api, deps, mayRedeliver, redeliver, async (c) => {
    const param = c.req.valid("param");
    const status = await redeliverDelivery(tenantContext(deps, c.get("principal"), param.tenantId), param);
    return c.json({ id: encodeId("delivery", param.deliveryId), status }, 202);
  });

  addOperation(api, deps, { roles: owners, problems: ["notCancelable"] }, cancel, async (c) => {
    const param = c.req.valid("param");
    const status = await cancelDelivery(tenantContext(deps, c.get("principal"), param.tenantId), param);
    return c.json({ id: encodeId("delivery", param.deliveryId), status }, 200);
  });
}

function showAttempt(row: Attempt) {
  return {
    id: encodeId("attempt", row.id),
    number: row.number,
    startedAt: row.startedAt.toISOString(),
    durationMs: row.durationMs,
    status: row.httpStatus,
    outcome: row.outcome,
    failure: row.failure,
    error: row.error,
    responseBody: row.responseBody,
    address: row.address,
  };
}
