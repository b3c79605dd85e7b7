import type { Context as HonoContext, Handler, MiddlewareHandler } from "hono";
import { z, type RouteConfig, type RouteHandler } from "@hono/zod-openapi";
import type { Role } from "#db/schema.ts";
import { escapeSegment } from "#domain/catalog/pointer.ts";
import { Problem, type Fault } from "#domain/problems.ts";
import { Budget } from "#services/budget.ts";
import type { Principal, TenantContext } from "#services/context.ts";
import { missing } from "#services/missing.ts";
import type { Page, PageRequest } from "#services/page.ts";
import { parseJson } from "#services/strictJson.ts";
import type { Access } from "./access.ts";
import { CONFIG_BODY_BYTES, isJson } from "./body.ts";
import { CURSOR_MAX_LENGTH } from "./cursor.ts";
import type { Api, ApiDeps, AppContext } from "./deps.ts";
import type { ApiEnv } from "./env.ts";
import type { JsonText } from "./jsonText.ts";
import { problemResponses } from "./problemResponses.ts";

/**
 * Mounts a route: credentials, then the role and the tenant, then path, query and body, then the handler. Describes it in the OpenAPI
 * document with every problem it can answer.
 */
export function addOperation<R extends RouteConfig>(
  api: Api,
  deps: ApiDeps,
  access: Access,
  route: R,
  handler: OperationHandler<R>,
): void {
  const security = access.roles.length > 0 ? [{ bearer: [] }] : [];
  const responses = { ...route.responses, ...problemResponses(access, route) };
  api.openAPIRegistry.registerPath({ ...route, security, responses });
  const path = route.path.replaceAll(/\/{(.+?)}/g, "/:$1");
  const steps = [guard(deps, access, route.path), validate(deps, access, route)];
  // The router cannot know what `steps` have put into the context: the route's own types say it, and `validate` made it so.
  api.on([route.method], [path], ...steps, handler as Handler<ApiEnv>);
}

/** What the route's description asks for, or JSON that was written as text. */
export type OperationHandler<R extends RouteConfig> =
  RouteHandler<R, ApiEnv> extends Handler<infer E, infer P, infer I, infer Output>
    ? Handler<E, P, I, Output | JsonText | Promise<JsonText>>
    : never;

/** Every role that may see all tenants. */
export const readers: readonly Role[] = ["operator", "support"];
/** Who manages a tenant's things. */
export const owners: readonly Role[] = ["operator", "tenant"];
/** Who sees a tenant's things. */
export const viewers: readonly Role[] = ["operator", "support", "tenant"];

/** Credentials, role, tenant. A foreign tenant's path is answered as a missing tenant's. */
function guard(deps: ApiDeps, { roles }: Access, path: string): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (roles.length === 0) return next();
    const budget = new Budget(deps.databaseMs);
    const principal = await deps.authenticator.authenticate(c.req.header("authorization"), budget);
    c.set("budget", budget);
    c.set("principal", principal);
    const tenantId = c.req.param("tenantId");
    if (principal.tenantId !== null && tenantId !== undefined && tenantId !== principal.tenantId) missing();
    if (!roles.includes(principal.role)) {
      throw new Problem("forbidden", `The role ${principal.role} may not do this; ${roles.join(" or ")} may.`);
    }
    note(deps, c, principal, path);
    return next();
  };
}

/** For tenants that subscribe to API.Request.Received. Publishing is not noted: it is not the tenant who asks. */
function note(deps: ApiDeps, c: HonoContext<ApiEnv>, { actor, role, tenantId: own }: Principal, path: string): void {
  const tenantId = c.req.param("tenantId") ?? own;
  if (tenantId === null || role === "publisher") return;
  deps.publisher.noteRequest({
    tenantId,
    requestId: c.get("requestId"),
    method: c.req.method,
    endpoint: path,
    apiKeyId: actor,
    ipAddress: deps.clientAddress(c),
  });
}

