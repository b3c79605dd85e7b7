import { WebhookVerificationError } from "../errors.ts";
import { isMessageId } from "./signed-content.ts";

/** Structural, so that the `Headers` of any runtime, realm or package will do. */
export type HeadersLike = { get(name: string): string | null };

/** A plain object of headers, names in any case (`IncomingMessage.headers`, `headersDistinct`, Hono's `c.req.header()`). */
export type HeaderRecord = { readonly [name: string]: string | readonly string[] | undefined };

export type SignatureVersion = "v1" | "v1a";
export type Signature = { readonly version: SignatureVersion; readonly encoded: string };

export type WebhookHeaders = {
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly Signature[];
};

type HeaderName = "webhook-id" | "webhook-timestamp" | "webhook-signature";

// Every signature costs a pass over the body for each secret, so an unauthenticated sender must not choose how many.
// 16 ed25519 signatures are 1,500 characters; a rotation needs two.
const signatureHeaderLimit = 4096;
const signatureLimit = 16;

// Digits only, in one spelling; twelve of them end in the year 33658, well inside the range of Date.
const timestampShape = /^(?:0|[1-9][0-9]{0,11})$/;

/** The three headers, checked for shape and bounded. Throws `missingHeader` or `malformedHeader`. */
export function readHeaders(headers: HeadersLike | HeaderRecord): WebhookHeaders {
  const id = readHeader(headers, "webhook-id");
  const timestamp = readHeader(headers, "webhook-timestamp");
  const signature = readHeader(headers, "webhook-signature");
  if (!isMessageId(id)) {
    throw malformed("webhook-id", "is not 1 to 256 visible ASCII characters without a full stop");
  }
  if (!timestampShape.test(timestamp))
    throw malformed("webhook-timestamp", "is not a count of seconds in decimal digits");
  return { id, timestamp, signatures: readSignatures(signature) };
}

function readSignatures(text: string): Signature[] {
  if (text.length > signatureHeaderLimit) {
    throw malformed("webhook-signature", `is longer than ${signatureHeaderLimit} characters`);
  }
  const entries = text.split(" ").filter((entry) => entry !== "");
  if (entries.length > signatureLimit)
    throw malformed("webhook-signature", `holds more than ${signatureLimit} signatures`);
  return entries.flatMap((entry) => readSignature(entry) ?? []);
}

/** Other versions are left out and not refused: that is how senders will introduce a next one. */
function readSignature(entry: string): Signature | undefined {
  if (entry.startsWith("v1,")) return { version: "v1", encoded: entry.slice(3) };
  if (entry.startsWith("v1a,")) return { version: "v1a", encoded: entry.slice(4) };
  return undefined;
}

function readHeader(headers: HeadersLike | HeaderRecord, name: HeaderName): string {
  const values = isHeadersLike(headers) ? [headers.get(name) ?? ""] : valuesIn(headers, name);
  const [value = "", ...others] = values;
  // Choosing one of two would let whoever added the other decide what is verified.
  if (others.length > 0) throw malformed(name, "is there more than once");
  if (value === "") throw new WebhookVerificationError("missingHeader", `the header ${name} is missing`);
  return value;
}

function valuesIn(headers: HeaderRecord, name: HeaderName): string[] {
  return Object.keys(headers)
    .filter((key) => key.toLowerCase() === name)
    .flatMap((key) => headers[key] ?? []);
}

function isHeadersLike(headers: HeadersLike | HeaderRecord): headers is HeadersLike {
  return typeof headers["get"] === "function";
}

function malformed(name: HeaderName, what: string): WebhookVerificationError {
  return new WebhookVerificationError("malformedHeader", `the header ${name} ${what}`);
}
