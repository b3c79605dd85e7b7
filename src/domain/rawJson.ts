/**
 * Reads positions in JSON text, so that a value can be passed on byte for byte: `1.0`, `1e400`, 20-digit integers, key
 * order and white space do not survive `JSON.parse`. Every function takes text that `JSON.parse` has accepted; on other
 * text the answers mean nothing, but nothing is read for ever.
 */

/** A value's place in the text: `text.slice(start, end)`. */
export interface Slice {
  start: number;
  end: number;
}

export interface Members {
  /** By decoded key. Where a key stands twice the last one counts, as in `JSON.parse`. */
  values: Map<string, Slice>;
  /** The first key that stands twice, or null. */
  duplicate: string | null;
}

/** The members of the object whose value begins at or after `at` (white space is skipped). */
export function members(text: string, at = 0): Members {
  const values = new Map<string, Slice>();
  let duplicate: string | null = null;
  for (const { key, start, end } of entries(text, at, OPEN_BRACE)) {
    if (duplicate === null && values.has(key)) duplicate = key;
    values.set(key, { start, end });
  }
  return { values, duplicate };
}

/** The elements of the array whose value begins at or after `at` (white space is skipped). */
export function elements(text: string, at = 0): Slice[] {
  return entries(text, at, OPEN_BRACKET).map(({ start, end }) => ({ start, end }));
}

/** A value's place, what is in it, and how deep: all that must be known before it is kept, found in one pass. */
export interface Survey extends Slice {
  /** Objects and arrays within each other; a scalar has depth 0, `[]` has 1. */
  depth: number;
  /** Of all objects in it. */
  memberCount: number;
  /** Its own members; none where it is no object. */
  members: Members;
}

/** Surveys the value that begins at or after `at` (white space is skipped). */
export function survey(text: string, at = 0): Survey {
  const start = skipSpace(text, at);
  const own: Members = { values: new Map(), duplicate: null };
  const first = text.charCodeAt(start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET)
    return { start, end: valueEnd(text, start), depth: 0, memberCount: 0, members: own };
  const found: Survey = { start, end: text.length, depth: 0, memberCount: 0, members: own };
  let depth = 0;
  let key: string | null = null;
  let valueStart = -1;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const end = stringEnd(text, i);
      if (depth === 1 && valueStart < 0 && first === OPEN_BRACE) key = decodeString(text, i, end);
      i = end - 1;
    } else if (code === COLON) {
      found.memberCount++;
      if (depth === 1) valueStart = skipSpace(text, i + 1);
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
      if (depth > found.depth) found.depth = depth;
    } else if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth === 1 && key !== null) {
        noteMember(own, key, { start: valueStart, end: spaceBefore(text, i) });
        key = null;
        valueStart = -1;
      }
      if (code !== COMMA && --depth === 0) {
        found.end = i + 1;
        break;
      }
    }
  }
  return found;
}

/** Surveys each element of the array whose value begins at or after `at`; `end` is the position behind the array. */
export function surveyElements(text: string, at = 0): { items: Survey[]; end: number } {
  const items: Survey[] = [];
  let i = skipSpace(text, at);
  if (text.charCodeAt(i) !== OPEN_BRACKET) return { items, end: i };
  i = skipSpace(text, i + 1);
  while (i < text.length && text.charCodeAt(i) !== CLOSE_BRACKET) {
    const item = survey(text, i);
    items.push(item);
    i = skipSpace(text, item.end);
    if (text.charCodeAt(i) === COMMA) i = skipSpace(text, i + 1);
    else if (item.end === item.start) break;
  }
  return { items, end: i + 1 };
}

/** Whether objects and arrays are nested deeper than `max` (a scalar has depth 0, `[]` has 1). */
export function depthExceeds(text: string, max: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = stringEnd(text, i) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
      if (depth > max) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return false;
}

/**
 * Parses for schema validation. Validators take Infinity for something that is not a number, so a number beyond the
 * range of a double becomes the largest one of its sign.
 */
export function precise(text: string): unknown {
  // 199 digits with a two-digit exponent stay below 1e309: only text that matches can hold a number that overflows.
  if (!/\d{200}|[eE]\+?\d{3}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown) => {
    if (value === Infinity) return Number.MAX_VALUE;
    return value === -Infinity ? -Number.MAX_VALUE : value;
  });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

interface Entry extends Slice {
  /** Empty for an array's elements. */
  key: string;
}

function entries(text: string, at: number, open: typeof OPEN_BRACE | typeof OPEN_BRACKET): Entry[] {
  const found: Entry[] = [];
  let i = skipSpace(text, at);
  if (text.charCodeAt(i) !== open) return found;
  const close = open === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
  i = skipSpace(text, i + 1);
  while (i < text.length && text.charCodeAt(i) !== close) {
    let key = "";
    if (open === OPEN_BRACE) {
      const keyEnd = stringEnd(text, i);
      key = decodeString(text, i, keyEnd);
      const colon = skipSpace(text, keyEnd);
      i = skipSpace(text, text.charCodeAt(colon) === COLON ? colon + 1 : colon);
    }
    const end = valueEnd(text, i);
    found.push({ key, start: i, end });
    i = skipSpace(text, end);
    if (text.charCodeAt(i) === COMMA) i = skipSpace(text, i + 1);
    else if (end === found.at(-1)?.start) break;
  }
  return found;
}

function valueEnd(text: string, start: number): number {
  const code = text.charCodeAt(start);
  if (code === QUOTE) return stringEnd(text, start);
  if (code === OPEN_BRACE || code === OPEN_BRACKET) return containerEnd(text, start);
  let i = start;
  while (i < text.length && !isScalarEnd(text.charCodeAt(i))) i++;
  return i;
}

function containerEnd(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = stringEnd(text, i) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}

/** The position after the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0) {
    // A quote ends the string when an even number of backslashes stands before it.
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

function noteMember(noted: Members, key: string, slice: Slice): void {
  if (noted.duplicate === null && noted.values.has(key)) noted.duplicate = key;
  noted.values.set(key, slice);
}

/** The position behind the last character before `at` that is no white space. */
function spaceBefore(text: string, at: number): number {
  let i = at;
  while (isSpace(text.charCodeAt(i - 1))) i--;
  return i;
}

function decodeString(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  return inner.includes("\\") ? String(JSON.parse(text.slice(start, end))) : inner;
}

function skipSpace(text: string, at: number): number {
  let i = at;
  while (isSpace(text.charCodeAt(i))) i++;
  return i;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isScalarEnd(code: number): boolean {
  return code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isSpace(code);
}
