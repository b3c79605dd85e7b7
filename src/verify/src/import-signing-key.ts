import { WebhookSigningError } from "./errors.ts";
import { ed25519, readPrivateKey } from "./lib/ed25519.ts";
import type { SignatureVersion } from "./lib/headers.ts";
import { parseSecret } from "./lib/secret.ts";

/** A key ready to sign. Keep it: importing costs several signatures. The bytes cannot be read back out of it. */
export type SigningKey = { readonly version: SignatureVersion; readonly cryptoKey: CryptoKey };

/**
 * A signing key from `whsec_…` (signs `v1`, HMAC-SHA256) or `whsk_…` (signs `v1a`, ed25519).
 * Throws WebhookSigningError `malformedSecret`.
 */
export async function importSigningKey(secret: string): Promise<SigningKey> {
  const parsed = parseSecret(secret);
  if (!parsed.ok) throw malformed(parsed.detail);
  if (parsed.kind === "whpk") throw malformed("is a public key, which verifies only; sign with its whsk_");
  if (parsed.kind === "whsec") {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    return { version: "v1", cryptoKey: await crypto.subtle.importKey("raw", parsed.bytes, algorithm, false, ["sign"]) };
  }
  const parts = await readPrivateKey(parsed.bytes);
  if (!parts.ok) throw malformed(parts.detail);
  return { version: "v1a", cryptoKey: await crypto.subtle.importKey("pkcs8", parts.pkcs8, ed25519, false, ["sign"]) };
}

function malformed(detail: string): WebhookSigningError {
  return new WebhookSigningError("malformedSecret", `the secret ${detail}`);
}
