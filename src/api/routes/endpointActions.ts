import { createRoute, z } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import { sendTest, setLane, type LaneAction } from "#services/lanes.ts";
import { endpointStats } from "#services/stats.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, owners, tenantContext, viewers } from "../kit.ts";
import { json, optionalJsonBody, shownId, shownTime } from "../schemas.ts";
import { catalogName } from "./eventTypeSchemas.ts";
import { endpointDetail, endpointParams, endpointPath, showEndpointDetail } from "./endpointSchemas.ts";

const tags = ["Endpoints"];

const actions: Record<LaneAction, { summary: string; description: string }> = {
  enable: { summary: "Enable an endpoint", description: "Deliveries are made again, from the next event on." },
  disable: {
    summary: "Disable an endpoint",
    description: "No deliveries are made; what waits is held until it is enabled.",
  },
  pause: { summary: "Pause an endpoint", description: "Deliveries wait, in any number, and nothing is lost." },
  resume: {
    summary: "Resume an endpoint, or try it now",
    description:
      "What waited goes out, oldest first, a page at a time. Where the gateway itself holds the lane (failing, slow, throttled) it is tried now.",
  },
};

const actionRoute = (action: LaneAction) =>
  createRoute({
    method: "post",
    path: `${endpointPath}/${action}`,
    operationId: `${action}Endpoint`,
    tags,
    ...actions[action],
    request: { params: endpointParams },
    responses: { 200: json("As it is now", endpointDetail) },
  });

const test = createRoute({
  method: "post",
  path: `${endpointPath}/test`,
  operationId: "testEndpoint",
  tags,
  summary: "Send a test event to this endpoint alone",
  request: {
    params: endpointParams,
    body: optionalJsonBody(
      z
        .strictObject({
          eventType: z.string().min(1).max(128).optional().openapi({
            description: "Its newest example is sent; `API.Webhook.Test` with a short message unless told",
          }),
          catalog: catalogName.optional().openapi({
            description: "The event type's; to an endpoint of the format `native` goes the whole example document",
            example: "user-management",
          }),
        })
        .openapi("TestInput", { example: { eventType: "invoice.paid" } }),
    ),
  },
  responses: {
    202: json(
      "The delivery was made",
      z
        .object({ eventId: shownId("event"), deliveryId: shownId("delivery"), status: z.enum(["queued", "held"]) })
        .openapi("TestSent"),
    ),
  },
});

const count = z.number().int().openapi({ example: 12 });
const stats = createRoute({
  method: "get",
  path: `${endpointPath}/stats`,
  operationId: "getEndpointStats",
  tags,
  summary: "The last 24 hours of an endpoint",
  request: { params: endpointParams },
  responses: {
    200: json(
      "Counts and durations",
      z
        .object({
          since: shownTime,
          deliveries: z
            .object({
              held: count,
              scheduled: count,
              queued: count,
              delivered: count,
              failed: count,
              canceled: count,
              skipped: count,
            })
            .openapi({ description: "Made since then, by status; of the newest 100,000" }),
          attempts: z
            .object({
              total: count,
              succeeded: count,
              successRate: z.number().min(0).max(1).nullable().openapi({ example: 0.98 }),
              p50Ms: z.number().int().nullable().openapi({ example: 42 }),
              p95Ms: z.number().int().nullable().openapi({ example: 180 }),
            })
            .openapi({ description: "Of the newest 1,000 deliveries" }),
          lastAttemptAt: shownTime.nullable(),
          lastSuccessAt: shownTime.nullable(),
          lastFailureAt: shownTime.nullable(),
        })
        .openapi("EndpointStats"),
    ),
  },
});

export function registerEndpointActions(api: Api, deps: ApiDeps): void {
  for (const action of ["enable", "disable", "pause", "resume"] as const) {
    addOperation(api, deps, { roles: owners, problems: ["endpointDisabled"] }, actionRoute(action), async (c) => {
      const { tenantId, endpointId } = c.req.valid("param");
      const principal = c.get("principal");
      const row = await setLane(tenantContext(deps, principal, tenantId), { endpointId, action });
      return c.json(showEndpointDetail(row, principal), 200);
    });
  }

  const testProblems = ["unknownEventType", "unknownCatalog", "endpointDisabled"] as const;
  addOperation(api, deps, { roles: owners, problems: testProblems }, test, async (c) => {
    const { tenantId, endpointId } = c.req.valid("param");
    const ctx = tenantContext(deps, c.get("principal"), tenantId);
    const sent = await sendTest(ctx, { endpointId, ...c.req.valid("json") });
    const ids = { eventId: encodeId("event", sent.eventId), deliveryId: encodeId("delivery", sent.deliveryId) };
    return c.json({ ...ids, status: sent.status }, 202);
  });

  addOperation(api, deps, { roles: viewers }, stats, async (c) => {
    const { tenantId, endpointId } = c.req.valid("param");
    const { since, deliveries, attempts, ...last } = await endpointStats(
      tenantContext(deps, c.get("principal"), tenantId),
      { endpointId },
    );
    const times = {
      lastAttemptAt: last.lastAttemptAt?.toISOString() ?? null,
      lastSuccessAt: last.lastSuccessAt?.toISOString() ?? null,
      lastFailureAt: last.lastFailureAt?.toISOString() ?? null,
    };
    return c.json({ since: since.toISOString(), deliveries, attempts, ...times }, 200);
  });
}
