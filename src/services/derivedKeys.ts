import type { KeyRing } from "#config";

/** An HMAC-SHA256 key made from one key of the ring. */
export interface DerivedKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** What a derived key is for: each gets its own, so that one use never makes a valid value of another. */
export type KeyPurpose = "cursor" | "apiKey";

const encoder = new TextEncoder();

/** HKDF-SHA256 (RFC 5869) over every key of the ring, in its order: the first makes new values, all of them check. */
export async function deriveKeys(keyRing: KeyRing, purpose: KeyPurpose): Promise<readonly DerivedKey[]> {
  const derivation = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(0),
    info: encoder.encode(`posthorn:${purpose}`),
  };
  const result = { name: "HMAC", hash: "SHA-256", length: 256 };
  return Promise.all(
    keyRing.map(async ({ kid, key }) => {
      const source = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveKey"]);
      return { kid, key: await crypto.subtle.deriveKey(derivation, source, result, false, ["sign", "verify"]) };
    }),
  );
}

/** HMAC-SHA256 of a text. */
export async function mac({ key }: DerivedKey, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
}

/** Whether `expected` is the HMAC of the text; compared in constant time. */
export function checkMac({ key }: DerivedKey, text: string, expected: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify("HMAC", key, new Uint8Array(expected), encoder.encode(text));
}
