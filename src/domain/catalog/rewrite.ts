import { members, type Slice } from "../rawJson.ts";
import type { Deprecation, Envelope, Role } from "./document.ts";
import { placeOf, sliceAt, type EnvelopeParts } from "./envelope.ts";
import { parsePointer } from "./pointer.ts";

/**
 * How an event looks to a subscriber who gets another version than was published, or one that is deprecated: changes of the text, so that
 * every other byte stays as the publisher wrote it. All functions take text that JSON.parse has accepted.
 */
export interface Rewriting {
  /** The version that the subscriber gets, the name of its schema, and its data as JSON text. Null: the one that was published. */
  readonly downgrade: { readonly version: string; readonly ref: string; readonly data: string } | null;
  readonly notice: Notice | null;
}

/** What stands in `metadata.deprecation`. */
export type Notice = Deprecation & { readonly version: string };

/** The standard body. */
export function rewriteStandard(body: string, { downgrade, notice }: Rewriting): string {
  let text = body;
  if (downgrade !== null) {
    text = setMember(text, "version", JSON.stringify(downgrade.version), "data");
    text = setMember(text, "data", downgrade.data);
  }
  return notice === null ? text : setNotice(text, "/metadata", notice, "data");
}

/** A structured CloudEvent: attributes are scalars, so the notice is `deprecated` and, where it is known, the day of the end. */
export function rewriteCloudEvent(event: string, { downgrade, notice }: Rewriting): string {
  let text = event;
  if (downgrade !== null) {
    const schema = sliceAt(text, ["dataschema"]);
    if (schema !== null) {
      const url: unknown = JSON.parse(text.slice(schema.start, schema.end));
      text = spliced(text, [{ ...schema, text: JSON.stringify(String(url).replace(/[^/]*$/, () => downgrade.ref)) }]);
    }
    text = setMember(text, "dataversion", JSON.stringify(downgrade.version), "data");
    text = setMember(text, "data", downgrade.data);
  }
  if (notice === null) return text;
  text = setMember(text, "deprecated", "true", "data");
  return notice.sunset === undefined ? text : setMember(text, "sunset", JSON.stringify(notice.sunset), "data");
}

/** The document in its catalog's envelope. An envelope that knows no metadata has no place for a notice. */
export function rewriteNative(document: string, envelope: Envelope, { downgrade, notice }: Rewriting): string {
  let text = document;
  if (downgrade !== null) {
    const data = placeOf(envelope, text, "data");
    const changes = [
      { place: placeOf(envelope, text, "version"), text: JSON.stringify(downgrade.version) },
      { place: placeOf(envelope, text, "schemaRef"), text: JSON.stringify(downgrade.ref) },
    ];
    text = spliced(text, [
      ...changes.flatMap((change) =>
        // What lies within the data comes with the data.
        change.place === null || (data !== null && contains(data, change.place))
          ? []
          : [{ ...change.place, text: change.text }],
      ),
      ...(data === null ? [] : [{ ...data, text: downgrade.data }]),
    ]);
  }
  const pointers = envelope.fields.metadata?.pointers ?? [];
  const [first] = pointers;
  if (notice === null || first === undefined) return text;
  return setNotice(
    text,
    pointers.find((pointer) => sliceAt(text, parsePointer(pointer) ?? []) !== null) ?? first,
    notice,
  );
}

/** The document with those of the roles that it leaves out, where its envelope has a member of the whole document for them. */
export function completeNative(
  document: string,
  envelope: Envelope,
  parts: EnvelopeParts,
  roles: readonly Exclude<Role, "metadata" | "data">[],
): string {
  return roles.reduce((text, role) => {
    const part = parts[role] ?? null;
    const [name, ...deeper] = parsePointer(envelope.fields[role]?.pointers[0] ?? "") ?? [];
    if (part === null || name === undefined || deeper.length > 0 || placeOf(envelope, text, role) !== null) return text;
    return setMember(text, name, JSON.stringify(part));
  }, document);
}

/** Sets a member of the object that is the whole text: where it stands already, else before `before`, else at the end. */
export function setMember(text: string, name: string, json: string, before?: string): string {
  return setAt(text, [name], json, before);
}

function setNotice(text: string, metadata: string, notice: Notice, before?: string): string {
  return setAt(text, [...(parsePointer(metadata) ?? []), "deprecation"], JSON.stringify(notice), before);
}

/**
 * Sets the value that the segments lead to, and makes the objects that are missing on the way (null counts as missing). Where something
 * else than an object stands in the way the text stays as it is.
 */
function setAt(text: string, segments: readonly string[], json: string, before?: string): string {
  const whole = sliceAt(text, segments);
  if (whole !== null) return spliced(text, [{ ...whole, text: json }]);
  for (let depth = segments.length - 1; depth >= 0; depth--) {
    const parent = sliceAt(text, segments.slice(0, depth));
    if (parent === null) continue;
    const missing = segments.slice(depth);
    if (text.slice(parent.start, parent.end) === "null") {
      return spliced(text, [{ ...parent, text: nested(missing, json) }]);
    }
    return text[parent.start] === "{"
      ? insertMember(text, parent, missing, json, depth === 0 ? before : undefined)
      : text;
  }
  return text;
}

function insertMember(
  text: string,
  { start }: Slice,
  [name = "", ...inner]: readonly string[],
  json: string,
  before: string | undefined,
): string {
  const member = `${JSON.stringify(name)}:${nested(inner, json)}`;
  const { values } = members(text, start);
  const next = before === undefined ? undefined : values.get(before);
  if (next !== undefined && before !== undefined) {
    // Back over the colon and the key: nothing else can stand there. The value itself may be the text of the key.
    const at = text.lastIndexOf(JSON.stringify(before), next.start - 1);
    return `${text.slice(0, at)}${member},${text.slice(at)}`;
  }
  const last = Math.max(...[...values.values()].map(({ end }) => end), start + 1);
  return `${text.slice(0, last)}${values.size === 0 ? "" : ","}${member}${text.slice(last)}`;
}

function nested(segments: readonly string[], json: string): string {
  return segments.reduceRight((inner, segment) => `{${JSON.stringify(segment)}:${inner}}`, json);
}

/** Puts texts in the place of slices that do not overlap. */
function spliced(text: string, changes: readonly (Slice & { readonly text: string })[]): string {
  let result = text;
  for (const change of changes.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, change.start) + change.text + result.slice(change.end);
  }
  return result;
}

function contains(outer: Slice, inner: Slice): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
