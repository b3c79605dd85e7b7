import { WebhookVerificationError } from "./errors.ts";
import { decodeBase64 } from "./lib/base64.ts";
import { ed25519 } from "./lib/ed25519.ts";
import {
  type HeaderRecord,
  type HeadersLike,
  readHeaders,
  type Signature,
  type SignatureVersion,
} from "./lib/headers.ts";
import { parseSecret } from "./lib/secret.ts";
import { signedContent } from "./lib/signed-content.ts";

export type VerifyOptions = {
  /** How far `webhook-timestamp` may lie from now, either way, in seconds. 300 unless told. */
  readonly toleranceSeconds?: number | undefined;
  /** The clock: a Date, or milliseconds since 1970. The system's unless told. */
  readonly now?: (() => Date | number) | undefined;
  /** `false` leaves the body unparsed, for bodies that are not JSON; `payload` is then undefined. */
  readonly parse?: boolean | undefined;
};

export type VerifiedWebhook = {
  /** `webhook-id`: the same at every retry and redelivery, so it tells duplicates. */
  readonly id: string;
  /** When this attempt was made. */
  readonly timestamp: Date;
  /** The body as parsed JSON: authentic, but of whatever shape the sender gave it. */
  readonly payload: unknown;
  readonly body: string;
  /** Which secret matched: its place in `secrets`. When the old one is no longer seen, a rotation is complete. */
  readonly secretIndex: number;
  readonly version: SignatureVersion;
};

type VerifyingSecret = { readonly version: SignatureVersion; readonly bytes: Uint8Array<ArrayBuffer> };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const signatureLengths: Record<SignatureVersion, number> = { v1: 32, v1a: 64 };

/**
 * Verifies a webhook by Standard Webhooks 1.0.0 and returns what it says.
 *
 * @param body the raw body, exactly as received; parsed and serialised again it will not verify
 * @param headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, names in any case
 * @param secrets one or several of `whsec_…` (HMAC-SHA256) and `whpk_…` (ed25519 public key); one match is enough
 * @throws WebhookVerificationError with a `code`; nothing else is thrown for any request
 */
export async function verify(
  body: string | Uint8Array,
  headers: HeadersLike | HeaderRecord,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<VerifiedWebhook> {
  const keys = readSecrets(secrets);
  checkBody(body);
  const { id, timestamp, signatures } = readHeaders(headers);
  const seconds = Number(timestamp);
  checkTimestamp(seconds, options);
  const content = signedContent(id, timestamp, body);
  const secretIndex = await findMatch(keys, signatures, content);
  const version = keys[secretIndex]?.version;
  if (version === undefined) {
    throw new WebhookVerificationError(
      "noMatchingSignature",
      "no signature matches any secret: wrong secret, or not the raw body",
    );
  }
  const text = typeof body === "string" ? body : decode(body);
  const payload = options.parse === false ? undefined : parseJson(text);
  return { id, timestamp: new Date(seconds * 1000), payload, body: text, secretIndex, version };
}

/** The place of the first secret that made one of the signatures, or -1. */
async function findMatch(
  keys: readonly VerifyingSecret[],
  signatures: readonly Signature[],
  content: Uint8Array<ArrayBuffer>,
): Promise<number> {
  for (const [index, key] of keys.entries()) {
    const candidates = signatures.flatMap((signature) => decodeSignature(signature, key.version) ?? []);
    // A key is imported only when needed: a runtime without ed25519 can still verify v1 under mixed secrets.
    if (candidates.length === 0) continue;
    const cryptoKey = await importVerifyingKey(key, index);
    for (const candidate of candidates) {
      // subtle.verify compares in constant time.
      if (await crypto.subtle.verify(cryptoKey.algorithm.name, cryptoKey, candidate, content)) return index;
    }
  }
  return -1;
}

function decodeSignature(signature: Signature, version: SignatureVersion): Uint8Array<ArrayBuffer> | undefined {
  if (signature.version !== version) return undefined;
  const bytes = decodeBase64(signature.encoded);
  return bytes?.length === signatureLengths[version] ? bytes : undefined;
}

async function importVerifyingKey(key: VerifyingSecret, index: number): Promise<CryptoKey> {
  const algorithm = key.version === "v1" ? { name: "HMAC", hash: "SHA-256" } : ed25519;
  try {
    return await crypto.subtle.importKey("raw", key.bytes, algorithm, false, ["verify"]);
  } catch (cause) {
    const message = `secret ${index} was refused by this runtime's ${algorithm.name}`;
    throw new WebhookVerificationError("malformedSecret", message, { cause });
  }
}

function readSecrets(secrets: string | readonly string[]): VerifyingSecret[] {
  const list: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets];
  if (list.length === 0) throw new WebhookVerificationError("malformedSecret", "no secret was given");
  return list.map((text, index) => {
    const parsed = parseSecret(text);
    if (!parsed.ok) throw new WebhookVerificationError("malformedSecret", `secret ${index} ${parsed.detail}`);
    if (parsed.kind === "whsk") {
      throw new WebhookVerificationError("malformedSecret", `secret ${index} is a private key; verify with its whpk_`);
    }
    return { version: parsed.kind === "whsec" ? "v1" : "v1a", bytes: parsed.bytes };
  });
}

/** Callers without types pass what express.json() made of the body more often than anything else. */
function checkBody(body: unknown): void {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw new WebhookVerificationError("malformedBody", "the body must be the raw text or bytes received, not parsed");
  }
  // Encoding turns a lone surrogate into U+FFFD: what was returned would not be what was verified.
  if (typeof body === "string" && !body.isWellFormed()) {
    throw new WebhookVerificationError(
      "malformedBody",
      "the body holds a lone surrogate, so it is not the text received",
    );
  }
}

function checkTimestamp(seconds: number, options: VerifyOptions): void {
  const { toleranceSeconds = 300, now = () => new Date() } = options;
  const nowMs = Number(now());
  // Every comparison with NaN is false, which would accept any age.
  if (!Number.isFinite(toleranceSeconds) || toleranceSeconds < 0) {
    throw new WebhookVerificationError("malformedOption", "toleranceSeconds must be a finite number, 0 or more");
  }
  if (!Number.isFinite(nowMs)) {
    throw new WebhookVerificationError("malformedOption", "now must return a Date or milliseconds since 1970");
  }
  // Whole seconds on both sides, as the sender counts: a tolerance of 0 then accepts the present second.
  const age = Math.floor(nowMs / 1000) - seconds;
  if (age > toleranceSeconds) {
    throw new WebhookVerificationError(
      "timestampTooOld",
      `the webhook is ${age} s old; ${toleranceSeconds} s are allowed`,
    );
  }
  if (-age > toleranceSeconds) {
    const message = `the webhook is ${-age} s in the future; ${toleranceSeconds} s are allowed`;
    throw new WebhookVerificationError("timestampTooNew", message);
  }
}

function decode(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new WebhookVerificationError("malformedPayload", "the body is signed, but not UTF-8", { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WebhookVerificationError("malformedPayload", "the body is signed, but not JSON", { cause });
  }
}
