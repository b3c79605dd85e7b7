import { checkMac, mac, type DerivedKey } from "./derivedKeys.ts";

/** API keys at rest: HMAC-SHA256 under a key derived from the key ring, whose id is stored beside it. */
export interface KeyHasher {
  hash(token: string): Promise<{ kid: string; hash: Uint8Array }>;
  /** Constant-time. False as well when the ring no longer has the key. */
  matches(token: string, kid: string, hash: Uint8Array): Promise<boolean>;
}

export function createKeyHasher(keys: readonly DerivedKey[]): KeyHasher {
  const byKid = new Map(keys.map((key) => [key.kid, key]));
  return {
    async hash(token) {
      const [first] = keys;
      if (first === undefined) throw new RangeError("the key ring is empty");
      return { kid: first.kid, hash: await mac(first, token) };
    },
    async matches(token, kid, hash) {
      const key = byKid.get(kid);
      return key !== undefined && (await checkMac(key, token, hash));
    },
  };
}
