import { createRoute, z } from "@hono/zod-openapi";
import { Problem } from "#domain/problems.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation } from "../kit.ts";

const route = createRoute({
  method: "get",
  path: "/metrics",
  operationId: "getMetrics",
  tags: ["Gateway"],
  summary: "What does the process count?",
  description:
    "This process's numbers in Prometheus' text format, without a key: they name no tenant. Not on a runtime that has no memory of its own.",
  responses: {
    200: { description: "The numbers", content: { "text/plain": { schema: z.string() } } },
  },
});

export function registerMetrics(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: [], problems: ["notFound"] }, route, async (c) => {
    if (deps.metrics === undefined) throw new Problem("notFound", "This runtime counts nothing.");
    const { body, contentType } = await deps.metrics.text();
    return c.text(body, 200, { "content-type": contentType });
  });
}
