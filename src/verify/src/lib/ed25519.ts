import { base64FromBase64Url, decodeBase64 } from "./base64.ts";
import type { SecretRefusal } from "./secret.ts";

export const ed25519 = { name: "Ed25519" } as const;

// RFC 8410 section 7: everything of a PKCS #8 ed25519 key before its 32-byte seed. WebCrypto takes private keys as PKCS #8
// or JWK; a JWK would need the public key as well.
const pkcs8Prefix = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);
const seedLength = 32;

type PrivateKeyParts = { readonly ok: true; readonly pkcs8: Uint8Array<ArrayBuffer>; readonly publicKey: Uint8Array };

/** From the bytes of a `whsk_` (seed, or seed and public key) to what WebCrypto imports and the public key of the seed. */
export async function readPrivateKey(bytes: Uint8Array): Promise<PrivateKeyParts | SecretRefusal> {
  const pkcs8 = new Uint8Array(pkcs8Prefix.length + seedLength);
  pkcs8.set(pkcs8Prefix);
  pkcs8.set(bytes.subarray(0, seedLength), pkcs8Prefix.length);
  const publicKey = await derivePublicKey(pkcs8);
  const given = bytes.subarray(seedLength);
  if (given.some((byte, index) => byte !== publicKey[index])) {
    return { ok: false, fault: "halvesDisagree", detail: "its last 32 bytes are not the public key of its first 32" };
  }
  return { ok: true, pkcs8, publicKey };
}

async function derivePublicKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, ed25519, true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const publicKey = x === undefined ? undefined : decodeBase64(base64FromBase64Url(x));
  if (publicKey === undefined) throw new TypeError("this runtime exports no public part of an ed25519 key");
  return publicKey;
}
