import type { Context } from "hono";
import { Problem } from "#domain/problems.ts";
import type { ApiEnv } from "./env.ts";

/** Configuration bodies: as much as an event. */
export const CONFIG_BODY_BYTES = 262_144;

/** So much a body may declare and be counted as that at once: of 10,000 connections 160 MiB. */
const SMALL_BODY_BYTES = 16_384;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads the bodies of a process. @throws {Problem} bodyTooLarge, malformedUtf8, overloaded */
export type BodyReader = (c: Context<ApiEnv>, maxBytes: number) => Promise<string>;

/**
 * Reads bodies as text, each counted while it is read: one that lies about its length is cut off all the same. What all of them have
 * sent so far is bounded too: a few hundred batches that stall in their middle would be gigabytes.
 * @param maxHeldBytes of all bodies that are being read
 */
export function createBodyReader(maxHeldBytes: number): BodyReader {
  const budget = new Budget(maxHeldBytes);
  return async (c, maxBytes) => {
    const share = budget.share();
    try {
      return decode(await readBytes(c, maxBytes, share));
    } catch (cause) {
      // The connection ended, or its time was over: whoever asked is gone, and nothing of ours is at fault.
      throw cause instanceof Problem ? cause : new Problem("malformedJson", "The body ended early.", [], { cause });
    } finally {
      share.giveBack();
    }
  };
}

/** What one body has of the budget. */
interface Share {
  /** Counts what was sent. @throws {Problem} overloaded */
  hold(bytes: number): void;
  /** Counts what is only declared, if little enough is: false says to count it as it comes. @throws {Problem} overloaded */
  holdDeclared(bytes: number): boolean;
  giveBack(): void;
}

class Budget {
  readonly #max: number;
  #held = 0;
  /** By larger bodies, as they declared themselves: whoever declares much and sends little must not keep others out. */
  #declared = 0;

  constructor(max: number) {
    this.#max = max;
  }

  share(): Share {
    let mine = 0;
    let declared = 0;
    const hold = (bytes: number): void => {
      mine += bytes;
      this.#held += bytes;
      if (this.#held > this.#max) {
        throw new Problem("overloaded", "Too many bodies are being read at once. Try again in a moment.");
      }
    };
    return {
      hold,
      holdDeclared: (bytes) => {
        if (bytes > CONFIG_BODY_BYTES) return false;
        if (bytes > SMALL_BODY_BYTES) {
          if (this.#declared + bytes > this.#max / 4) return false;
          declared = bytes;
          this.#declared += bytes;
        }
        hold(bytes);
        return true;
      },
      giveBack: () => {
        this.#held -= mine;
        this.#declared -= declared;
      },
    };
  }
}

async function readBytes(c: Context<ApiEnv>, maxBytes: number, share: Share): Promise<Uint8Array> {
  const header = c.req.header("content-length");
  const declared = header === undefined ? Number.POSITIVE_INFINITY : Number(header);
  if (header !== undefined && declared > maxBytes) throw tooLarge(maxBytes);
  // A declared length is what HTTP/1.1 delivers at most; without a stream the Node server reads in a third of the time.
  if (!share.holdDeclared(declared)) return readStream(c.req.raw.body, maxBytes, share);
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
  share: Share,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    share.hold(chunk.byteLength);
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
