import { RE2JS } from "re2js";
import type { Naming } from "#domain/catalog/document.ts";
import { isUnsafePattern } from "#domain/patternSafety.ts";
import type { CodedFault } from "#domain/problems.ts";

/** Whether a name follows the convention: the pattern is for the whole name, anchored or not. */
export type Convention = (name: string) => boolean;

/** @param at where the naming stands, for the fault */
export function compileNaming({ pattern }: Naming, at: string): Convention | CodedFault {
  const pointer = `${at}/pattern`;
  try {
    const compiled = RE2JS.compile(pattern);
    if (!isUnsafePattern(pattern)) return (name) => compiled.matches(name);
  } catch {
    return { pointer, detail: "is not a regular expression that RE2 takes", code: "unsafePattern" };
  }
  return { pointer, detail: "repeats what repeats, which takes other engines exponential time", code: "unsafePattern" };
}

/** @param at where the name stands */
export function brokenName(name: string, { words }: Pick<Naming, "words">, at: string): CodedFault {
  const detail = `${name} does not follow the naming convention of the catalog: ${words.replace(/\.$/, "")}`;
  return { pointer: at, detail, code: "nameBreaksConvention" };
}
