import type { Context } from "hono";
import { Problem, type Fault } from "#domain/problems.ts";
import { depthExceeds, elements, members } from "#domain/rawJson.ts";
import { findBadText } from "#domain/text.ts";
import type { ApiEnv } from "./env.ts";

/** Configuration bodies: as much as an event. */
export const CONFIG_BODY_BYTES = 262_144;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The request's body as text, counted while it is read: a body that lies about its length is cut off all the same.
 * @throws {Problem} bodyTooLarge, malformedUtf8
 */
export async function readText(c: Context<ApiEnv>, maxBytes: number): Promise<string> {
  const declared = c.req.header("content-length");
  if (declared !== undefined && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  // A declared length is what HTTP/1.1 delivers at most; without a stream the Node server reads in a third of the time.
  const bytes = declared === undefined ? await readBytes(c.req.raw.body, maxBytes) : await readDeclared(c, maxBytes);
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Problem("malformedUtf8", "The body must be UTF-8.", [], { cause });
  }
}

/**
 * Parses JSON strictly: what PostgreSQL, UTF-8 or a second parser would see differently is refused with its place.
 * @throws {Problem} malformedJson, tooDeep, invalidText, duplicateMember
 */
export function parseJson(text: string, maxDepth: number): unknown {
  if (depthExceeds(text, maxDepth)) {
    throw new Problem("tooDeep", `Objects and arrays may be nested ${maxDepth} levels deep.`);
  }
  const value = parse(text);
  const bad = findBadText(text);
  if (bad !== null) {
    const what = bad.kind === "nul" ? "holds U+0000" : "holds half of a surrogate pair";
    throw new Problem("invalidText", `A text in the body ${what}, which cannot be stored.`, [
      { pointer: bad.pointer, detail: what },
    ]);
  }
  const duplicate = findDuplicate(text, 0, "");
  if (duplicate !== null) {
    throw new Problem("duplicateMember", "An object in the body names a member twice.", [duplicate]);
  }
  return value;
}

/** Whether the request says that its body is JSON. */
export function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType?.trim() ?? "");
}

async function readDeclared(c: Context<ApiEnv>, maxBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
  if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

async function readBytes(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return join(chunks, size);
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
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

/** RFC 6901 section 3. */
export function escapeSegment(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function tooLarge(maxBytes: number): Problem {
  return new Problem("bodyTooLarge", `The body may have ${maxBytes} bytes at most.`);
}
