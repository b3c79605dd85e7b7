/** The functions that an expression may call: jsonata's own where they are bounded by what they are given, bounded ones for the others. */
import jsonata from "jsonata";
import { boundSequence, boundText, isFunction, MAX_SEQUENCE, NotJson, OverLimit, spend } from "./bounds.ts";

/** A function as jsonata keeps it. `implementation`'s parameters are read from its source text, so they must be plain names. */
export interface Definition {
  readonly _jsonata_function: true;
  readonly implementation: Implementation;
  readonly signature: unknown;
}

type Implementation = (this: Focus, ...args: never[]) => unknown;

interface Focus {
  createSequence(): unknown[];
}

/** Bounded by what they are given. */
const PLAIN = (
  "abs append assert average boolean ceil contains count each error exists filter floor formatBase keys lookup map match max merge min " +
  "not number power reduce reverse round sift single sqrt string substringAfter substringBefore sum trim type zip"
).split(" ");
/** Linear, but their results can be longer than their arguments, again and again. */
const GROWING =
  "base64decode base64encode decodeUrl decodeUrlComponent encodeUrl encodeUrlComponent lowercase uppercase".split(" ");
/** Their results depend on more than the event, or they have no bound. */
const REFUSED = ["clone", "eval", "formatInteger", "millis", "now", "parseInteger", "random", "shuffle"];

export const refusedNames: ReadonlySet<string> = new Set(REFUSED);

const MAX_PICTURE_CHARACTERS = 128;

/** @param natives jsonata's own definitions, by name */
function boundedFunctions(natives: ReadonlyMap<string, Definition>): Record<string, Implementation> {
  const native = (name: string, focus: unknown, args: readonly unknown[]): unknown => {
    const definition = natives.get(name);
    return definition === undefined ? undefined : Reflect.apply(definition.implementation, focus, args);
  };
  return {
    pad(str: string | undefined, width: number, char?: string) {
      boundText(Math.abs(width));
      return native("pad", this, [str, width, char]);
    },
    join(strs: readonly string[] | undefined, separator?: string) {
      const between = (separator?.length ?? 0) * (strs?.length ?? 0);
      boundText((strs ?? []).reduce((length, part) => length + part.length, between));
      return native("join", this, [strs, separator]);
    },
    length(str: string | undefined) {
      if (str === undefined) return undefined;
      return hasSurrogates(str) ? countCharacters(str) : str.length;
    },
    substring(str: string | undefined, start: number, length?: number) {
      if (str === undefined || hasSurrogates(str)) return native("substring", this, [str, start, length]);
      const from = str.length + start < 0 ? 0 : start;
      if (length === undefined) return str.slice(from);
      return length <= 0 ? "" : str.slice(from, from >= 0 ? from + length : str.length + from + length);
    },
    async replace(str: string | undefined, pattern: unknown, replacement: unknown, limit?: number) {
      if (typeof str === "string" && typeof pattern === "string" && typeof replacement === "string" && pattern !== "")
        boundText(str.length + countOf(str, pattern, limit) * replacement.length);
      const result: unknown = await native("replace", this, [str, pattern, replacement, limit]);
      if (typeof result === "string") boundText(result.length);
      return result;
    },
    async split(str: string | undefined, separator: unknown, limit?: number) {
      const atMost = Math.min(limit ?? MAX_SEQUENCE + 1, MAX_SEQUENCE + 1);
      const result: unknown = await native("split", this, [str, separator, atMost]);
      if (Array.isArray(result)) boundSequence(result.length);
      return result;
    },
    distinct(arr: unknown) {
      return Array.isArray(arr) && arr.length > 1 ? distinctOf(arr, this) : arr;
    },
    sort(arr: unknown[] | undefined, comparator?: (a: unknown, b: unknown) => unknown) {
      if (arr === undefined || arr.length <= 1) return arr;
      return comparator === undefined ? sortPlain(arr) : mergeSort(arr, comparator);
    },
    spread(arg: unknown) {
      if (typeof arg !== "object" || arg === null || isFunction(arg)) return arg;
      const parts = this.createSequence();
      for (const item of Array.isArray(arg) ? arg : [arg]) parts.push(...spreadOne(item));
      return parts;
    },
    formatNumber(value: number | undefined, picture: string, options?: object) {
      boundPicture(picture);
      const symbols: unknown[] = Object.values(options ?? {});
      if (
        symbols.some((symbol) => typeof symbol !== "string" || symbol.length !== 1) ||
        (value !== undefined && !Number.isFinite(value))
      )
        throw new OverLimit("gives $formatNumber a number or a symbol that it cannot format");
      return native("formatNumber", this, [value, picture, options]);
    },
    toMillis(timestamp: string | undefined) {
      return native("toMillis", this, [timestamp]);
    },
    fromMillis(millis: number | undefined, picture?: string, timezone?: string) {
      if (picture !== undefined) boundPicture(picture);
      return native("fromMillis", this, [millis, picture, timezone]);
    },
    ...Object.fromEntries(
      GROWING.map((name) => [
        name,
        function grow(this: unknown, str: string | undefined) {
          if (str !== undefined) boundText(str.length);
          return native(name, this, [str]);
        },
      ]),
    ),
  };
}

