import type { CatalogDocument, CatalogType, Role, TypeVersion } from "#domain/catalog/document.ts";
import { envelopeFor, exampleDocument, findRole } from "#domain/catalog/envelope.ts";
import { parsePointer } from "#domain/catalog/pointer.ts";

/** One version of an event type, of which documents can be written. */
export interface Sample {
  readonly catalog: CatalogDocument;
  readonly type: CatalogType;
  readonly version: TypeVersion;
}

/** Whom a document is for, and its own id. */
export interface Address {
  readonly id: string;
  readonly tenantId: string;
}

type Json = Record<string, unknown>;

/** Every version of every type, less the types that the gateway itself makes. */
export function samplesOf(catalog: CatalogDocument): Sample[] {
  const published = catalog.types.filter(({ gateway }) => gateway !== true);
  return published.flatMap((type) => type.versions.map((version) => ({ catalog, type, version })));
}

/**
 * The catalog's example of a version as its publisher would send it, with an id and a tenant of the demo's, and with its type where the
 * envelope lets that stand elsewhere: documents in a list have no query of their own.
 */
export function writeDocument({ catalog, type, version }: Sample, { id, tenantId }: Address): string {
  const envelope = envelopeFor(catalog, type.name);
  const document: unknown = JSON.parse(exampleDocument(catalog, type, version));
  if (!isObject(document)) throw new Error(`the example of ${type.name} is not an object`);
  const place = (role: Role, text: string): void => {
    const pointer = findRole(envelope, document, role)?.pointer ?? envelope.fields[role]?.pointers[0];
    if (pointer !== undefined) put(document, parsePointer(pointer) ?? [], text);
  };
  if (findRole(envelope, document, "type") === null) place("type", type.name);
  place("id", id);
  place("tenantId", tenantId);
  return peculiar(document);
}

/** Written in a way that does not survive being parsed and printed again: with white space, and with 3.0 for 3. */
export function peculiar(document: object): string {
  return JSON.stringify(document, null, 1).replaceAll(/^( *"[^"]*": -?\d+)(,?)$/gm, "$1.0$2");
}

function put(object: Json, [name = "", ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    object[name] = value;
    return;
  }
  const there = object[name];
  const inner: Json = isObject(there) ? there : {};
  object[name] = inner;
  put(inner, rest, value);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
