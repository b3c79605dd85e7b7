import type { Context } from "hono";
import { Problem } from "#domain/problems.ts";
import type { ApiEnv } from "./env.ts";

/** Configuration bodies: as much as an event. */
export const CONFIG_BODY_BYTES = 262_144;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads the bodies of a process. @throws {Problem} bodyTooLarge, malformedUtf8, overloaded */
export type BodyReader = (c: Context<ApiEnv>, maxBytes: number) => Promise<string>;

/**
 * Reads bodies as text, each counted while it is read: one that lies about its length is cut off all the same. What all of them have
 * sent so far is bounded too: a few hundred batches that stall in their middle would be gigabytes.
 * @param maxHeldBytes of all bodies that are being read
 */
export function createBodyReader(maxHeldBytes: number): BodyReader {
  let held = 0;
  const hold = (bytes: number): void => {
    held += bytes;
    if (held > maxHeldBytes) {
      throw new Problem("overloaded", "Too many bodies are being read at once. Try again in a moment.");
    }
  };
  return async (c, maxBytes) => {
    let mine = 0;
    const holdMine = (bytes: number): void => {
      mine += bytes;
      hold(bytes);
    };
    try {
      return decode(await readBytes(c, maxBytes, holdMine));
    } catch (cause) {
      // The connection ended, or its time was over: whoever asked is gone, and nothing of ours is at fault.
      throw cause instanceof Problem ? cause : new Problem("malformedJson", "The body ended early.", [], { cause });
    } finally {
      held -= mine;
    }
  };
}

async function readBytes(c: Context<ApiEnv>, maxBytes: number, hold: (bytes: number) => void): Promise<Uint8Array> {
  const header = c.req.header("content-length");
  const declared = header === undefined ? Number.POSITIVE_INFINITY : Number(header);
  if (header !== undefined && declared > maxBytes) throw tooLarge(maxBytes);
  if (declared > CONFIG_BODY_BYTES) return readStream(c.req.raw.body, maxBytes, hold);
  // A declared length is what HTTP/1.1 delivers at most; without a stream the Node server reads in a third of the time.
  hold(declared);
  const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
  if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

function decode(bytes: Uint8Array): string {
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

async function readStream(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  hold: (bytes: number) => void,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    hold(chunk.byteLength);
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
