import { createRoute, z } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import { listPins, retireVersion, type Pin } from "#services/eventTypeVersions.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, answerPage, pageQuery, pageSchema, readers } from "../kit.ts";
import { json, shownId, shownTime, tenantId } from "../schemas.ts";
import { catalogName, catalogQuery, typeOf, versionParams } from "./eventTypeSchemas.ts";

const tags = ["Event types"];
const path = "/v1/event-types/{name}/versions/{version}";

const retire = createRoute({
  method: "delete",
  path,
  operationId: "retireEventTypeVersion",
  tags,
  summary: "Retire a version",
  description:
    "Publishing it is refused from then on; it stays readable, and what was accepted is delivered. Refused while subscriptions pin it.",
  request: { params: versionParams, query: catalogQuery },
  responses: { 204: { description: "It is retired" } },
});

const pin = z
  .object({
    subscriptionId: shownId("subscription"),
    tenantId,
    endpointId: shownId("endpoint"),
    eventTypes: z.array(z.string()).openapi({ example: ["invoice.*"] }),
    createdAt: shownTime,
  })
  .openapi("VersionPin");

const list = createRoute({
  method: "get",
  path: `${path}/pins`,
  operationId: "listEventTypeVersionPins",
  tags,
  summary: "List the subscriptions that pin a version, newest first",
  request: { params: versionParams, query: pageQuery.extend({ catalog: catalogName.optional() }) },
  responses: { 200: json("A page", pageSchema("VersionPinList", pin)) },
});

export function registerEventTypeVersions(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: ["operator"], problems: ["versionPinned"] }, retire, async (c) => {
    const { name, version } = c.req.valid("param");
    const type = typeOf(name, c.req.valid("query").catalog);
    await retireVersion(deps.contextFor(c.get("principal")), { ...type, version });
    return c.body(null, 204);
  });

  addOperation(api, deps, { roles: readers }, list, async (c) => {
    const { name, version } = c.req.valid("param");
    const query = c.req.valid("query");
    const type = typeOf(name, query.catalog);
    const ctx = deps.contextFor(c.get("principal"));
    const ask = (request: { readonly limit: number; readonly after: string | null }) =>
      listPins(ctx, { ...type, version, ...request });
    return c.json(await answerPage(deps, ["pins", type.catalog, name, version], query, ask, showPin), 200);
  });
}

function showPin({ id, tenantId: tenant, endpointId, eventTypes, createdAt }: Pin) {
  return {
    subscriptionId: encodeId("subscription", id),
    tenantId: tenant,
    endpointId: encodeId("endpoint", endpointId),
    eventTypes: [...eventTypes],
    createdAt: createdAt.toISOString(),
  };
}
