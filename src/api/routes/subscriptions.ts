import { createRoute, z } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listSubscriptions,
  updateSubscription,
  type Subscription,
} from "#services/subscriptions.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, answerPage, owners, pageQuery, pageSchema, tenantContext, viewers } from "../kit.ts";
import { idOf, json, jsonBody, shownId, shownTime } from "../schemas.ts";
import { endpointParams, endpointPath, eventTypes } from "./endpointSchemas.ts";

const tags = ["Subscriptions"];
const listPath = `${endpointPath}/subscriptions`;
const path = `${listPath}/{subscriptionId}`;
const params = endpointParams.extend({ subscriptionId: idOf("subscription") });

const subscription = z
  .object({
    id: shownId("subscription"),
    endpointId: shownId("endpoint"),
    eventTypes: z.array(z.string()).openapi({ example: ["invoice.paid", "customer.*"] }),
    createdAt: shownTime,
    updatedAt: shownTime,
  })
  .openapi("Subscription");

const create = createRoute({
  method: "post",
  path: listPath,
  operationId: "createSubscription",
  tags,
  summary: "Subscribe the endpoint to event types",
  request: { params: endpointParams, body: jsonBody(z.strictObject({ eventTypes }).openapi("SubscriptionInput")) },
  responses: { 201: json("The subscription", subscription) },
});

const list = createRoute({
  method: "get",
  path: listPath,
  operationId: "listSubscriptions",
  tags,
  summary: "List the endpoint's subscriptions, newest first",
  request: { params: endpointParams, query: pageQuery },
  responses: { 200: json("A page", pageSchema("SubscriptionList", subscription)) },
});

const get = createRoute({
  method: "get",
  path,
  operationId: "getSubscription",
  tags,
  summary: "Get a subscription",
  request: { params },
  responses: { 200: json("The subscription", subscription) },
});

const patch = createRoute({
  method: "patch",
  path,
  operationId: "updateSubscription",
  tags,
  summary: "Change a subscription",
  request: {
    params,
    body: jsonBody(z.strictObject({ eventTypes: eventTypes.optional() }).openapi("SubscriptionPatch")),
  },
  responses: { 200: json("As it is now", subscription) },
});

const remove = createRoute({
  method: "delete",
  path,
  operationId: "deleteSubscription",
  tags,
  summary: "Delete a subscription",
  description: "Deliveries that it made already still go out.",
  request: { params },
  responses: { 204: { description: "It is gone" } },
});

export function registerSubscriptions(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: owners, problems: ["tooManySubscriptions"] }, create, async (c) => {
    const { tenantId, endpointId } = c.req.valid("param");
    const ctx = tenantContext(deps, c.get("principal"), tenantId);
    const row = await createSubscription(ctx, { endpointId, ...c.req.valid("json") });
    return c.json(showSubscription(row), 201);
  });

  addOperation(api, deps, { roles: viewers }, list, async (c) => {
    const { tenantId, endpointId } = c.req.valid("param");
    const ctx = tenantContext(deps, c.get("principal"), tenantId);
    const scope = ["subscriptions", tenantId, endpointId];
    const query = c.req.valid("query");
    const page = await answerPage(
      deps,
      scope,
      query,
      (r) => listSubscriptions(ctx, { endpointId, ...r }),
      showSubscription,
    );
    return c.json(page, 200);
  });

  addOperation(api, deps, { roles: viewers }, get, async (c) => {
    const { tenantId, ...place } = c.req.valid("param");
    const ctx = tenantContext(deps, c.get("principal"), tenantId);
    return c.json(showSubscription(await getSubscription(ctx, place)), 200);
  });

  addOperation(api, deps, { roles: owners }, patch, async (c) => {
    const { tenantId, ...place } = c.req.valid("param");
    const ctx = tenantContext(deps, c.get("principal"), tenantId);
    return c.json(showSubscription(await updateSubscription(ctx, { ...place, ...c.req.valid("json") })), 200);
  });

  addOperation(api, deps, { roles: owners }, remove, async (c) => {
    const { tenantId, ...place } = c.req.valid("param");
    await deleteSubscription(tenantContext(deps, c.get("principal"), tenantId), place);
    return c.body(null, 204);
  });
}

function showSubscription(row: Subscription) {
  return {
    id: encodeId("subscription", row.id),
    endpointId: encodeId("endpoint", row.endpointId),
    eventTypes: [...row.eventTypes],
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
