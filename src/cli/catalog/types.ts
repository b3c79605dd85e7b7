import { compile, type Options } from "json-schema-to-typescript";
import type { CatalogDocument, Json, JsonSchema } from "#domain/catalog/document.ts";
import { documentSchemas, pascal, type DocumentSchema } from "./documents.ts";

const options: Partial<Options> = {
  bannerComment: "",
  // An index signature in every type would hide a receiver's typing errors.
  additionalProperties: false,
  unreachableDefinitions: true,
  format: true,
  style: { printWidth: 120 },
};

/**
 * TypeScript types of a catalog: for each event type and version its data, the whole document that a `native` endpoint receives, and what
 * the formats `standard` and `native` deliver as unions to switch over.
 */
export async function typesOf(catalog: CatalogDocument): Promise<string> {
  const events = documentSchemas(catalog);
  const name = pascal(catalog.catalog);
  const banner = [
    `// The event types of the catalog ${catalog.catalog}: ${catalog.title}. Made by \`posthorn catalog types ${catalog.catalog}\`; do not edit.`,
    "",
  ];
  const compiled = await compile(bundle(events, name), name, options);
  return [...banner, withoutRoot(compiled, name), unions(events, name)].join("\n");
}

/** One schema for all, so that what they share is written once. */
function bundle(events: readonly DocumentSchema[], name: string) {
  const definitions: Record<string, JsonSchema> = {};
  for (const { title, data, document, description } of events) {
    const { $defs, ...own } = typeof data === "boolean" ? {} : withoutGlobals(withoutChoices(data));
    Object.assign(definitions, $defs);
    definitions[`${title}Data`] = { description: document === null ? description : `The data of ${title}.`, ...own };
    if (document !== null) definitions[title] = document;
  }
  // The root is there for its definitions alone; its own type is cut off again.
  return { title: `${name}Root`, type: "object" as const, $defs: definitions };
}

/** Without alternatives that no type can tell apart (`clientId` or `companyId`, one format or another): they would become `{…} & {…}`. */
function withoutChoices(schema: Exclude<JsonSchema, boolean>): Exclude<JsonSchema, boolean> {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "anyOf" && Array.isArray(value) && value.every(onlyNarrows) ? undefined : value,
  );
}

/** A definition called `date` would become a type that hides JavaScript's own `Date`: it becomes `DateValue`. */
function withoutGlobals(schema: Exclude<JsonSchema, boolean>): Exclude<JsonSchema, boolean> {
  const hiding = Object.keys(schema["$defs"] ?? {}).filter((name) => pascal(name) in globalThis);
  const renamed = new Map(hiding.map((name) => [name, `${name}Value`]));
  const { $defs, ...own }: Record<string, Json> = JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "$ref" && typeof value === "string" ? renamedRef(value, renamed) : value,
  );
  if ($defs === undefined) return own;
  const entries = Object.entries(Object($defs)).map(([name, definition]) => [renamed.get(name) ?? name, definition]);
  return { ...own, $defs: Object.fromEntries(entries) };
}

function renamedRef(ref: string, renamed: ReadonlyMap<string, string>): string {
  const name = /^#\/\$defs\/([^/]+)$/.exec(ref)?.[1];
  return name === undefined ? ref : `#/$defs/${renamed.get(name) ?? name}`;
}

function onlyNarrows(branch: unknown): boolean {
  const keywords = typeof branch === "object" && branch !== null ? Object.keys(branch) : [];
  return keywords.length > 0 && keywords.every((keyword) => keyword === "required" || keyword === "format");
}

/** Without the root's own type, and without the library's remarks on where each type was referred to. */
function withoutRoot(text: string, name: string): string {
  const remark = /\n? \* This interface was referenced by `[^`]*`'s JSON-Schema\n \* via the `definition` "[^"]*"\./g;
  return text
    .replace(new RegExp(String.raw`export interface ${name}Root \{\s*\}\n`), "")
    .replaceAll(remark, "")
    .replaceAll(/\/\*\*\n( \*\n)* \*\/\n/g, "")
    .replaceAll(/\n \*(?=\n \*\/)/g, "")
    .trim();
}

function unions(events: readonly DocumentSchema[], name: string): string {
  const standard = events.map(
    ({ type, version, title }) =>
      `  | StandardEvent<${JSON.stringify(type)}, ${JSON.stringify(version)}, ${title}Data>`,
  );
  const native = events.map(({ title, document }) => `  | ${document === null ? `${title}Data` : title}`);
  return `
/** The body of a delivery in the format \`standard\`. */
export interface StandardEvent<Type extends string, Version extends string, Data> {
  id: string;
  type: Type;
  version: Version;
  /** ISO 8601 UTC. */
  timestamp: string;
  tenantId: string;
  source?: string;
  userId?: string;
  correlationId?: string;
  metadata?: Record<string, unknown>;
  data: Data;
}

/** What an endpoint of the format \`standard\` receives: switch over \`type\`, then \`version\`. */
export type ${name}Event =
${standard.join("\n")};

/** What an endpoint of the format \`native\` receives. */
export type ${name}Document =
${native.join("\n")};
`;
}
