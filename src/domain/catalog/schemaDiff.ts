import type { Json, JsonSchema } from "./document.ts";
import { escapeSegment, resolvePointer } from "./pointer.ts";
import { isSameJson } from "./sameJson.ts";

/** How a schema takes less than it did, or lacks what it had. `pointer` leads into the new one. */
export interface Narrowing {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * What in a schema would break those who publish by the old one, or read what they know from it: a member removed, made required, retyped or
 * narrowed, and every change that cannot be judged. Wider is not narrower: new optional members, more values of an enumeration, other words.
 * A type may not even be widened: who reads a text is not prepared for a number.
 * Both schemas must have been checked: their references end.
 */
export function narrowings(before: JsonSchema, after: JsonSchema): readonly Narrowing[] {
  return compare({ before, after }, before, after, "");
}

interface Roots {
  readonly before: JsonSchema;
  readonly after: JsonSchema;
}

type Keywords = { readonly [keyword: string]: Json };

type Comparison = (roots: Roots, was: Keywords, is: Keywords, at: string) => readonly Narrowing[];

function compare(roots: Roots, before: Json, after: Json, at: string): readonly Narrowing[] {
  const [was, is] = [withoutReference(before, roots.before), withoutReference(after, roots.after)];
  // What took nothing cannot take less.
  if (was === false) return [];
  if (is === false) return [{ pointer: at, detail: "takes nothing any more" }];
  const [old, young] = [isMap(was) ? was : {}, isMap(is) ? is : {}];
  return comparisons.flatMap((comparison) => comparison(roots, old, young, at));
}

/** The schema that a reference leads to; with more beside it, the two are a list of which all must hold. */
function withoutReference(schema: Json, root: JsonSchema): Json {
  const ref = isMap(schema) ? schema["$ref"] : undefined;
  if (!isMap(schema) || typeof ref !== "string") return schema;
  const { $ref: _, ...beside } = schema;
  const target = resolvePointer(root, decoded(ref.slice(1)));
  const inner = isJson(target) ? withoutReference(target, root) : true;
  const asserting = Object.fromEntries(Object.entries(beside).filter(([keyword]) => !annotations.has(keyword)));
  if (Object.keys(asserting).length === 0) return inner;
  const all = Array.isArray(asserting["allOf"]) ? asserting["allOf"] : [];
  return { ...asserting, allOf: [...all, inner] };
}

const annotations = new Set(
  [
    ["$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples"],
    ["deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType"],
  ].flat(),
);

/** Every keyword that asserts something is in one of these. */
const comparisons: readonly Comparison[] = [
  compareTypes,
  compareValues,
  compareRequired,
  compareProperties,
  compareOthers,
  ...["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"].map((k) => lowerBound(k)),
  ...["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"].map((k) => upperBound(k)),
  ...["pattern", "format", "multipleOf", "dependentRequired", "contains", "minContains", "maxContains"].map(exactly),
  ...["not", "if", "unevaluatedItems", "unevaluatedProperties", "dependentSchemas", "propertyNames"].map(exactly),
  compareUnique,
  ...["items", "then", "else"].map(part),
  ...["prefixItems", "allOf", "oneOf"].map((keyword) => parts(keyword)),
  compareAlternatives,
];

function compareTypes({ before, after }: Roots, was: Keywords, is: Keywords, at: string): readonly Narrowing[] {
  const [old, young] = [typesOf(was, before), typesOf(is, after)];
  if (isSameJson(old, young)) return [];
  const place = is["type"] === undefined ? ["anyOf", "oneOf"].find((keyword) => is[keyword] !== undefined) : "type";
  const detail = old === null ? "is narrowed to a type" : `is retyped: it was ${old.join(" or ")}`;
  return [{ pointer: `${at}/${place ?? "type"}`, detail }];
}

/** In the order of their names, wherever the schema says them; null: any. */
function typesOf(schema: Json, root: JsonSchema): readonly string[] | null {
  const plain = withoutReference(schema, root);
  if (!isMap(plain)) return null;
  if (plain["type"] !== undefined) return namesOf(plain["type"]).toSorted();
  const alternatives = [...listOf(plain["anyOf"]), ...listOf(plain["oneOf"])].map((inner) => typesOf(inner, root));
  if (alternatives.length > 0 && !alternatives.includes(null))
    return [...new Set(alternatives.flatMap((types) => types ?? []))].toSorted();
  return listOf(plain["allOf"]).reduce<readonly string[] | null>((found, inner) => found ?? typesOf(inner, root), null);
}

function compareValues(_: Roots, was: Keywords, is: Keywords, at: string): readonly Narrowing[] {
  const [before, after] = [valuesOf(was), valuesOf(is)];
  if (after === null) return [];
  const pointer = `${at}/${is["const"] === undefined ? "enum" : "const"}`;
  if (before === null) return [{ pointer, detail: "is narrowed to an enumeration" }];
  const gone = before.filter((value) => !after.some((other) => isSameJson(value, other)));
  return gone.length === 0
    ? []
    : [{ pointer, detail: `lacks the values ${gone.map((v) => JSON.stringify(v)).join(", ")}` }];
}

function valuesOf(schema: Keywords): readonly Json[] | null {
  if (schema["const"] !== undefined) return [schema["const"]];
  return schema["enum"] === undefined ? null : listOf(schema["enum"]);
}

function compareRequired(_: Roots, was: Keywords, is: Keywords, at: string): readonly Narrowing[] {
  const before = namesOf(was["required"]);
  const added = namesOf(is["required"]).filter((name) => !before.includes(name));
  return added.map((name) => ({ pointer: `${at}/required`, detail: `${name} is made required` }));
}

function compareProperties(roots: Roots, was: Keywords, is: Keywords, at: string): readonly Narrowing[] {
  const [before, after] = [mapOf(was["properties"]), mapOf(is["properties"])];
  return Object.entries(before).flatMap(([name, schema]) => {
    const now = Object.hasOwn(after, name) ? after[name] : undefined;
    return now === undefined
      ? [{ pointer: `${at}/properties`, detail: `the field ${name} is removed` }]
      : compare(roots, schema, now, `${at}/properties/${escapeSegment(name)}`);
  });
}

/** Members that have no name here. */
function compareOthers(roots: Roots, was: Keywords, is: Keywords, at: string): readonly Narrowing[] {
  const after = is["additionalProperties"];
  const pointer = `${at}/additionalProperties`;
  const before = was["additionalProperties"] ?? true;
  if (after === undefined || after === true) return compareTypes(roots, { allOf: [before] }, {}, pointer);
  if (after === false && before !== false) return [{ pointer, detail: "other members are not allowed any more" }];
  return compare(roots, before, after, pointer);
}

function lowerBound(keyword: string): Comparison {
  return bound(keyword, (was, is) => is <= was);
}

function upperBound(keyword: string): Comparison {
  return bound(keyword, (was, is) => is >= was);
}

function bound(keyword: string, isWider: (was: number, is: number) => boolean): Comparison {
  return (_roots, was, is, at) => {
    const [before, after] = [was[keyword], is[keyword]];
    if (typeof after !== "number" || (typeof before === "number" && isWider(before, after))) return [];
    const detail = typeof before === "number" ? `is narrowed: it was ${before}` : "is narrowed by a bound";
    return [{ pointer: `${at}/${keyword}`, detail }];
  };
}

/** May go, or stay as it is: what else it could become cannot be judged. */
function exactly(keyword: string): Comparison {
  return (roots, was, is, at) => {
    const [before, after] = [was[keyword], is[keyword]];
    // Without `then` and `else` an `if` asserts nothing, and its removal changes what they did.
    const isFree = after === undefined && !(keyword === "if" && before !== undefined);
    if (isFree || (before !== undefined && isSame(roots, before, after ?? true))) return [];
    return [{ pointer: `${at}/${keyword}`, detail: before === undefined ? "is added" : "is changed" }];
  };
}

function compareUnique(_: Roots, was: Keywords, is: Keywords, at: string): readonly Narrowing[] {
  const isNarrower = is["uniqueItems"] === true && was["uniqueItems"] !== true;
  return isNarrower ? [{ pointer: `${at}/uniqueItems`, detail: "is narrowed: no value may stand twice" }] : [];
}

function part(keyword: string): Comparison {
  return (roots, was, is, at) => {
    const [before, after] = [was[keyword] ?? true, is[keyword]];
    if (after !== undefined) return compare(roots, before, after, `${at}/${keyword}`);
    return keyword === "items" ? compareTypes(roots, { allOf: [before] }, {}, `${at}/items`) : [];
  };
}

/** Of lists of the same length each is compared with its own; another length cannot be judged. */
function parts(keyword: string): Comparison {
  return (roots, was, is, at) => {
    const [before, after] = [listOf(was[keyword]), listOf(is[keyword])];
    if (after.length === 0) return [];
    if (before.length !== after.length) return [{ pointer: `${at}/${keyword}`, detail: "is changed" }];
    return after.flatMap((schema, i) => compare(roots, before[i] ?? true, schema, `${at}/${keyword}/${i}`));
  };
}

/** More alternatives of the same types are wider; each that was there must still be. Of other types `compareTypes` tells. */
function compareAlternatives(roots: Roots, was: Keywords, is: Keywords, at: string): readonly Narrowing[] {
  const [before, after] = [listOf(was["anyOf"]), listOf(is["anyOf"])];
  const isRetyped = compareTypes(roots, was, is, at).length > 0;
  if (after.length === 0 || isRetyped) return [];
  const pointer = `${at}/anyOf`;
  if (before.length === 0) return [{ pointer, detail: "is added" }];
  const isKept = before.every((old) => after.some((now) => compare(roots, old, now, pointer).length === 0));
  return isKept ? [] : [{ pointer, detail: "is changed" }];
}

function isSame(roots: Roots, before: Json, after: Json): boolean {
  return isSameJson(expanded(before, roots.before), expanded(after, roots.after));
}

/** With what its references lead to in their places. */
function expanded(value: Json, root: JsonSchema): Json {
  const plain = withoutReference(value, root);
  if (Array.isArray(plain)) return plain.map((item) => expanded(item, root));
  if (!isMap(plain)) return plain;
  return Object.fromEntries(Object.entries(plain).map(([name, inner]) => [name, expanded(inner, root)]));
}

/** RFC 6901 section 6: a pointer in a fragment is percent-encoded first. */
function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}

function listOf(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

function namesOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter((name) => typeof name === "string");
}

function mapOf(value: Json | undefined): Keywords {
  return isMap(value) ? value : {};
}

/** What a pointer into JSON leads to is JSON. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

function isMap(value: Json | undefined): value is Keywords {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
