import { createRoute, z } from "@hono/zod-openapi";
import { createEndpoint, deleteEndpoint, getEndpoint, listEndpoints, updateEndpoint } from "#services/endpoints.ts";
import { prepareSecret } from "#services/endpointSecrets.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, answerPage, owners, pageQuery, pageSchema, tenantContext, viewers } from "../kit.ts";
import { json, jsonBody, tenantId } from "../schemas.ts";
import {
  endpoint,
  endpointDetail,
  endpointInput,
  endpointParams,
  endpointPatch,
  endpointPath,
  patchHints,
  showEndpoint,
  showEndpointDetail,
} from "./endpointSchemas.ts";

const tags = ["Endpoints"];
const listPath = "/v1/tenants/{tenantId}/endpoints";

const newEndpoint = endpointDetail
  .extend({
    secret: z.string().openapi({
      description: "What receivers verify with: `whsec_…`, or the public key `whpk_…` of a v1a endpoint",
      example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
    }),
  })
  .openapi("NewEndpoint");

const create = createRoute({
  method: "post",
  path: listPath,
  operationId: "createEndpoint",
  tags,
  summary: "Register an endpoint",
  request: { params: z.object({ tenantId }), body: jsonBody(endpointInput) },
  responses: { 201: json("The endpoint, with its secret", newEndpoint) },
});

const list = createRoute({
  method: "get",
  path: listPath,
  operationId: "listEndpoints",
  tags,
  summary: "List a tenant's endpoints, newest first",
  request: { params: z.object({ tenantId }), query: pageQuery },
  responses: { 200: json("A page", pageSchema("EndpointList", endpoint)) },
});

const get = createRoute({
  method: "get",
  path: endpointPath,
  operationId: "getEndpoint",
  tags,
  summary: "Get an endpoint",
  request: { params: endpointParams },
  responses: { 200: json("The endpoint", endpointDetail) },
});

const patch = createRoute({
  method: "patch",
  path: endpointPath,
  operationId: "updateEndpoint",
  tags,
  summary: "Change an endpoint",
  description: "The fields that are given change; null takes one back to its default. `signature` cannot change.",
  request: { params: endpointParams, body: jsonBody(endpointPatch) },
  responses: { 200: json("As it is now", endpointDetail) },
});

const remove = createRoute({
  method: "delete",
  path: endpointPath,
  operationId: "deleteEndpoint",
  tags,
  summary: "Delete an endpoint",
  description: "What it had not yet delivered is canceled.",
  request: { params: endpointParams },
  responses: { 204: { description: "It is gone" } },
});

const inputProblems = ["forbiddenUrl", "forbiddenHeader", "invalidSchedule"] as const;

export function registerEndpoints(api: Api, deps: ApiDeps): void {
  const toCreate = {
    roles: owners,
    problems: [...inputProblems, "invalidSecret", "tooManyEndpoints"],
  } as const;
  addOperation(api, deps, toCreate, create, async (c) => {
    const principal = c.get("principal");
    const ctx = tenantContext(deps, principal, c.req.valid("param").tenantId);
    const input = c.req.valid("json");
    const seal = (id: string) => prepareSecret(ctx, id, input.signature, input.secret);
    const { endpoint: row, secret } = await createEndpoint(ctx, input, seal);
    return c.json({ ...showEndpointDetail(row, principal), secret }, 201);
  });

  addOperation(api, deps, { roles: viewers }, list, async (c) => {
    const principal = c.get("principal");
    const ctx = tenantContext(deps, principal, c.req.valid("param").tenantId);
    const scope = ["endpoints", ctx.tenantId];
    const show = (row: Parameters<typeof showEndpoint>[0]) => showEndpoint(row, principal);
    return c.json(
      await answerPage(deps, scope, c.req.valid("query"), (request) => listEndpoints(ctx, request), show),
      200,
    );
  });

  addOperation(api, deps, { roles: viewers }, get, async (c) => {
    const { tenantId: id, endpointId } = c.req.valid("param");
    const principal = c.get("principal");
    return c.json(
      showEndpointDetail(await getEndpoint(tenantContext(deps, principal, id), { endpointId }), principal),
      200,
    );
  });

  const toPatch = { roles: owners, problems: inputProblems, hints: patchHints } as const;
  addOperation(api, deps, toPatch, patch, async (c) => {
    const { tenantId: id, endpointId } = c.req.valid("param");
    const principal = c.get("principal");
    const fields = c.req.valid("json");
    return c.json(
      showEndpointDetail(await updateEndpoint(tenantContext(deps, principal, id), { endpointId, fields }), principal),
      200,
    );
  });

  addOperation(api, deps, { roles: owners }, remove, async (c) => {
    const { tenantId: id, endpointId } = c.req.valid("param");
    await deleteEndpoint(tenantContext(deps, c.get("principal"), id), { endpointId });
    return c.body(null, 204);
  });
}
