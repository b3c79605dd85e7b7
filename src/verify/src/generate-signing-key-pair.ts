import { encodeBase64 } from "./lib/base64.ts";
import { readPrivateKey } from "./lib/ed25519.ts";

/** `privateKey`: `whsk_` and seed plus public key, 64 bytes; `publicKey`: `whpk_` and 32 bytes. */
export type SigningKeyPair = { readonly privateKey: string; readonly publicKey: string };

/** A new ed25519 key pair. The seed is 32 random bytes, as RFC 8032 section 5.1.5 has it. */
export async function generateSigningKeyPair(): Promise<SigningKeyPair> {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const parts = await readPrivateKey(seed);
  if (!parts.ok) throw new TypeError(parts.detail);
  const both = new Uint8Array(64);
  both.set(seed);
  both.set(parts.publicKey, 32);
  return { privateKey: `whsk_${encodeBase64(both)}`, publicKey: `whpk_${encodeBase64(parts.publicKey)}` };
}
