import { Problem } from "#domain/problems.ts";
import { elements, members, survey, type Slice, type Survey } from "#domain/rawJson.ts";
import { findBadText } from "#domain/text.ts";
import type { EventLimits } from "./event.ts";

/**
 * Checks what must hold for an event's text as a whole: size, nesting, no member twice, no character that cannot be stored.
 * @param text one event, which `JSON.parse` has read as `value`
 * @param pointer where the event stands in the request body
 * @param measured what a survey of it found, where there was one
 * @throws {Problem} bodyTooLarge, tooDeep, duplicateMember or invalidText
 */
export function checkEventText(
  text: string,
  value: unknown,
  limits: EventLimits,
  pointer: string,
  measured: Pick<Survey, "depth" | "memberCount"> = survey(text),
): void {
  if (byteLengthExceeds(text, limits.maxEventBytes)) {
    throw new Problem(
      "bodyTooLarge",
      `An event may have at most ${limits.maxEventBytes} bytes. Store the large part elsewhere and publish a reference to it.`,
      [{ pointer, detail: `is larger than ${limits.maxEventBytes} bytes` }],
    );
  }
  const { depth, memberCount } = measured;
  if (depth > limits.maxJsonDepth) {
    throw new Problem("tooDeep", `An event may be nested ${limits.maxJsonDepth} levels deep.`, [
      { pointer, detail: `is nested deeper than ${limits.maxJsonDepth} levels` },
    ]);
  }
  // JSON.parse keeps one of two members of the same name: where the text has more members than the value, there is such a pair.
  if (memberCount !== countMembers(value)) {
    const at = pointer + findDuplicate(text, { start: 0, end: text.length });
    throw new Problem("duplicateMember", "An object names a member twice: receivers would disagree about its value.", [
      { pointer: at, detail: "stands twice" },
    ]);
  }
  const bad = findBadText(text);
  if (bad !== null) {
    const what = bad.kind === "nul" ? "U+0000" : "half of a surrogate pair";
    throw new Problem("invalidText", `A text has ${what}, which cannot be stored or sent.`, [
      { pointer: pointer + bad.pointer, detail: `has ${what}` },
    ]);
  }
}

/** Whether the text takes more bytes than `max` in UTF-8; encodes only where the length leaves it open. */
export function byteLengthExceeds(text: string, max: number): boolean {
  if (text.length > max) return true;
  return text.length * 3 > max && new TextEncoder().encode(text).length > max;
}

function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") count += countMembers(item);
    return count;
  }
  for (const item of Object.values(value)) {
    count++;
    if (typeof item === "object") count += countMembers(item);
  }
  return count;
}

/** The pointer of the first member that stands twice; only run when there is one. */
function findDuplicate(text: string, { start }: Slice): string {
  const { values, duplicate } = members(text, start);
  if (duplicate !== null) return `/${escapeSegment(duplicate)}`;
  for (const [key, slice] of values) {
    const within = findDuplicate(text, slice);
    if (within !== "") return `/${escapeSegment(key)}${within}`;
  }
  for (const [i, slice] of elements(text, start).entries()) {
    const within = findDuplicate(text, slice);
    if (within !== "") return `/${i}${within}`;
  }
  return "";
}

function escapeSegment(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1").toWellFormed();
}
