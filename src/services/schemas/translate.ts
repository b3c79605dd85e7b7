import type { CodedFault, ProblemCode } from "#domain/problems.ts";
import { depthExceeds } from "#domain/rawJson.ts";
import { findBadText } from "#domain/text.ts";
import { FORMATS, KEYWORDS, REFUSED, type KeywordKind } from "./keywords.ts";

export type PlainSchema = boolean | { [keyword: string]: unknown };

export type Translated = { ok: true; schema: PlainSchema } | { ok: false; faults: readonly CodedFault[] };

/** A pattern to test texts with, or why there is none. */
export type PatternCompiler = (pattern: string) => RegExp | Pick<CodedFault, "code" | "detail">;

const MAX_SCHEMA_CHARACTERS = 65_536;
const MAX_SCHEMA_DEPTH = 48;
/** After references are expanded: each is visited for each element of an array, so this bounds the time of one validation. */
const MAX_SUBSCHEMAS = 2_000;
const MAX_PATTERN_CHARACTERS = 500;
const MAX_COUNT = 1 << 29;
const MAX_FAULTS = 20;
const TYPES = new Set(["null", "boolean", "object", "array", "number", "integer", "string"]);

/**
 * Rewrites a JSON Schema into one that holds nothing but known keywords of the right form, with its references expanded and its
 * patterns compiled: what the validator library sees can neither recurse, nor look anything up, nor reach its private keywords.
 */
export function translateSchema(text: string, compilePattern: PatternCompiler): Translated {
  if (text.length > MAX_SCHEMA_CHARACTERS)
    return refuse(`is longer than ${MAX_SCHEMA_CHARACTERS} characters`, "schemaTooLarge");
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return refuse("is not JSON");
  }
  if (depthExceeds(text, MAX_SCHEMA_DEPTH)) return refuse(`is nested deeper than ${MAX_SCHEMA_DEPTH} levels`);
  const bad = findBadText(text);
  if (bad !== null) return refuse("has a character that cannot be stored", "invalidSchema", bad.pointer);
  const translation: Translation = { root, compilePattern, faults: [], subschemas: 0 };
  const schema = translate(translation, root, "", []);
  return translation.faults.length === 0 ? { ok: true, schema } : { ok: false, faults: translation.faults };
}

interface Translation {
  readonly root: unknown;
  readonly compilePattern: PatternCompiler;
  readonly faults: CodedFault[];
  subschemas: number;
}

/** @param open the references that are being expanded: one of them again is a cycle. */
function translate(t: Translation, node: unknown, pointer: string, open: readonly string[]): PlainSchema {
  if (typeof node === "boolean") return node;
  if (!isObject(node)) return fault(t, pointer, "must be a schema: an object, true or false");
  if (++t.subschemas === MAX_SUBSCHEMAS + 1)
    fault(
      t,
      pointer,
      `makes the schema larger than ${MAX_SUBSCHEMAS} subschemas, references expanded`,
      "schemaTooLarge",
    );
  if (t.subschemas > MAX_SUBSCHEMAS || t.faults.length >= MAX_FAULTS) return true;
  const out: { [keyword: string]: unknown } = {};
  for (const [keyword, value] of Object.entries(node)) {
    const at = `${pointer}/${escape(keyword)}`;
    const refused = REFUSED.get(keyword);
    if (refused !== undefined && !(keyword === "$id" && pointer === "")) fault(t, at, refused);
    else if (keyword === "$schema") checkDialect(t, value, at);
    const kind = KEYWORDS.get(keyword);
    if (kind === undefined || (kind === "containsCount" && !("contains" in node))) continue;
    const rewritten = rewrites[kind](t, value, at, open);
    if (rewritten !== undefined) out[keyword] = rewritten;
  }
  if ("$ref" in node) {
    const target = follow(t, node["$ref"], `${pointer}/$ref`, open);
    out["allOf"] = Array.isArray(out["allOf"]) ? [...out["allOf"], target] : [target];
  }
  return out;
}

type Rewrite = (t: Translation, value: unknown, at: string, open: readonly string[]) => unknown;

