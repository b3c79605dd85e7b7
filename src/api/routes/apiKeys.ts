import { createRoute, z } from "@hono/zod-openapi";
import { createApiKey, listApiKeys, revokeApiKey, type ApiKey } from "#services/apiKeys.ts";
import { encodeId } from "#domain/ids.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, answerPage, pageQuery, pageSchema, readers } from "../kit.ts";
import { boundedText, idOf, shownId, shownTime, tenantId, time } from "../schemas.ts";

const role = z.enum(["operator", "publisher", "support", "tenant"]).openapi({
  description:
    "`tenant` reaches its own tenant only; `publisher` publishes, with a `tenantId` for this tenant alone; `support` reads all and redelivers",
  example: "publisher",
});

const apiKey = z
  .object({
    id: shownId("apiKey"),
    name: z.string().openapi({ example: "billing service" }),
    role,
    tenantId: tenantId.nullable(),
    createdBy: z.string().openapi({ example: "operator" }),
    createdAt: shownTime,
    expiresAt: shownTime.nullable(),
    revokedAt: shownTime.nullable(),
  })
  .openapi("ApiKey");

const newApiKey = apiKey
  .extend({
    token: z.string().openapi({
      description: "The key itself: shown this once, and stored only as a keyed hash",
      example: "key_01jb9yhq6yf8xsragz5a5qs3cy.Qn0u1pVvyTzGm6dJ3oXk5sLr8wBfA2eHc4iNg7tUq9E",
    }),
  })
  .openapi("NewApiKey");

const create = createRoute({
  method: "post",
  path: "/v1/api-keys",
  operationId: "createApiKey",
  tags: ["API keys"],
  summary: "Make an API key",
  request: {
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z
            .strictObject({ name: boundedText(128), role, tenantId: tenantId.optional(), expiresAt: time.optional() })
            .openapi("ApiKeyInput", { example: { name: "billing service", role: "publisher" } }),
        },
      },
    },
  },
  responses: {
    201: { description: "The key, with its token", content: { "application/json": { schema: newApiKey } } },
  },
});

const list = createRoute({
  method: "get",
  path: "/v1/api-keys",
  operationId: "listApiKeys",
  tags: ["API keys"],
  summary: "List API keys, revoked ones too",
  request: { query: pageQuery.extend({ tenantId: tenantId.optional() }) },
  responses: {
    200: { description: "A page", content: { "application/json": { schema: pageSchema("ApiKeyList", apiKey) } } },
  },
});

const revoke = createRoute({
  method: "delete",
  path: "/v1/api-keys/{keyId}",
  operationId: "revokeApiKey",
  tags: ["API keys"],
  summary: "Revoke an API key",
  description: "At once in the process that answers, within two seconds in all. Revoking twice is revoking once.",
  request: { params: z.object({ keyId: idOf("apiKey") }) },
  responses: { 204: { description: "It is revoked" } },
});

export function registerApiKeys(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: ["operator"] }, create, async (c) => {
    const { key, token } = await createApiKey(deps.contextFor(c.get("principal")), c.req.valid("json"));
    return c.json({ ...showApiKey(key), token }, 201);
  });

  addOperation(api, deps, { roles: readers }, list, async (c) => {
    const query = c.req.valid("query");
    const ctx = deps.contextFor(c.get("principal"));
    const scope = ["apiKeys", query.tenantId ?? null];
    const page = await answerPage(
      deps,
      scope,
      query,
      (request) => listApiKeys(ctx, { ...request, tenantId: query.tenantId }),
      showApiKey,
    );
    return c.json(page, 200);
  });

  addOperation(api, deps, { roles: ["operator"] }, revoke, async (c) => {
    const { keyId } = c.req.valid("param");
    await revokeApiKey(deps.contextFor(c.get("principal")), { keyId });
    deps.authenticator.forget(keyId);
    return c.body(null, 204);
  });
}

function showApiKey(key: ApiKey) {
  return {
    id: encodeId("apiKey", key.id),
    name: key.name,
    role: key.role,
    tenantId: key.tenantId,
    createdBy: key.createdBy,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  };
}
