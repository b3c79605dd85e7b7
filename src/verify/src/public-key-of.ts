import { WebhookSigningError } from "./errors.ts";
import { encodeBase64 } from "./lib/base64.ts";
import { readPrivateKey } from "./lib/ed25519.ts";
import { parseSecret } from "./lib/secret.ts";

/** The `whpk_…` that receivers need, of a `whsk_…`. Throws WebhookSigningError `malformedSecret`. */
export async function publicKeyOf(privateKey: string): Promise<string> {
  const parsed = parseSecret(privateKey);
  if (!parsed.ok) throw malformed(parsed.detail);
  if (parsed.kind !== "whsk") throw malformed("must begin with whsk_ to have a public key");
  const parts = await readPrivateKey(parsed.bytes);
  if (!parts.ok) throw malformed(parts.detail);
  return `whpk_${encodeBase64(parts.publicKey)}`;
}

function malformed(detail: string): WebhookSigningError {
  return new WebhookSigningError("malformedSecret", `the secret ${detail}`);
}