function validate(deps: ApiDeps, access: Access, route: RouteConfig): MiddlewareHandler<ApiEnv> {
  const { params, query, body } = route.request ?? {};
  return async (c, next) => {
    if (params !== undefined) c.req.addValidatedData("param", Object(check(params, c.req.param(), "path")));
    if (query !== undefined) c.req.addValidatedData("query", Object(check(query, queryOf(c.req.queries()), "query")));
    if (body !== undefined) {
      const { rawBody, maxBodyBytes = CONFIG_BODY_BYTES } = access;
      const contentType = c.req.header("content-type");
      const isRaw = rawBody?.test(contentType ?? "") === true;
      const optional = body.required !== true;
      requireNoEncoding(c.req.header("content-encoding"));
      if (!isRaw && !isJson(contentType) && !(optional && contentType === undefined))
        throw wrongMediaType(body.content);
      const maxBytes = typeof maxBodyBytes === "number" ? maxBodyBytes : maxBodyBytes(contentType);
      const text = await deps.readBody(c, maxBytes);
      c.set("text", text);
      const media = body.content["application/json"];
      const schema = media !== undefined && "schema" in media ? media.schema : undefined;
      if (!isRaw && schema instanceof z.ZodType) {
        const value = optional && text === "" ? {} : parseJson(text, deps.limits.maxJsonDepth);
        c.req.addValidatedData("json", Object(check(schema, value, "body", access.hints)));
      }
    }
    return next();
  };
}

/** Compressed bodies are not taken: what they grow to is not known before. */
function requireNoEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding.toLowerCase() === "identity") return;
  throw new Problem("unsupportedMediaType", "Send the body without a content-encoding.");
}

function wrongMediaType(content: object): Problem {
  return new Problem("unsupportedMediaType", `The content type must be ${Object.keys(content).join(" or ")}.`);
}

/** A parameter that stands twice arrives as an array, which no schema of a parameter takes. */
function queryOf(queries: Record<string, string[]>): Record<string, string | string[] | undefined> {
  return Object.fromEntries(Object.entries(queries).map(([name, all]) => [name, all.length === 1 ? all[0] : all]));
}

const MAX_FAULTS = 20;
const details = {
  body: ["invalidRequest", "The body does not have the expected form."],
  query: ["invalidParameter", "The query does not have the expected form."],
  path: ["invalidId", "The path holds something that is not an id."],
} as const;

function check<T extends z.ZodType>(
  schema: T,
  value: unknown,
  place: keyof typeof details,
  hints: Hints = {},
): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, place === "body" ? "" : place, hints));
  const [code, detail] = details[place];
  throw new Problem(code, detail, faults.slice(0, MAX_FAULTS));
}

type Hints = NonNullable<Access["hints"]>;

function faultsOf(issue: z.core.$ZodIssue, place: string, hints: Hints): Fault[] {
  const at = (path: readonly PropertyKey[]) => place + path.map((part) => `/${escapeSegment(String(part))}`).join("");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: at([...issue.path, key]),
      detail: (Object.hasOwn(hints, key) ? hints[key] : undefined) ?? "is not a field that is known here",
    }));
  }
  return [{ pointer: at(issue.path), detail: issue.message }];
}

/** The context of a verb on the tenant in the path. */
export function tenantContext(deps: ApiDeps, principal: Principal, tenantId: string): TenantContext & AppContext {
  return { ...deps.contextFor(principal), tenantId };
}

export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, "must be a whole number from 1 to 100")
    .transform(Number)
    .refine((n) => n <= 100, "must be a whole number from 1 to 100")
    .default(20)
    .openapi({ type: "integer", minimum: 1, maximum: 100, default: 20, description: "Items on a page" }),
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_MAX_LENGTH)
    .optional()
    .openapi({ description: "`nextCursor` of the page before" }),
});

export type PageQuery = z.output<typeof pageQuery>;

/** `{data, nextCursor}`. @param name of the component, such as `EndpointList` */
export function pageSchema<T extends z.ZodType>(name: string, item: T) {
  return z
    .object({
      data: z.array(item),
      nextCursor: z.string().nullable().openapi({ description: "For the next page; null on the last one" }),
    })
    .openapi(name);
}

/**
 * Answers a list: opens the cursor, asks the verb, signs the next cursor.
 * @param scope the list and everything that filters it: a cursor is good for the same list with the same filters only
 */
export async function answerPage<T, Shown>(
  deps: ApiDeps,
  scope: readonly unknown[],
  { limit, cursor }: PageQuery,
  list: (request: PageRequest) => Promise<Page<T>>,
  show: (item: T) => Shown,
): Promise<{ data: Shown[]; nextCursor: string | null }> {
  const name = JSON.stringify(scope);
  const after = cursor === undefined ? null : await deps.cursors.decode(name, cursor);
  const page = await list({ limit, after });
  const nextCursor = page.next === null ? null : await deps.cursors.encode(name, page.next);
  return { data: page.items.map(show), nextCursor };
}
