import { z } from "zod";
import * as sql from "#db/sql/eventTypes.ts";
import { isEventTypeName } from "#domain/patterns.ts";
import { Problem } from "#domain/problems.ts";
import { precise } from "#domain/rawJson.ts";
import type { CatalogType } from "#domain/catalog/document.ts";
import { envelopeFor } from "#domain/catalog/envelope.ts";
import type { KnownCatalog } from "./catalogs/known.ts";
import { brokenName, compileNaming } from "./catalogs/naming.ts";
import { requireUndocumented } from "./catalogs/required.ts";
import type { Context } from "./context.ts";
import { missing } from "./missing.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";
import { checkSchema, compileSchema } from "./schemas.ts";

export interface EventType {
  readonly catalog: string;
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  readonly deprecated: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** `schema` and `example` are JSON texts, exactly as they were sent. */
export interface EventTypeVersion {
  readonly version: string;
  /** Its schema's name in an installed catalog. */
  readonly ref: string | null;
  readonly schema: string | null;
  readonly example: string | null;
  /** Since when nothing is published in it. */
  readonly retiredAt: Date | null;
  /** Subscriptions that pin it, of those that the caller may see. */
  readonly pinnedBy: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewEventType {
  readonly name: string;
  readonly catalog: string;
  readonly description: string | null;
  readonly category: string | null;
  readonly deprecated: boolean;
  readonly version: VersionContent | null;
}

export interface VersionContent {
  readonly version: string;
  readonly schema: string | null;
  readonly example: string | null;
}

export interface TypeName {
  readonly catalog: string;
  readonly name: string;
}

export type EventTypeDetail = EventType & {
  readonly versions: readonly EventTypeVersion[];
  /** What the document of its catalog says of it; null: it was registered on its own. */
  readonly documented: DocumentedType | null;
};

export interface DocumentedType {
  readonly type: CatalogType;
  /** The name of its envelope. */
  readonly envelope: string;
  /** The names of the subscription templates that ask for it. */
  readonly templates: readonly string[];
}

const OWN_CATALOG = "posthorn";
const MAX_VERSIONS = 100;
const MAX_TEXT_BYTES = 65_536;

/** Where a name is looked up when no catalog is named: the gateway's own types begin with `API.`. */
export function catalogOf(name: string, catalog: string | undefined): string {
  return catalog ?? (name.startsWith("API.") ? OWN_CATALOG : "default");
}

/** @throws {Problem} alreadyExists, unknownCatalog, invalidRequest (reserved name), nameBreaksConvention, invalidExample, and the codes of `checkSchema` */
export async function createEventType(ctx: Context, input: NewEventType): Promise<EventTypeDetail> {
  const { catalog, name, description, category, deprecated, version } = input;
  requireOwnName({ catalog, name });
  if (!isEventTypeName(name)) throw refusedName("may hold 1 to 128 letters, digits, and . _ -");
  await requireConvention(ctx, { catalog, name });
  if (version !== null) requireContent(version);
  const content = [version?.version ?? null, version?.schema ?? null, version?.example ?? null];
  const values = [catalog, name, description, category, deprecated, ...content];
  const [row] = await ctx.store.run<EventType | { name: null }>(sql.createEventType, values);
  if (row === undefined) {
    const fault = { pointer: "/catalog", detail: "names no catalog" };
    throw new Problem("unknownCatalog", `There is no catalog ${JSON.stringify(catalog)}.`, [fault]);
  }
  if (row.name === null) throw new Problem("alreadyExists", `The event type ${name} exists already.`);
  return {
    ...row,
    versions: version === null ? [] : [{ ...version, ...fresh, createdAt: row.createdAt, updatedAt: row.updatedAt }],
    documented: null,
  };
}

const fresh = { ref: null, retiredAt: null, pinnedBy: 0 } as const;

/** With its versions, newest first. @throws {Problem} notFound */
export async function getEventType(ctx: Context, { catalog, name }: TypeName): Promise<EventTypeDetail> {
  const [[row], versions] = await Promise.all([
    ctx.store.run<EventType>(sql.getEventType, [catalog, name]),
    // A tenant counts its own subscriptions alone.
    ctx.store.run<EventTypeVersion>(sql.listVersions, [catalog, name, ctx.principal.tenantId]),
  ]);
  if (row === undefined) return missing();
  return { ...row, versions, documented: documentedType(await ctx.catalogs.get(catalog), name) };
}

function documentedType(catalog: KnownCatalog | null, name: string): DocumentedType | null {
  const type = catalog?.types.get(name);
  if (catalog === null || type === undefined) return null;
  const { templates = [] } = catalog.document;
  const asksFor = (pattern: string): boolean =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
  return {
    type,
    envelope: envelopeFor(catalog.document, name).name,
    templates: templates.filter(({ eventTypes }) => eventTypes.some(asksFor)).map((template) => template.name),
  };
}

export type EventTypeSummary = EventType & { readonly versions: readonly string[] };

/** By catalog and name. */
export async function listEventTypes(
  ctx: Context,
  { limit, after, catalog }: PageRequest & { readonly catalog?: string | undefined },
): Promise<Page<EventTypeSummary>> {
  const [afterCatalog, afterName] = after === null ? [null, null] : positionSchema.parse(JSON.parse(after));
  const values = [catalog ?? null, afterCatalog, afterName, limit + 1];
  const rows = await ctx.store.run<EventTypeSummary>(sql.listEventTypes, values);
  return cutPage(rows, limit, (row) => JSON.stringify([row.catalog, row.name]));
}

const positionSchema = z.tuple([z.string(), z.string()]);

export interface EventTypeFields {
  readonly description?: string | null | undefined;
  readonly category?: string | null | undefined;
  readonly deprecated?: boolean | undefined;
}

/** @throws {Problem} notFound, forbidden (the gateway's own, or its catalog's document has it) */
export async function updateEventType(ctx: Context, type: TypeName, fields: EventTypeFields): Promise<EventTypeDetail> {
  requireNotOwn(type);
  await requireUndocumented(ctx, type);
  const named = Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  const { description = null, category = null, deprecated = false } = fields;
  const values = [type.catalog, type.name, named, description, category, deprecated];
  const [row] = await ctx.store.run<EventType>(sql.updateEventType, values);
  return row === undefined ? missing() : getEventType(ctx, type);
}

/** Publishing it is refused from then on; accepted events stay. @throws {Problem} notFound, forbidden */
export async function deleteEventType(ctx: Context, type: TypeName): Promise<void> {
  requireNotOwn(type);
  const [row] = await ctx.store.run(sql.deleteEventType, [type.catalog, type.name]);
  if (row === undefined) missing();
}

/**
 * Makes a version, or gives an existing one another example.
 * @throws {Problem} notFound, forbidden, versionInUse (another schema), tooManyVersions, invalidExample, and the codes of `checkSchema`
 */
export async function putVersion(
  ctx: Context,
  type: TypeName,
  content: VersionContent,
): Promise<{ version: EventTypeVersion; created: boolean }> {
  requireNotOwn(type);
  await requireUndocumented(ctx, type);
  requireContent(content);
  const values = [type.catalog, type.name, content.version, content.schema, content.example, MAX_VERSIONS];
  const [row] = await ctx.store.run<PutRow | NotPut>(sql.putVersion, values);
  if (row === undefined) return missing();
  if (row.version !== null) {
    const { created, others: _, ...version } = row;
    return { version, created };
  }
  if (row.others >= MAX_VERSIONS) {
    throw new Problem("tooManyVersions", `An event type may have ${MAX_VERSIONS} versions at most.`);
  }
  const detail = "The version exists with another schema, which never changes: put the new schema under a new version.";
  throw new Problem("versionInUse", detail, [
    { pointer: "/schema", detail: "differs from the schema of this version" },
  ]);
}

type PutRow = EventTypeVersion & { readonly created: boolean; readonly others: number };

interface NotPut {
  readonly version: null;
  readonly others: number;
}

/** @throws {Problem} nameBreaksConvention */
async function requireConvention(ctx: Context, { catalog, name }: TypeName): Promise<void> {
  const naming = (await ctx.catalogs.get(catalog))?.document.naming;
  if (naming === undefined) return;
  const follows = compileNaming(naming, "/naming");
  if (typeof follows !== "function" || follows(name)) return;
  const fault = brokenName(name, naming, "/name");
  throw new Problem(fault.code, `The name ${fault.detail}.`, [fault]);
}

function requireOwnName({ catalog, name }: TypeName): void {
  if (catalog === OWN_CATALOG || name.startsWith("API.")) {
    throw refusedName("may not begin with API.: such names are the gateway's own");
  }
}

function requireNotOwn({ catalog }: TypeName): void {
  if (catalog === OWN_CATALOG) throw new Problem("forbidden", "The gateway's own event types cannot be changed.");
}

function refusedName(detail: string): Problem {
  return new Problem("invalidRequest", `The name ${detail}.`, [{ pointer: "/name", detail }]);
}

/** A schema that can be used, and an example that matches it. */
function requireContent({ schema, example }: VersionContent): void {
  if (schema !== null) requireSchema(schema);
  if (example === null) return;
  if (example.length > MAX_TEXT_BYTES) {
    const detail = `is longer than ${MAX_TEXT_BYTES} characters`;
    throw new Problem("invalidExample", `The example ${detail}.`, [{ pointer: "/example", detail }]);
  }
  const faults = schema === null ? [] : compileSchema(schema).validate(precise(example));
  if (faults.length === 0) return;
  const placed = faults.map((fault) => ({ ...fault, pointer: `/example${fault.pointer}` }));
  throw new Problem("invalidExample", "The example does not match the schema.", placed);
}

function requireSchema(schema: string): void {
  const faults = checkSchema(schema);
  const [first] = faults;
  if (first === undefined) return;
  const placed = faults.map((fault) => ({ ...fault, pointer: `/schema${fault.pointer}` }));
  throw new Problem(first.code, "The schema cannot be used; each fault says why.", placed);
}
