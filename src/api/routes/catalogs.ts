import { createRoute, z } from "@hono/zod-openapi";
import { stringify } from "yaml";
import type { Role } from "#db/schema.ts";
import { deleteCatalog, getCatalog, getSchema, listCatalogs, type CatalogDetail } from "#services/catalogs.ts";
import { catalogSchemaText } from "#services/catalogs/check.ts";
import { installCatalog } from "#services/catalogs/install.ts";
import { missing } from "#services/missing.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { jsonText } from "../jsonText.ts";
import { addOperation, answerPage, pageQuery, pageSchema } from "../kit.ts";
import { json } from "../schemas.ts";
import {
  catalogDetail,
  catalogDocument,
  catalogParams,
  catalogSummary,
  installed,
  installQuery,
  schemaParams,
  showCatalog,
  showCatalogSummary,
  showInstalled,
} from "./catalogSchemas.ts";

const tags = ["Catalogs"];
const path = "/v1/catalogs/{catalog}";
const everybody: readonly Role[] = ["operator", "publisher", "support", "tenant"];
const operators: readonly Role[] = ["operator"];
const bodyTypes = /^application\/(json|yaml)\s*(;|$)/i;
const jsonSchema = z
  .record(z.string(), z.unknown())
  .openapi({ type: ["object", "boolean"], additionalProperties: true });
const yamlText = z.string().openapi({ description: "The document alone, in YAML 1.2" });

const list = createRoute({
  method: "get",
  path: "/v1/catalogs",
  operationId: "listCatalogs",
  tags,
  summary: "List catalogs, by name",
  request: { query: pageQuery },
  responses: { 200: json("A page", pageSchema("CatalogList", catalogSummary)) },
});

const get = createRoute({
  method: "get",
  path,
  operationId: "getCatalog",
  tags,
  summary: "Get a catalog with its document",
  description: "With `accept: application/yaml` the document alone, in YAML: what PUT takes, and a file can keep.",
  request: { params: catalogParams },
  responses: {
    200: {
      description: "The catalog",
      content: { "application/json": { schema: catalogDetail }, "application/yaml": { schema: yamlText } },
    },
  },
});

const put = createRoute({
  method: "put",
  path,
  operationId: "installCatalog",
  tags,
  summary: "Install a catalog, or change an installed one",
  description:
    "Whole or not at all; the same document again changes nothing. What publishers and receivers rely on stays: a change that breaks a published version is refused with 409 and the list of what breaks. A catalog with expressions needs a deliverer, which tries them.",
  request: {
    params: catalogParams,
    query: installQuery,
    body: {
      required: true,
      content: { "application/json": { schema: catalogDocument }, "application/yaml": { schema: yamlText } },
    },
  },
  responses: {
    200: json("As it is now, or would be: a dry run tells what breaks, too", installed),
    201: json("Installed", installed),
  },
});

const remove = createRoute({
  method: "delete",
  path,
  operationId: "deleteCatalog",
  tags,
  summary: "Delete a catalog with its event types",
  description: "Refused while subscriptions name it. Events that were accepted stay, and are delivered.",
  request: { params: catalogParams },
  responses: { 204: { description: "It is gone" } },
});

const schema = createRoute({
  method: "get",
  path: `${path}/schemas/{ref}`,
  operationId: "getCatalogSchema",
  tags,
  summary: "Get the JSON Schema of a version, by its ref",
  description: "What the `dataschema` of a CloudEvent leads to. It holds nobody's data: no credentials are needed.",
  request: { params: schemaParams },
  responses: {
    200: { description: "JSON Schema 2020-12", content: { "application/schema+json": { schema: jsonSchema } } },
  },
});

const form = createRoute({
  method: "get",
  path: "/catalog.schema.json",
  operationId: "getCatalogForm",
  tags,
  summary: "Get the JSON Schema of catalogs",
  responses: {
    200: { description: "JSON Schema 2020-12", content: { "application/schema+json": { schema: jsonSchema } } },
  },
});

const installProblems = [
  ["invalidCatalog", "danglingPointer", "nameBreaksConvention", "duplicateName", "versionGap", "invalidExample"],
  ["invalidSchema", "schemaTooLarge", "schemaCycle", "remoteReference", "unsafePattern"],
  ["invalidDowngrade", "invalidExpression", "expressionTimeout", "noEvaluator", "breakingChange", "overloaded"],
] as const;

export function registerCatalogs(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: everybody }, list, async (c) => {
    const ctx = deps.contextFor(c.get("principal"));
    const ask = (request: Parameters<typeof listCatalogs>[1]) => listCatalogs(ctx, request);
    return c.json(await answerPage(deps, ["catalogs"], c.req.valid("query"), ask, showCatalogSummary), 200);
  });

  addOperation(api, deps, { roles: everybody }, get, async (c) => {
    const catalog = await getCatalog(deps.contextFor(c.get("principal")), c.req.valid("param").catalog);
    c.header("vary", "accept");
    return wantsYaml(c.req.header("accept"))
      ? jsonText(c, yamlOf(catalog), 200, "application/yaml")
      : jsonText(c, showCatalog(catalog));
  });

  const toInstall = {
    roles: operators,
    problems: installProblems.flat(),
    maxBodyBytes: deps.config.maxCatalogBytes,
    rawBody: bodyTypes,
  };
  addOperation(api, deps, toInstall, put, async (c) => {
    const isYaml = /yaml/i.test(c.req.header("content-type") ?? "");
    const answer = await installCatalog(deps.contextFor(c.get("principal")), {
      name: c.req.valid("param").catalog,
      text: c.get("text"),
      form: isYaml ? "yaml" : "json",
      dryRun: c.req.valid("query").dryRun,
    });
    return c.json(showInstalled(answer), answer.created ? 201 : 200);
  });

  addOperation(api, deps, { roles: operators, problems: ["catalogInUse"] }, remove, async (c) => {
    await deleteCatalog(deps.contextFor(c.get("principal")), c.req.valid("param").catalog);
    return c.body(null, 204);
  });

  addOperation(api, deps, { roles: [], problems: ["unavailable"] }, schema, async (c) => {
    return jsonText(c, await getSchema(deps, c.req.valid("param")), 200, "application/schema+json");
  });

  addOperation(api, deps, { roles: [] }, form, (c) => jsonText(c, catalogSchemaText, 200, "application/schema+json"));
}

/** Whoever names YAML wants it; whoever takes anything gets JSON. */
function wantsYaml(accept: string | undefined): boolean {
  return /\bapplication\/(x-)?yaml\b|\btext\/yaml\b/i.test(accept ?? "");
}

function yamlOf({ document }: CatalogDetail): string {
  return document === null
    ? missing()
    : stringify(JSON.parse(document), { aliasDuplicateObjects: false, lineWidth: 120 });
}
