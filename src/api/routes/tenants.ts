import { createRoute, z } from "@hono/zod-openapi";
import { deleteTenant, getTenant, listTenants, patchTenant, putTenant, type Tenant } from "#services/tenants.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, answerPage, pageQuery, pageSchema, readers, tenantContext, viewers } from "../kit.ts";
import { boundedText, json, jsonBody, metadata, shownMetadata, shownTime, tenantId } from "../schemas.ts";

const path = "/v1/tenants/{tenantId}";
const params = z.object({ tenantId });
const tags = ["Tenants"];

const tenant = z
  .object({
    id: tenantId,
    name: z.string().nullable().openapi({ example: "Acme Ltd" }),
    metadata: shownMetadata,
    createdAt: shownTime,
    updatedAt: shownTime,
  })
  .openapi("Tenant");

const fields = {
  name: boundedText(256).nullable().optional(),
  metadata: metadata.nullable().optional(),
};
const input = z
  .strictObject(fields)
  .openapi("TenantInput", { example: { name: "Acme Ltd", metadata: { plan: "pro" } } });

const put = createRoute({
  method: "put",
  path,
  operationId: "putTenant",
  tags,
  summary: "Make or replace a tenant",
  description: "A publish that names an unknown tenant makes it as well.",
  request: { params, body: jsonBody(input) },
  responses: { 200: json("Replaced", tenant), 201: json("Made", tenant) },
});

const get = createRoute({
  method: "get",
  path,
  operationId: "getTenant",
  tags,
  summary: "Get a tenant",
  request: { params },
  responses: { 200: json("The tenant", tenant) },
});

const patch = createRoute({
  method: "patch",
  path,
  operationId: "updateTenant",
  tags,
  summary: "Change a tenant",
  description: "The fields that are given change; null takes one away.",
  request: { params, body: jsonBody(input) },
  responses: { 200: json("As it is now", tenant) },
});

const remove = createRoute({
  method: "delete",
  path,
  operationId: "deleteTenant",
  tags,
  summary: "Delete a tenant and all it has",
  description: "Endpoints, subscriptions, secrets and API keys go at once, events and deliveries in the background.",
  request: { params },
  responses: { 204: { description: "It is gone" } },
});

const list = createRoute({
  method: "get",
  path: "/v1/tenants",
  operationId: "listTenants",
  tags,
  summary: "List tenants, newest first",
  request: { query: pageQuery },
  responses: { 200: json("A page", pageSchema("TenantList", tenant)) },
});

export function registerTenants(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: readers }, list, async (c) => {
    const ctx = deps.contextFor(c.get("principal"));
    const page = await answerPage(deps, ["tenants"], c.req.valid("query"), (r) => listTenants(ctx, r), showTenant);
    return c.json(page, 200);
  });

  addOperation(api, deps, { roles: ["operator"] }, put, async (c) => {
    const ctx = tenantContext(deps, c.get("principal"), c.req.valid("param").tenantId);
    const { tenant: row, created } = await putTenant(ctx, c.req.valid("json"));
    return created ? c.json(showTenant(row), 201) : c.json(showTenant(row), 200);
  });

  addOperation(api, deps, { roles: viewers }, get, async (c) => {
    const ctx = tenantContext(deps, c.get("principal"), c.req.valid("param").tenantId);
    return c.json(showTenant(await getTenant(ctx)), 200);
  });

  addOperation(api, deps, { roles: ["operator"] }, patch, async (c) => {
    const ctx = tenantContext(deps, c.get("principal"), c.req.valid("param").tenantId);
    return c.json(showTenant(await patchTenant(ctx, c.req.valid("json"))), 200);
  });

  addOperation(api, deps, { roles: ["operator"] }, remove, async (c) => {
    await deleteTenant(tenantContext(deps, c.get("principal"), c.req.valid("param").tenantId));
    return c.body(null, 204);
  });
}

function showTenant({ id, name, metadata: own, createdAt, updatedAt }: Tenant) {
  return { id, name, metadata: own, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
