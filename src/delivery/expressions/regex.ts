import { RE2JS } from "re2js";
import { OverLimit, spend } from "./bounds.ts";

const MAX_PATTERN_CHARACTERS = 500;
/** Instructions of the pattern times characters of the text, which is what a search may cost: 26 ns each, measured at the slowest. */
const MAX_WORK = 4_000_000;

const compiled = new WeakMap<RegExp, RE2JS>();

/**
 * What jsonata takes for a regular expression: answered by RE2, in time linear in the text, whatever the pattern (`^(a+)+$`).
 * jsonata sets `lastIndex`, calls `exec`, and reads `lastIndex`, the match, its groups and its index.
 */
export class LinearRegExp {
  lastIndex = 0;
  readonly #re2: RE2JS;

  constructor(source: RegExp) {
    this.#re2 = compileRegExp(source);
  }

  exec(text: string): (Array<string | undefined> & { index: number }) | null {
    if (this.#re2.programSize() * text.length > MAX_WORK)
      throw new OverLimit("applies a regular expression to a text that is too long for it");
    spend(256);
    const matcher = this.#re2.matcher(text);
    if (!matcher.find(this.lastIndex)) return null;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined);
    this.lastIndex = matcher.end();
    return Object.assign(groups, { index: matcher.start() });
  }
}

/** @throws where RE2 does not know the pattern: look-around and back-references have no linear evaluation */
export function compileRegExp(source: RegExp): RE2JS {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  if (source.source.length > MAX_PATTERN_CHARACTERS)
    throw new Error(`has more than ${MAX_PATTERN_CHARACTERS} characters`);
  // The flags become a part of the pattern.
  const re2 = RE2JS.compile(RE2JS.translateRegExp(source));
  compiled.set(source, re2);
  return re2;
}
