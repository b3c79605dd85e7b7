import { encodeBase64 } from "./lib/base64.ts";

/** A new shared secret: `whsec_` and 32 random bytes, as many as HMAC-SHA256 can put to use. */
export function generateSecret(): string {
  return `whsec_${encodeBase64(crypto.getRandomValues(new Uint8Array(32)))}`;
}
