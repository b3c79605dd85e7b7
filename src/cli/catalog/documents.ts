import type {
  CatalogDocument,
  CatalogType,
  EnvelopeField,
  Json,
  JsonSchema,
  TypeVersion,
} from "#domain/catalog/document.ts";
import { withDefinitions } from "#domain/catalog/definitions.ts";
import { envelopeFor } from "#domain/catalog/envelope.ts";
import { parsePointer } from "#domain/catalog/pointer.ts";

/** A whole document of one event type and version, as its publishers send it and a `native` endpoint receives it. */
export interface DocumentSchema {
  readonly type: string;
  readonly version: string;
  /** `TaskUpdatedV2`. */
  readonly title: string;
  readonly description: string;
  readonly data: JsonSchema;
  /** Null: the data is the whole document. */
  readonly document: JsonSchema | null;
}

/** Every type and version of a catalog but those that the gateway itself makes. */
export function documentSchemas(catalog: CatalogDocument): readonly DocumentSchema[] {
  return catalog.types.flatMap((type) =>
    type.gateway === true ? [] : type.versions.map((version) => documentSchema(catalog, type, version)),
  );
}

function documentSchema(catalog: CatalogDocument, type: CatalogType, version: TypeVersion): DocumentSchema {
  const { fields, constants = [] } = envelopeFor(catalog, type.name);
  const title = titleOf(type.name, version.version);
  const data = withDefinitions(version.schema, catalog.definitions ?? {});
  const shown = { type: type.name, version: version.version, title, description: type.description, data };
  if (fields.data.pointers[0] === "") return { ...shown, document: null };
  const root: Branch = { required: [], members: new Map() };
  for (const [role, field] of Object.entries(fields)) {
    const [pointer = ""] = field.pointers;
    // What lies inside of the data is part of the data's own schema.
    if (role !== "data" && pointer.startsWith(`${fields.data.pointers[0]}/`)) continue;
    put(root, pointer, schemaOf(role, field, type, version, title), field.required === true);
  }
  for (const { pointer, value } of constants) put(root, pointer, { const: value }, true);
  return { ...shown, document: { title, description: type.description, ...toSchema(root) } };
}

function schemaOf(role: string, field: EnvelopeField, type: CatalogType, version: TypeVersion, title: string): Json {
  if (role === "data") return { $ref: `#/$defs/${title}Data` };
  if (role === "type") return { const: type.name.slice(field.prefix?.length ?? 0) };
  if (role === "version") return { const: version.version };
  if (role === "schemaRef") return { const: version.ref ?? `${type.name}.${version.version}` };
  return role === "metadata" ? { type: "object", additionalProperties: true } : { type: "string" };
}

interface Branch {
  readonly required: string[];
  readonly members: Map<string, Branch | Json>;
}

function put(root: Branch, pointer: string, schema: Json, required: boolean): void {
  const segments = parsePointer(pointer) ?? [];
  let branch = root;
  for (const [i, segment] of segments.entries()) {
    if (required && !branch.required.includes(segment)) branch.required.push(segment);
    if (i === segments.length - 1) branch.members.set(segment, schema);
    else {
      const known = branch.members.get(segment);
      const next: Branch = isBranch(known) ? known : { required: [], members: new Map() };
      branch.members.set(segment, next);
      branch = next;
    }
  }
}

function toSchema({ required, members }: Branch): { readonly [keyword: string]: Json } {
  const properties = [...members].map(
    ([name, member]) => [name, isBranch(member) ? toSchema(member) : member] as const,
  );
  return { type: "object", required, properties: Object.fromEntries(properties) };
}

function isBranch(value: Branch | Json | undefined): value is Branch {
  return typeof value === "object" && value !== null && "members" in value && value.members instanceof Map;
}

/** `TICKET_ASSIGNED`, `v1` → `TicketAssignedV1`; `user.deleted`, `1.0` → `UserDeletedV1_0`. */
export function titleOf(name: string, version: string): string {
  const number = version.replace(/^v/i, "").replaceAll(/[^A-Za-z0-9]+/g, "_");
  return `${pascal(name)}V${number}`;
}

/** `base-events` → `BaseEvents`. */
export function pascal(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map(
      (word) =>
        word.slice(0, 1).toUpperCase() +
        (word === word.toUpperCase() && word.length > 1 ? word.slice(1).toLowerCase() : word.slice(1)),
    )
    .join("");
}
