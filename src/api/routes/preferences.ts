import { createRoute, z } from "@hono/zod-openapi";
import { isCleanText } from "#domain/text.ts";
import { getPreferences, putPreferences } from "#services/preferences.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, owners, tenantContext, viewers } from "../kit.ts";
import { json, jsonBody, tenantId } from "../schemas.ts";
import { catalogName } from "./eventTypeSchemas.ts";

const path = "/v1/tenants/{tenantId}/users/{userId}/preferences";
const tags = ["Preferences"];

const userId = z
  .string()
  .min(1)
  .max(256)
  .refine(isCleanText, "holds a character that cannot be stored")
  .openapi({ description: "As the events name the user, percent-encoded", example: "user_42" });
const params = z.object({ tenantId, userId });
const query = z.strictObject({
  catalog: catalogName.optional().openapi({
    description: "May be left out where one installed catalog alone has preferences",
    example: "organization-notifications",
  }),
});

const preferences = z.record(z.string(), z.enum(["enabled", "disabled"])).openapi("Preferences", {
  description: "By name, as the catalog has them",
  example: { org_updates: "enabled", team_updates: "disabled" },
});

const get = createRoute({
  method: "get",
  path,
  operationId: "getPreferences",
  tags,
  summary: "Get a user's preferences",
  description: "Every preference of the catalog: what the user has set, and the defaults of the rest.",
  request: { params, query },
  responses: { 200: json("All of the catalog's", preferences) },
});

const put = createRoute({
  method: "put",
  path,
  operationId: "putPreferences",
  tags,
  summary: "Set a user's preferences",
  description: "What is not named goes back to its default. Events that are fanned out from now on follow them.",
  request: { params, query, body: jsonBody(preferences) },
  responses: { 200: json("All of the catalog's, as they are now", preferences) },
});

export function registerPreferences(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: viewers, problems: ["unknownCatalog"] }, get, async (c) => {
    const { tenantId: tenant, userId: user } = c.req.valid("param");
    const ctx = tenantContext(deps, c.get("principal"), tenant);
    return c.json(await getPreferences(ctx, { userId: user, ...c.req.valid("query") }), 200);
  });

  const problems = ["unknownCatalog", "unknownPreference"] as const;
  addOperation(api, deps, { roles: owners, problems }, put, async (c) => {
    const { tenantId: tenant, userId: user } = c.req.valid("param");
    const ctx = tenantContext(deps, c.get("principal"), tenant);
    const place = { userId: user, ...c.req.valid("query") };
    return c.json(await putPreferences(ctx, { ...place, choices: c.req.valid("json") }), 200);
  });
}
