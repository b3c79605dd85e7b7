import { createRoute, z } from "@hono/zod-openapi";
import { Problem } from "#domain/problems.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation } from "../kit.ts";

const status = z.object({ status: z.literal("ok") }).openapi("Health");
const ok = { description: "Yes", content: { "application/json": { schema: status } } };

const live = createRoute({
  method: "get",
  path: "/healthz",
  operationId: "getHealth",
  tags: ["Gateway"],
  summary: "Does the process live?",
  responses: { 200: ok },
});

const ready = createRoute({
  method: "get",
  path: "/readyz",
  operationId: "getReadiness",
  tags: ["Gateway"],
  summary: "Can it take requests?",
  description: "Not while it is shutting down, while the database is away, or on a schema of another version.",
  responses: { 200: ok },
});

export function registerHealth(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: [] }, live, (c) => c.json({ status: "ok" as const }, 200));

  addOperation(api, deps, { roles: [], problems: ["notReady"] }, ready, async (c) => {
    const readiness = await deps.ready();
    if (!readiness.ready) throw new Problem("notReady", `The gateway is not ready: ${readiness.reason}.`);
    return c.json({ status: "ok" as const }, 200);
  });
}
