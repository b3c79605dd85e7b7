import { withDefinitions } from "./definitions.ts";
import type { CatalogDocument, CatalogType, Envelope, Json, JsonSchema, TypeVersion } from "./document.ts";
import { envelopeFor, exampleDocument } from "./envelope.ts";
import { parsePointer, resolvePointer } from "./pointer.ts";

/** A whole document as a publisher would send it, made of a catalog's own examples. */
export interface Example {
  readonly type: CatalogType;
  readonly version: TypeVersion;
  /** Of the version's example, in the catalog. */
  readonly at: string;
  readonly envelope: Envelope;
  readonly document: unknown;
  /** Of its data, with the definitions that it refers to. */
  readonly schema: JsonSchema;
}

/** Of every version of every type. */
export function examplesOf(catalog: CatalogDocument): readonly Example[] {
  return catalog.types.flatMap((type, i) =>
    type.versions.map((version, j) => ({
      type,
      version,
      at: `/types/${i}/versions/${j}/example`,
      envelope: envelopeFor(catalog, type.name),
      document: JSON.parse(exampleDocument(catalog, type, version)),
      schema: withDefinitions(version.schema, catalog.definitions ?? {}),
    })),
  );
}

/** Whether documents of this kind can have a value there. */
export function leads(example: Example, pointer: string): boolean {
  const { metadata, ...fields } = example.envelope.fields;
  if (Object.values(fields).some(({ pointers }) => pointers.includes(pointer))) return true;
  // Anything may stand in the metadata.
  const isOfMetadata = (outer: string): boolean => pointer === outer || within(pointer, outer) !== null;
  return metadata?.pointers.some(isOfMetadata) === true || leadsInData(example, pointer);
}

/** Whether the example has a value there, or the schema of its data knows the member. */
export function leadsInData({ envelope, document, schema }: Example, pointer: string): boolean {
  if (resolvePointer(document, pointer) !== undefined) return true;
  return envelope.fields.data.pointers.some((outer) => {
    const inner = within(pointer, outer);
    return inner !== null && mayLead(schema, parsePointer(inner) ?? [], schema, 0);
  });
}

/** The pointer from there on, or null where it leads elsewhere. */
export function within(pointer: string, outer: string): string | null {
  return pointer.startsWith(`${outer}/`) ? pointer.slice(outer.length) : null;
}

const MAX_STEPS = 100;

/** Whether a schema knows the member, or lets anything stand there. */
function mayLead(schema: Json | undefined, segments: readonly string[], root: JsonSchema, steps: number): boolean {
  const [first, ...rest] = segments;
  if (schema === undefined || schema === true || first === undefined || steps > MAX_STEPS) return true;
  if (!isMap(schema)) return false;
  const { properties, items, additionalProperties: others } = schema;
  const parts = partsOf(schema, root);
  const member = isMap(properties) && Object.hasOwn(properties, first) ? properties[first] : undefined;
  if (member !== undefined) return mayLead(member, rest, root, steps + 1);
  if (items !== undefined && /^\d+$/.test(first)) return mayLead(items, rest, root, steps + 1);
  if (isMap(others) && mayLead(others, rest, root, steps + 1)) return true;
  if (parts.length > 0) return parts.some((part) => knows(part, segments, root, steps + 1));
  const isOpen = properties === undefined && items === undefined && others !== false;
  return isOpen && canHaveMembers(schema["type"]);
}

/** As a part of another schema: what only asserts, such as `{required: […]}`, knows no member. */
function knows(part: Json, segments: readonly string[], root: JsonSchema, steps: number): boolean {
  if (!isMap(part)) return false;
  const isKnowing = part["properties"] !== undefined || part["items"] !== undefined || partsOf(part, root).length > 0;
  return (isKnowing || part["type"] === "object") && mayLead(part, segments, root, steps);
}

function partsOf(schema: { readonly [keyword: string]: Json }, root: JsonSchema): readonly Json[] {
  const lists = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => {
    const list = schema[keyword];
    return Array.isArray(list) ? list : [];
  });
  const single = ["then", "else"].flatMap((keyword) => schema[keyword] ?? []);
  const ref = schema["$ref"];
  const target = typeof ref === "string" && ref.startsWith("#/") ? resolvePointer(root, ref.slice(1)) : undefined;
  return [...lists, ...single, ...(isJson(target) ? [target] : [])];
}

function canHaveMembers(type: Json | undefined): boolean {
  const types = Array.isArray(type) ? type : [type];
  return type === undefined || types.includes("object") || types.includes("array");
}

/** What a pointer into JSON leads to is JSON. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

function isMap(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
