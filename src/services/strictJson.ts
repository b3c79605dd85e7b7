import { escapeSegment } from "#domain/catalog/pointer.ts";
import { Problem, type Fault } from "#domain/problems.ts";
import { depthExceeds, elements, members } from "#domain/rawJson.ts";
import { findBadText } from "#domain/text.ts";

/**
 * Parses JSON strictly: what PostgreSQL, UTF-8 or a second parser would see differently is refused with its place.
 * @throws {Problem} malformedJson, tooDeep, invalidText, duplicateMember
 */
export function parseJson(text: string, maxDepth: number): unknown {
  if (depthExceeds(text, maxDepth)) {
    throw new Problem("tooDeep", `Objects and arrays may be nested ${maxDepth} levels deep.`);
  }
  const value = parse(text);
  requireCleanText(text);
  const duplicate = findDuplicate(text, 0, "");
  if (duplicate !== null) {
    throw new Problem("duplicateMember", "An object in the body names a member twice.", [duplicate]);
  }
  return value;
}

/** @param text JSON. @throws {Problem} invalidText */
export function requireCleanText(text: string): void {
  const bad = findBadText(text);
  if (bad === null) return;
  const what = bad.kind === "nul" ? "holds U+0000" : "holds half of a surrogate pair";
  throw new Problem("invalidText", `A text in the body ${what}, which cannot be stored.`, [
    { pointer: bad.pointer, detail: what },
  ]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : "it cannot be parsed";
    // V8 quotes the place: useful to the caller, and it is the caller's own text.
    throw new Problem("malformedJson", `The body is not JSON: ${detail.slice(0, 200)}`, [], { cause });
  }
}

/** Recursion is bounded by the depth that was checked before. */
function findDuplicate(text: string, at: number, pointer: string): Fault | null {
  // Sticky, so that nothing is copied: the text may be 256 KiB with thousands of values.
  const space = /\s*/y;
  space.lastIndex = at;
  space.test(text);
  const open = text[space.lastIndex];
  if (open === "[") {
    for (const [index, { start }] of elements(text, at).entries()) {
      const found = findDuplicate(text, start, `${pointer}/${index}`);
      if (found !== null) return found;
    }
    return null;
  }
  if (open !== "{") return null;
  const { values, duplicate } = members(text, at);
  if (duplicate !== null) return { pointer: `${pointer}/${escapeSegment(duplicate)}`, detail: "stands twice" };
  for (const [key, { start }] of values) {
    const found = findDuplicate(text, start, `${pointer}/${escapeSegment(key)}`);
    if (found !== null) return found;
  }
  return null;
}