/** A number in a picture is a width to fill: four digits of it, 128 characters in all, make some 300,000 characters at most. */
function boundPicture(picture: string): void {
  if (picture.length > MAX_PICTURE_CHARACTERS || /\d{5}/.test(picture))
    throw new OverLimit(
      `has a picture of more than ${MAX_PICTURE_CHARACTERS} characters, or a width of more than 4 digits`,
    );
}

function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function countOf(text: string, pattern: string, limit = Infinity): number {
  let count = 0;
  for (let at = text.indexOf(pattern); at >= 0 && count < limit; at = text.indexOf(pattern, at + pattern.length)) {
    count++;
    boundSequence(count);
  }
  return count;
}

function distinctOf(values: readonly unknown[], focus: Focus): unknown[] {
  const results = "sequence" in values ? focus.createSequence() : [];
  const seen = new Set<unknown>();
  const objects: unknown[] = [];
  for (const value of values) {
    if (seen.has(value) || (typeof value === "object" && objects.some((other) => sameValue(value, other)))) continue;
    seen.add(value);
    if (typeof value === "object" && value !== null) objects.push(value);
    results.push(value);
  }
  return results;
}

function sameValue(a: unknown, b: unknown): boolean {
  spend();
  if (a === b) return true;
  if (
    typeof a !== "object" ||
    typeof b !== "object" ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return false;
  const entries = Object.entries(a);
  const others = new Map<string, unknown>(Object.entries(b));
  return (
    entries.length === others.size &&
    entries.every(([key, value]) => others.has(key) && sameValue(value, others.get(key)))
  );
}

/** jsonata's own copies what is left at every step: seconds for 20,000. */
function sortPlain(values: readonly unknown[]): unknown[] {
  if (values.every((value) => typeof value === "number")) return values.toSorted((a, b) => a - b);
  if (values.every((value) => typeof value === "string"))
    return values.toSorted((a, b) => (a > b ? 1 : a < b ? -1 : 0));
  throw Object.assign(new Error(), { code: "D3070", index: 1 });
}

/** Stable; the comparator says whether its first argument comes after its second. */
async function mergeSort(values: unknown[], isAfter: (a: unknown, b: unknown) => unknown): Promise<unknown[]> {
  if (values.length <= 1) return values;
  const middle = values.length >> 1;
  const left = await mergeSort(values.slice(0, middle), isAfter);
  const right = await mergeSort(values.slice(middle), isAfter);
  const merged: unknown[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    spend();
    merged.push((await isAfter(left[l], right[r])) ? right[r++] : left[l++]);
  }
  return [...merged, ...left.slice(l), ...right.slice(r)];
}

/** jsonata's own takes functions apart, which would let an expression put them together again in another way. */
function spreadOne(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isFunction(value)) return [value];
  return Object.entries(value).map(([key, member]) => ({ __proto__: null, [key]: member }));
}

async function nativesOf(names: readonly string[]): Promise<Map<string, Definition>> {
  const natives = new Map<string, Definition>();
  for (const name of names) {
    const definition: unknown = await jsonata(`$${name}`).evaluate(null);
    if (isDefinition(definition)) natives.set(name, definition);
  }
  return natives;
}

function isDefinition(value: unknown): value is Definition {
  return typeof value === "object" && value !== null && "implementation" in value && "signature" in value;
}

async function allowedFunctions(): Promise<Map<string, Definition>> {
  const overridden = Object.keys(boundedFunctions(new Map()));
  const natives = await nativesOf([...PLAIN, ...overridden]);
  const bounded = boundedFunctions(natives);
  const allowed = new Map<string, Definition>();
  for (const [name, definition] of natives) {
    const implementation = Object.freeze(bounded[name] ?? definition.implementation);
    allowed.set(name, { _jsonata_function: true, implementation, signature: Object.freeze(definition.signature) });
  }
  return allowed;
}

/** By name, without the `$`. */
export const functions: ReadonlyMap<string, Definition> = await allowedFunctions();

/** What the transform operator needs, under names that an expression cannot call. */
export const internals: ReadonlyMap<string, Definition> = new Map([
  ["clone", { _jsonata_function: true, implementation: copy, signature: undefined }],
  ["only objects", { _jsonata_function: true, implementation: requireObjects, signature: undefined }],
]);

function copy(value?: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** The operator writes members: into an array that could be its length, into a function what it does. */
function requireObjects(matches?: unknown): unknown {
  for (const match of Array.isArray(matches) ? matches : [matches])
    if (Array.isArray(match) || isFunction(match)) throw new NotJson("changes something that is not an object");
  return matches;
}
