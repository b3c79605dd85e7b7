import { createRoute } from "@hono/zod-openapi";
import type { Role } from "#db/schema.ts";
import {
  createEventType,
  deleteEventType,
  getEventType,
  listEventTypes,
  putVersion,
  updateEventType,
} from "#services/eventTypes.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { jsonText } from "../jsonText.ts";
import { addOperation, answerPage, pageQuery, pageSchema } from "../kit.ts";
import { json, jsonBody } from "../schemas.ts";
import {
  catalogName,
  catalogQuery,
  eventType,
  eventTypeInput,
  eventTypePatch,
  eventTypeSummary,
  showDetail,
  showSummary,
  readContent,
  showVersion,
  typeOf,
  typeParams,
  version,
  versionInput,
  versionParams,
} from "./eventTypeSchemas.ts";

const tags = ["Event types"];
const path = "/v1/event-types/{name}";
const everybody: readonly Role[] = ["operator", "publisher", "support", "tenant"];
const operators: readonly Role[] = ["operator"];

const create = createRoute({
  method: "post",
  path: "/v1/event-types",
  operationId: "createEventType",
  tags,
  summary: "Register an event type",
  description: "With a schema, an example or a version, its first version is made as well: `1` unless told.",
  request: { body: jsonBody(eventTypeInput) },
  responses: { 201: json("The event type", eventType) },
});

const list = createRoute({
  method: "get",
  path: "/v1/event-types",
  operationId: "listEventTypes",
  tags,
  summary: "List event types, by catalog and name",
  request: { query: pageQuery.extend({ catalog: catalogName.optional() }) },
  responses: { 200: json("A page", pageSchema("EventTypeList", eventTypeSummary)) },
});

const get = createRoute({
  method: "get",
  path,
  operationId: "getEventType",
  tags,
  summary: "Get an event type with its versions",
  request: { params: typeParams, query: catalogQuery },
  responses: { 200: json("The event type", eventType) },
});

const patch = createRoute({
  method: "patch",
  path,
  operationId: "updateEventType",
  tags,
  summary: "Change an event type",
  description: "Of an installed catalog: only a type that its document does not have. The others are changed there.",
  request: { params: typeParams, query: catalogQuery, body: jsonBody(eventTypePatch) },
  responses: { 200: json("As it is now", eventType) },
});

const remove = createRoute({
  method: "delete",
  path,
  operationId: "deleteEventType",
  tags,
  summary: "Delete an event type",
  description: "Publishing it is refused from then on. Events that were accepted stay, and are delivered.",
  request: { params: typeParams, query: catalogQuery },
  responses: { 204: { description: "It is gone" } },
});

const put = createRoute({
  method: "put",
  path: `${path}/versions/{version}`,
  operationId: "putEventTypeVersion",
  tags,
  summary: "Add a version, or change its example",
  description:
    "The schema of a version never changes: what was accepted under it stays valid. In an installed catalog: only of a type that its document does not have.",
  request: { params: versionParams, query: catalogQuery, body: jsonBody(versionInput) },
  responses: { 200: json("Its schema is as it was", version), 201: json("Made", version) },
});

const contentProblems = [
  "invalidSchema",
  "schemaTooLarge",
  "schemaCycle",
  "remoteReference",
  "unsafePattern",
  "danglingPointer",
  "invalidExample",
] as const;

export function registerEventTypes(api: Api, deps: ApiDeps): void {
  const toCreate = {
    roles: operators,
    problems: [...contentProblems, "alreadyExists", "unknownCatalog", "nameBreaksConvention"],
  } as const;
  addOperation(api, deps, toCreate, create, async (c) => {
    const { name, description = null, category = null, deprecated, catalog, ...input } = c.req.valid("json");
    const content = readContent(c.get("text"));
    const given = input.version !== undefined || content.schema !== null || content.example !== null;
    const first = given ? { version: input.version ?? "1", ...content } : null;
    const fields = { name, description, category, deprecated, catalog, version: first };
    return jsonText(c, showDetail(await createEventType(deps.contextFor(c.get("principal")), fields)), 201);
  });

  addOperation(api, deps, { roles: everybody }, list, async (c) => {
    const query = c.req.valid("query");
    const ctx = deps.contextFor(c.get("principal"));
    const scope = ["eventTypes", query.catalog ?? null];
    const ask = (request: Parameters<typeof listEventTypes>[1]) =>
      listEventTypes(ctx, { ...request, catalog: query.catalog });
    return c.json(await answerPage(deps, scope, query, ask, showSummary), 200);
  });

  addOperation(api, deps, { roles: everybody }, get, async (c) => {
    const type = typeOf(c.req.valid("param").name, c.req.valid("query").catalog);
    return jsonText(c, showDetail(await getEventType(deps.contextFor(c.get("principal")), type)), 200);
  });

  addOperation(api, deps, { roles: operators }, patch, async (c) => {
    const type = typeOf(c.req.valid("param").name, c.req.valid("query").catalog);
    const changed = await updateEventType(deps.contextFor(c.get("principal")), type, c.req.valid("json"));
    return jsonText(c, showDetail(changed), 200);
  });

  addOperation(api, deps, { roles: operators }, remove, async (c) => {
    const type = typeOf(c.req.valid("param").name, c.req.valid("query").catalog);
    await deleteEventType(deps.contextFor(c.get("principal")), type);
    return c.body(null, 204);
  });

  const toPut = { roles: operators, problems: [...contentProblems, "versionInUse", "tooManyVersions"] } as const;
  addOperation(api, deps, toPut, put, async (c) => {
    const { name, version: number } = c.req.valid("param");
    const type = typeOf(name, c.req.valid("query").catalog);
    const content = { version: number, ...readContent(c.get("text")) };
    const done = await putVersion(deps.contextFor(c.get("principal")), type, content);
    return jsonText(c, showVersion(done.version), done.created ? 201 : 200);
  });
}