/** How each kind of value is checked and rewritten; undefined leaves the keyword out. */
const rewrites: Record<KeywordKind, Rewrite> = {
  schema: translate,
  schemaList: (t, value, at, open) =>
    Array.isArray(value) && value.length > 0
      ? value.map((item, i) => translate(t, item, `${at}/${i}`, open))
      : fault(t, at, "must be a list of at least one schema"),
  schemaMap: (t, value, at, open) => rewriteMap(t, value, at, (item, itemAt) => translate(t, item, itemAt, open)),
  namesMap: (t, value, at) => rewriteMap(t, value, at, (item, itemAt) => names(t, item, itemAt)),
  names,
  count,
  containsCount: count,
  number: (t, value, at) => (isNumber(value) ? value : fault(t, at, "must be a number")),
  positive: (t, value, at) => (isNumber(value) && value > 0 ? value : fault(t, at, "must be a number above 0")),
  flag: (t, value, at) => (typeof value === "boolean" ? value : fault(t, at, "must be true or false")),
  type: types,
  values: (t, value, at) =>
    Array.isArray(value) && value.length > 0 && value.length <= 1_000
      ? value
      : fault(t, at, "must be a list of 1 to 1,000 values"),
  value: (_t, value) => value,
  pattern,
  // JSON Schema 2020-12 (validation, section 7): a format that is not known is an annotation.
  format: (t, value, at) =>
    typeof value === "string" ? (FORMATS.has(value) ? value : undefined) : fault(t, at, "must be a text"),
};

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function count(t: Translation, value: unknown, at: string): unknown {
  const fits = isNumber(value) && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT;
  return fits ? value : fault(t, at, `must be a whole number from 0 to ${MAX_COUNT}`);
}

function rewriteMap(t: Translation, value: unknown, at: string, each: (item: unknown, at: string) => unknown): unknown {
  if (!isObject(value)) return fault(t, at, "must be an object");
  const entries = Object.entries(value).map(([name, item]) => {
    checkName(t, name, at);
    return [name, each(item, `${at}/${escape(name)}`)] as const;
  });
  return Object.fromEntries(entries);
}

function names(t: Translation, value: unknown, at: string): unknown {
  if (!Array.isArray(value)) return fault(t, at, "must be a list of names");
  for (const [i, name] of value.entries()) {
    if (typeof name === "string") checkName(t, name, at);
    else fault(t, `${at}/${i}`, "must be a text");
  }
  return value;
}

/** The library finds properties with `in`: it would find these in every object. */
function checkName(t: Translation, name: string, at: string): void {
  if (name in Object.prototype && name !== "constructor") fault(t, at, `may not name the property "${name}"`);
}

function types(t: Translation, value: unknown, at: string): unknown {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const known = list.every((item) => typeof item === "string" && TYPES.has(item));
  return known && list.length > 0 ? value : fault(t, at, `must be one or more of ${[...TYPES].join(", ")}`);
}

function pattern(t: Translation, value: unknown, at: string): unknown {
  if (typeof value !== "string") return fault(t, at, "must be a text");
  if (value.length > MAX_PATTERN_CHARACTERS) return fault(t, at, `is longer than ${MAX_PATTERN_CHARACTERS} characters`);
  const compiled = t.compilePattern(value);
  return compiled instanceof RegExp ? compiled : fault(t, at, compiled.detail, compiled.code);
}

function follow(t: Translation, ref: unknown, at: string, open: readonly string[]): PlainSchema {
  if (typeof ref !== "string" || !/^#(\/|$)/.test(ref))
    return fault(t, at, 'must be a reference within this schema, such as "#/$defs/money"', "remoteReference");
  if (open.includes(ref) || ref === "#" || at.startsWith(`${ref.slice(1)}/`))
    return fault(t, at, `refers to itself through ${ref}`, "schemaCycle");
  let target: unknown = t.root;
  for (const segment of segmentsOf(ref)) {
    if (typeof target !== "object" || target === null || !Object.hasOwn(target, segment))
      return fault(t, at, `leads nowhere: there is no ${ref}`, "danglingPointer");
    target = Reflect.get(target, segment);
  }
  return translate(t, target, ref.slice(1), [...open, ref]);
}

/** RFC 6901 section 6: a pointer in a fragment is percent-encoded first. */
function segmentsOf(ref: string): string[] {
  let pointer = ref.slice(1);
  try {
    pointer = decodeURIComponent(pointer);
  } catch {
    // Left as it is: it will lead nowhere.
  }
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function checkDialect(t: Translation, value: unknown, at: string): void {
  if (typeof value !== "string" || !/^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(value)) {
    fault(t, at, "must be https://json-schema.org/draft/2020-12/schema, or absent");
  }
}

/** Notes a fault; what it returns stands in for the schema, which is not used any more. */
function fault(t: Translation, pointer: string, detail: string, code: ProblemCode = "invalidSchema"): true {
  if (t.faults.length < MAX_FAULTS) t.faults.push({ pointer, detail, code });
  return true;
}

function refuse(detail: string, code: ProblemCode = "invalidSchema", pointer = ""): Translated {
  return { ok: false, faults: [{ pointer, detail, code }] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function escape(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}
