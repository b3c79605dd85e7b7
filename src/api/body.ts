import type { Context } from "hono";
import { Problem } from "#domain/problems.ts";
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

function tooLarge(maxBytes: number): Problem {
  return new Problem("bodyTooLarge", `The body may have ${maxBytes} bytes at most.`);
}
