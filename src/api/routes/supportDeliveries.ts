import { createRoute } from "@hono/zod-openapi";
import { listAllDeliveries } from "#services/deliveries.ts";
import type { PageRequest } from "#services/page.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, answerPage, pageQuery, pageSchema, readers } from "../kit.ts";
import { tenantId } from "../schemas.ts";
import { delivery, deliveryFilters, scopeOf, showDelivery } from "./deliverySchemas.ts";

const list = createRoute({
  method: "get",
  path: "/v1/deliveries",
  operationId: "listAllDeliveries",
  tags: ["Deliveries"],
  summary: "List deliveries of all tenants, the newest first",
  description: "For support. Narrow it with `since`: without it all that is retained may be searched.",
  request: { query: pageQuery.extend({ ...deliveryFilters.shape, tenantId: tenantId.optional() }) },
  responses: {
    200: { description: "A page", content: { "application/json": { schema: pageSchema("DeliveryList", delivery) } } },
  },
});

export function registerSupportDeliveries(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: readers }, list, async (c) => {
    const { limit, cursor, ...filters } = c.req.valid("query");
    const ctx = deps.contextFor(c.get("principal"));
    const scope = ["allDeliveries", filters.tenantId ?? null, ...scopeOf(filters)];
    const ask = (request: PageRequest) => listAllDeliveries(ctx, { ...request, ...filters });
    return c.json(await answerPage(deps, scope, { limit, cursor }, ask, showDelivery), 200);
  });
}
