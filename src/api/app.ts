import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { encodeId } from "#domain/ids.ts";
import { Problem } from "#domain/problems.ts";
import { newId } from "#services/newId.ts";
import type { Api, ApiDeps } from "./deps.ts";
import type { ApiEnv } from "./env.ts";
import type { ApiMetrics } from "./metrics.ts";
import { createErrorHandler, problemResponse } from "./problem.ts";
import { registerBatch } from "./routes/batch.ts";
import { registerCatalogEvents } from "./routes/catalogEvents.ts";
import { registerDeliveries } from "./routes/deliveries.ts";
import { registerSupportDeliveries } from "./routes/supportDeliveries.ts";
import { registerTenantEvents } from "./routes/tenantEvents.ts";
import { registerEvents } from "./routes/events.ts";
import { registerApiKeys } from "./routes/apiKeys.ts";
import { registerDocs } from "./routes/docs.ts";
import { registerEndpointActions } from "./routes/endpointActions.ts";
import { registerEndpoints } from "./routes/endpoints.ts";
import { registerCatalogs } from "./routes/catalogs.ts";
import { registerEventTypes } from "./routes/eventTypes.ts";
import { registerExpressions } from "./routes/expressions.ts";
import { registerEventTypeVersions } from "./routes/eventTypeVersions.ts";
import { registerFeed } from "./routes/feed.ts";
import { registerHealth } from "./routes/health.ts";
import { registerMetrics } from "./routes/metrics.ts";
import { registerPreferences } from "./routes/preferences.ts";
import { registerReplays } from "./routes/replays.ts";
import { registerSecrets } from "./routes/secrets.ts";
import { registerSubscriptions } from "./routes/subscriptions.ts";
import { registerTenants } from "./routes/tenants.ts";

/** Every resource's routes, in the order in which the reference shows them. */
const resources: readonly ((api: Api, deps: ApiDeps) => void)[] = [
  registerEvents,
  registerBatch,
  registerCatalogEvents,
  registerTenantEvents,
  registerDeliveries,
  registerSupportDeliveries,
  registerReplays,
  registerEventTypes,
  registerEventTypeVersions,
  registerCatalogs,
  registerTenants,
  registerEndpoints,
  registerEndpointActions,
  registerFeed,
  registerSecrets,
  registerSubscriptions,
  registerPreferences,
  registerExpressions,
  registerApiKeys,
  registerHealth,
  registerMetrics,
  registerDocs,
];

/** The HTTP API, for any runtime that speaks Request and Response. */
export function createApi(deps: ApiDeps): Api {
  const api = new OpenAPIHono<ApiEnv>();
  if (deps.metrics !== undefined) api.use("*", counting(deps.metrics));
  api.use("*", async (c, next) => {
    const requestId = encodeId("request", newId(deps.clock));
    c.set("requestId", requestId);
    c.header("x-request-id", requestId);
    await next();
  });
  api.onError(createErrorHandler(deps.log));
  for (const register of resources) register(api, deps);
  const routes = createMethodIndex(api);
  api.notFound((c) => {
    const methods = routes(c.req.path);
    if (methods.length === 0) return problemResponse(c, noSuchPath);
    c.header("allow", methods.join(", "));
    const detail = `This path takes ${methods.join(", ")}.`;
    return problemResponse(c, new Problem("methodNotAllowed", detail));
  });
  return api;
}

/** Counts what was answered, by the route's pattern: paths name tenants, and there are any number of them. */
function counting(metrics: ApiMetrics): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const begun = performance.now();
    await next();
    const path = routePath(c, -1);
    metrics.answered({
      method: c.req.method,
      route: path === "/*" ? "none" : path,
      status: c.res.status,
      seconds: (performance.now() - begun) / 1_000,
    });
  };
}

const noSuchPath = new Problem("notFound", "There is no such path. The paths are in /openapi.yaml.");

/** The methods that a path has: what Hono answers with 404 may be a 405 (RFC 9110 section 15.5.6). */
function createMethodIndex(api: Api): (path: string) => string[] {
  const forms = api.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => ({ method, form: new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`) }));
  return (path) => [...new Set(forms.filter(({ form }) => form.test(path)).map(({ method }) => method))];
}
