import { createRoute, z } from "@hono/zod-openapi";
import { cancelReplay, countReplay, createReplay, getReplay, listReplays } from "#services/replays.ts";
import type { PageRequest } from "#services/page.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, answerPage, pageQuery, pageSchema, tenantContext, viewers } from "../kit.ts";
import { idOf, json, jsonBody, tenantId } from "../schemas.ts";
import { dryRunAnswer, replay, replayInput, showReplay } from "./replaySchemas.ts";

const params = z.object({ tenantId, replayId: idOf("replay") });

const create = createRoute({
  method: "post",
  path: "/v1/tenants/{tenantId}/replays",
  operationId: "createReplay",
  tags: ["Replays"],
  summary: "Send many deliveries again, or for the first time",
  description:
    "Chosen by endpoint, time, types and statuses, as they are now: what changes meanwhile is left alone. Replays of one endpoint run one after the other, while its lane is open, and give way to its live traffic. They survive whatever is killed, and send nothing twice.",
  request: { params: z.object({ tenantId }), body: jsonBody(replayInput) },
  responses: { 200: json("How many match; of a dry run", dryRunAnswer), 202: json("It will run", replay) },
});

const list = createRoute({
  method: "get",
  path: "/v1/tenants/{tenantId}/replays",
  operationId: "listReplays",
  tags: ["Replays"],
  summary: "List a tenant's replays, the newest first",
  request: { params: z.object({ tenantId }), query: pageQuery },
  responses: { 200: json("A page", pageSchema("ReplayList", replay)) },
});

const get = createRoute({
  method: "get",
  path: "/v1/tenants/{tenantId}/replays/{replayId}",
  operationId: "getReplay",
  tags: ["Replays"],
  summary: "Read a replay and its progress",
  request: { params },
  responses: { 200: json("The replay", replay) },
});

const cancel = createRoute({
  method: "post",
  path: "/v1/tenants/{tenantId}/replays/{replayId}/cancel",
  operationId: "cancelReplay",
  tags: ["Replays"],
  summary: "Cancel a replay",
  description:
    "What of it still waits is canceled, in the background where that is much; what was delivered stays. A request that is under way may still arrive. Canceling twice is canceling once.",
  request: { params },
  responses: { 200: json("It is canceled", replay) },
});

export function registerReplays(api: Api, deps: ApiDeps): void {
  const mayCreate = {
    roles: viewers,
    problems: ["endpointDisabled", "invalidRange", "replayTooLarge", "tooManyReplays"],
  } as const;
  addOperation(api, deps, mayCreate, create, async (c) => {
    const ctx = tenantContext(deps, c.get("principal"), c.req.valid("param").tenantId);
    const { dryRun, ...input } = c.req.valid("json");
    if (!dryRun) return c.json(showReplay(await createReplay(ctx, input)), 202);
    const { matched } = await countReplay(ctx, input);
    return c.json({ matched }, 200);
  });

  addOperation(api, deps, { roles: viewers }, list, async (c) => {
    const ctx = tenantContext(deps, c.get("principal"), c.req.valid("param").tenantId);
    const ask = (request: PageRequest) => listReplays(ctx, request);
    return c.json(await answerPage(deps, ["replays", ctx.tenantId], c.req.valid("query"), ask, showReplay), 200);
  });

  addOperation(api, deps, { roles: viewers }, get, async (c) => {
    const param = c.req.valid("param");
    const row = await getReplay(tenantContext(deps, c.get("principal"), param.tenantId), param);
    return c.json(showReplay(row), 200);
  });

  addOperation(api, deps, { roles: viewers, problems: ["replayCompleted"] }, cancel, async (c) => {
    const param = c.req.valid("param");
    const row = await cancelReplay(tenantContext(deps, c.get("principal"), param.tenantId), param);
    return c.json(showReplay(row), 200);
  });
}
