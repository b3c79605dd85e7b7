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
import { boundedText, idOf, json, jsonBody, shownId, shownTime } from "../schemas.ts";
import { endpointParams, endpointPath, eventTypes } from "./endpointSchemas.ts";
import { catalogName, versionName } from "./eventTypeSchemas.ts";

const tags = ["Subscriptions"];
const listPath = `${endpointPath}/subscriptions`;
const path = `${listPath}/{subscriptionId}`;
const params = endpointParams.extend({ subscriptionId: idOf("subscription") });

const EXPRESSION_MAX_LENGTH = 8192;
const expression = (description: string, example: string) =>
  boundedText(EXPRESSION_MAX_LENGTH).nullable().openapi({ description, example });
const standardEvent = "JSONata over the standard body of the event, in the pinned version";

const throttle = z
  .strictObject({
    max: z.number().int().min(1).max(1000).openapi({ example: 10 }),
    windowSeconds: z.number().int().min(1).max(604_800).openapi({ example: 3600 }),
  })
  .openapi("SubscriptionThrottle", {
    description: "At most `max` events in any `windowSeconds`; the others are skipped",
  });

const ordering = z
  .strictObject({
    onFailure: z.enum(["block", "skip"]).openapi({
      description:
        "What becomes of those behind a delivery that failed for good: block: they wait until it is redelivered or canceled; skip: they go on",
    }),
  })
  .openapi("Ordering", {
    description:
      "Deliveries of one `orderingKey` go out one after the other, in the order in which their events were accepted; those without a key as they come. Null: no order. What a failed delivery blocked goes on once the order is given up",
    example: { onFailure: "block" },
  });

const choices = {
  catalog: catalogName
    .nullable()
    .openapi({ description: "Only types of this catalog; null: of any", example: "user-management" }),
  version: versionName.nullable().openapi({
    description: "Newer events come downgraded to it. Without a catalog: a version in `default`",
    example: "1.0",
  }),
  filter: expression(`${standardEvent}; only what gives true is delivered`, "data.amount > 100"),
  transform: expression(`${standardEvent}; what it gives is the whole body`, '{ "text": data.title }'),
  throttle: throttle.nullable(),
  ordering: ordering.nullable(),
};
const optionalChoices = z.strictObject(choices).partial().shape;

const subscription = z
  .object({
    id: shownId("subscription"),
    endpointId: shownId("endpoint"),
    eventTypes: z.array(z.string()).openapi({ example: ["invoice.paid", "customer.*"] }),
    ...choices,
    filterFailures: z
      .object({
        count: z.number().int().openapi({ example: 0 }),
        lastAt: shownTime.nullable(),
        lastMessage: z.string().nullable().openapi({ example: null }),
      })
      .openapi({ description: "Events on which the present filter failed: they did not match" }),
    createdAt: shownTime,
    updatedAt: shownTime,
  })
  .openapi("Subscription");

const input = z
  .strictObject({
    eventTypes: eventTypes.optional(),
    ...optionalChoices,
    template: boundedText(128)
      .optional()
      .openapi({ description: "Of the catalog that is named: fills in what is not given", example: "tenant-welcome" }),
  })
  .openapi("SubscriptionInput", { example: { eventTypes: ["invoice.paid", "customer.*"] } });
const change = z
  .strictObject({ eventTypes: eventTypes.optional(), ...optionalChoices })
  .openapi("SubscriptionPatch", { example: { filter: "data.amount > 100", throttle: null } });

/** Beside what any route can answer. */
const problems = ["unknownCatalog", "unknownVersion", "invalidExpression", "noEvaluator"] as const;

const create = createRoute({
  method: "post",
  path: listPath,
  operationId: "createSubscription",
  tags,
  summary: "Subscribe the endpoint to event types",
  request: { params: endpointParams, body: jsonBody(input) },
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
  description: "The fields that are given change; null takes one away.",
  request: { params, body: jsonBody(change) },
  responses: { 200: json("As it is now", subscription) },
});

const remove = createRoute({
  method: "delete",
  path,
  operationId: "deleteSubscription",
  tags,
  summary: "Delete a subscription",
  description: "Deliveries that it made already still go out, in their order; those that one of them blocked go on.",
  request: { params },
  responses: { 204: { description: "It is gone" } },
});

const patchHints = { template: "fills in a new subscription: give its fields" };

export function registerSubscriptions(api: Api, deps: ApiDeps): void {
  const createProblems = [...problems, "unknownTemplate", "tooManySubscriptions"] as const;
  addOperation(api, deps, { roles: owners, problems: createProblems }, create, async (c) => {
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

  addOperation(api, deps, { roles: owners, problems, hints: patchHints }, patch, async (c) => {
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
    catalog: row.catalog,
    version: row.version,
    filter: row.filter,
    transform: row.transform,
    throttle: row.throttle,
    ordering: row.ordering === null ? null : { onFailure: row.ordering },
    filterFailures: {
      count: row.filterFailures,
      lastAt: row.lastFilterFailedAt?.toISOString() ?? null,
      lastMessage: row.lastFilterFailure,
    },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
