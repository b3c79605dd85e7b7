import { RE2JS } from "re2js";
import { Check, Compile } from "typebox/schema";
import { Settings } from "typebox/system";
import { isUnsafePattern } from "#domain/patternSafety.ts";
import { Problem, type CodedFault, type Fault } from "#domain/problems.ts";
import { translateSchema, type PatternCompiler } from "./schemas/translate.ts";

/** A compiled JSON Schema. Pointers of the faults begin at the value; there are at most 20. No fault: the value is valid. */
export interface Validator {
  validate(value: unknown): readonly Fault[];
}

const MAX_FAULTS = 20;
const MAX_DETAIL = 300;

// The library collects 8 by default; the setting is its only one for all validators of the process.
Settings.Set({ maxErrors: MAX_FAULTS });

/**
 * Judges the text of a JSON Schema (2020-12) that somebody wants to register: whether it is one, and whether it can be evaluated in
 * bounded time and memory. Pointers of the faults lead into the schema.
 */
export function checkSchema(text: string): readonly CodedFault[] {
  const translated = translateSchema(text, compileSafePattern);
  if (!translated.ok) return translated.faults;
  try {
    Compile(translated.schema);
    return [];
  } catch {
    return [{ pointer: "", detail: "cannot be compiled", code: "invalidSchema" }];
  }
}

/**
 * The validator of a registered schema. Compiling takes about a millisecond: keep the result.
 * @throws {Problem} invalidSchema, with the faults of `checkSchema`
 */
export function compileSchema(text: string): Validator {
  const translated = translateSchema(text, compilePattern);
  if (!translated.ok) throw new Problem("invalidSchema", "The schema cannot be used.", translated.faults);
  const { schema } = translated;
  const compiled = Compile(schema);
  // Where `eval` is forbidden the compiled form keeps one context for all values, and what was evaluated in one value would count as
  // evaluated in the next: there each value is checked from the beginning.
  const check = compiled.IsAccelerated()
    ? (value: unknown) => compiled.Check(value)
    : (value: unknown) => Check(schema, value);
  return {
    validate(value) {
      if (check(value)) return [];
      const [, errors] = compiled.Errors(value);
      const faults = errors.slice(0, MAX_FAULTS).map((e) => ({ pointer: e.instancePath, detail: detailOf(e) }));
      return faults.length > 0 ? faults : [{ pointer: "", detail: "does not match the schema" }];
    },
  };
}

/** What the library takes for a RegExp, answered by RE2: linear in the text, whatever the pattern (`^(a+)+$`). */
class LinearPattern extends RegExp {
  readonly #text: string;
  readonly #re2: RE2JS;

  constructor(text: string) {
    super("");
    this.#text = text;
    this.#re2 = RE2JS.compile(RE2JS.translateRegExp(text));
  }

  override test(value: string): boolean {
    return this.#re2.test(value);
  }

  override toString(): string {
    return this.#text;
  }
}

const compilePattern: PatternCompiler = (text) => {
  try {
    return new LinearPattern(text);
  } catch {
    return isJavaScriptPattern(text)
      ? { code: "unsafePattern", detail: "cannot be evaluated in linear time: no look-around and no back-references" }
      : { code: "invalidSchema", detail: "is not a regular expression" };
  }
};

/** RE2 would take it; those who read the published schema and match by other means would not. */
const compileSafePattern: PatternCompiler = (text) => {
  const compiled = compilePattern(text);
  return compiled instanceof RegExp && isUnsafePattern(text)
    ? { code: "unsafePattern", detail: "repeats what repeats, which takes other engines exponential time" }
    : compiled;
};

function isJavaScriptPattern(text: string): boolean {
  try {
    return new RegExp(text, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

function detailOf(error: { keyword: string; params: object; message: string }): string {
  const names: unknown = "additionalProperties" in error.params ? error.params.additionalProperties : undefined;
  const detail = Array.isArray(names) ? `${error.message}: ${names.join(", ")}` : error.message;
  return detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL - 1).toWellFormed()}…` : detail;
}
