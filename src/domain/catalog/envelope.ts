import { members, elements, type Slice } from "../rawJson.ts";
import type { CatalogDocument, CatalogType, Envelope, Role, TypeVersion } from "./document.ts";
import { parsePointer, resolveSegments } from "./pointer.ts";

/** What an event consists of, by role: texts as they are, `metadata` and `data` as JSON text. Null or absent: the event has none. */
export type EnvelopeParts = Readonly<Partial<Record<Role, string | null>>>;

/** A role's value in a document, and the pointer that led to it. */
export interface Found extends Place {
  readonly value: unknown;
}

/** A pointer, and its segments. */
interface Place {
  readonly pointer: string;
  readonly segments: readonly string[];
}

/** The envelope of a document: the first whose `when` it fulfils. */
export function envelopeOf(document: CatalogDocument, value: unknown): Envelope {
  const fits = ({ when = [] }: Envelope): boolean =>
    when.every((pointer) => resolveSegments(value, parsePointer(pointer) ?? []) !== undefined);
  return document.envelopes.find(fits) ?? lastEnvelope(document);
}

/** The envelope in which the gateway writes events of a type. */
export function envelopeFor(document: CatalogDocument, type: string): Envelope {
  let byType = envelopesByType.get(document);
  if (byType === undefined) {
    const byName = new Map(document.envelopes.map((envelope) => [envelope.name, envelope]));
    byType = new Map(document.types.flatMap(({ name, envelope = "" }) => [[name, byName.get(envelope)] as const]));
    envelopesByType.set(document, byType);
  }
  return byType.get(type) ?? lastEnvelope(document);
}

/** By type; undefined: the last one. Looked up for every event that is published. */
const envelopesByType = new WeakMap<CatalogDocument, ReadonlyMap<string, Envelope | undefined>>();

/** What a document has in a role: what the first of its pointers that leads to a value leads to. Null in a document is no value. */
export function findRole(envelope: Envelope, document: unknown, role: Role): Found | null {
  for (const { pointer, segments } of placesOf(envelope).get(role) ?? []) {
    const value = resolveSegments(document, segments);
    if (value !== undefined && value !== null) return { pointer, segments, value };
  }
  return null;
}

/** All that a document has, by role. */
export function readRoles(envelope: Envelope, document: unknown): ReadonlyMap<Role, Found> {
  const found = new Map<Role, Found>();
  for (const role of placesOf(envelope).keys()) {
    const one = findRole(envelope, document, role);
    if (one !== null) found.set(role, one);
  }
  return found;
}

/** Where in the native text a role's value stands, or null. @param text what JSON.parse has accepted */
export function placeOf(envelope: Envelope, text: string, role: Role): Slice | null {
  for (const { segments } of placesOf(envelope).get(role) ?? []) {
    const slice = sliceAt(text, segments);
    if (slice !== null && text.slice(slice.start, slice.end) !== "null") return slice;
  }
  return null;
}

/** Where in the text the value stands that a pointer's segments lead to, or null. */
export function sliceAt(text: string, segments: readonly string[]): Slice | null {
  let slice: Slice = { start: text.length - text.trimStart().length, end: text.trimEnd().length };
  for (const segment of segments) {
    const next =
      text[slice.start] === "["
        ? elements(text, slice.start)[/^(0|[1-9]\d*)$/.test(segment) ? Number(segment) : -1]
        : members(text, slice.start).values.get(segment);
    if (next === undefined) return null;
    slice = next;
  }
  return slice;
}

/**
 * An event's text in its catalog's envelope: every part at the first pointer of its role, in the order of the envelope's fields, then the
 * constants. `metadata` and `data` stay as they are, so that a role whose pointer leads into them is not written.
 */
export function writeEnvelope(envelope: Envelope, parts: EnvelopeParts): string {
  const root: Tree = new Map();
  const whole = (["data", "metadata"] as const).flatMap((role) => {
    const first = placesOf(envelope).get(role)?.[0];
    return first === undefined || (role === "metadata" && isAbsent(parts.metadata)) ? [] : [first.pointer];
  });
  if (whole.includes("")) return parts.data ?? "null";
  const write = ({ pointer, segments }: Place, text: string): void => {
    if (!whole.some((outer) => pointer.startsWith(`${outer}/`))) put(root, segments, text);
  };
  for (const [role, [first]] of placesOf(envelope)) {
    const text = textOf(envelope, role, parts[role]);
    if (first !== undefined && text !== null) write(first, text);
  }
  for (const { pointer, value } of envelope.constants ?? []) {
    write({ pointer, segments: parsePointer(pointer) ?? [] }, JSON.stringify(value));
  }
  return print(root);
}

/** A whole example document of a type and version, from the fields' examples and the version's example. */
export function exampleDocument(catalog: CatalogDocument, type: CatalogType, version: TypeVersion): string {
  const envelope = envelopeFor(catalog, type.name);
  const parts: Partial<Record<Role, string>> = {};
  for (const role of placesOf(envelope).keys()) {
    const example = envelope.fields[role]?.example;
    if (role === "metadata" && example !== undefined) parts.metadata = JSON.stringify(example);
    else if (typeof example === "string") parts[role] = example;
  }
  return writeEnvelope(envelope, {
    ...parts,
    type: type.name,
    version: version.version,
    schemaRef: refOf(type.name, version),
    data: JSON.stringify(version.example),
  });
}

/** The name of a version's schema. */
export function refOf(type: string, { version, ref }: { readonly version: string; readonly ref?: string }): string {
  return ref ?? `${type}.${version}`;
}

/** Taken apart once for each envelope: reading an event asks for every role. */
const known = new WeakMap<Envelope, ReadonlyMap<Role, readonly Place[]>>();

/** By role, in the order of the envelope's fields. */
function placesOf(envelope: Envelope): ReadonlyMap<Role, readonly Place[]> {
  const before = known.get(envelope);
  if (before !== undefined) return before;
  const places = new Map<Role, readonly Place[]>();
  for (const [role, field] of Object.entries(envelope.fields)) {
    if (isRole(role))
      places.set(
        role,
        field.pointers.map((pointer) => ({ pointer, segments: parsePointer(pointer) ?? [] })),
      );
  }
  known.set(envelope, places);
  return places;
}

const roles: ReadonlySet<string> = new Set<Role>([
  "id",
  "type",
  "version",
  "schemaRef",
  "timestamp",
  "tenantId",
  "userId",
  "source",
  "correlationId",
  "traceId",
  "orderingKey",
  "metadata",
  "data",
]);

export function isRole(name: string): name is Role {
  return roles.has(name);
}

function lastEnvelope({ catalog, envelopes }: CatalogDocument): Envelope {
  const last = envelopes.at(-1);
  if (last === undefined) throw new Error(`the catalog ${catalog} has no envelope`);
  return last;
}

function isAbsent(part: string | null | undefined): part is null | undefined {
  return part === undefined || part === null;
}

/** A part as JSON. */
function textOf(envelope: Envelope, role: Role, part: string | null | undefined): string | null {
  if (isAbsent(part)) return null;
  if (role === "data" || role === "metadata") return part;
  const { prefix = "" } = envelope.fields.type;
  return JSON.stringify(role === "type" && part.startsWith(prefix) ? part.slice(prefix.length) : part);
}

/** Objects by member; a text is JSON. */
type Tree = Map<string, Tree | string>;

/** Where two roles have the same place, the first one stands there. */
function put(tree: Tree, [name = "", ...rest]: readonly string[], text: string): void {
  const there = tree.get(name);
  if (rest.length === 0) {
    if (there === undefined) tree.set(name, text);
  } else if (typeof there !== "string") {
    const inner: Tree = there ?? new Map();
    tree.set(name, inner);
    put(inner, rest, text);
  }
}

function print(tree: Tree): string {
  const shown = [...tree].map(
    ([name, node]) => `${JSON.stringify(name)}:${typeof node === "string" ? node : print(node)}`,
  );
  return `{${shown.join(",")}}`;
}
