import { WebhookSigningError } from "./errors.ts";
import type { SigningKey } from "./import-signing-key.ts";
import { encodeBase64 } from "./lib/base64.ts";
import { isMessageId, signedContent } from "./lib/signed-content.ts";

/** What is signed: the event's id, the time of this attempt in unix seconds, and the exact bytes or text of the body. */
export type WebhookMessage = { readonly id: string; readonly timestamp: number; readonly body: string | Uint8Array };

const algorithms = { v1: { name: "HMAC" }, v1a: { name: "Ed25519" } } as const;

/**
 * One signature, `v1,…` or `v1a,…` by the kind of the key; join several with a space for `webhook-signature`.
 * Throws WebhookSigningError `malformedMessage` for an id or a timestamp that no receiver would accept.
 */
export async function sign(message: WebhookMessage, key: SigningKey): Promise<string> {
  const { id, timestamp, body } = message;
  if (!isMessageId(id)) {
    throw new WebhookSigningError("malformedMessage", "the id must be 1 to 256 visible ASCII characters, no full stop");
  }
  if (!Number.isSafeInteger(timestamp) || timestamp < 0 || timestamp > 999_999_999_999) {
    throw new WebhookSigningError("malformedMessage", "the timestamp must be whole unix seconds");
  }
  const content = signedContent(id, String(timestamp), body);
  const signature = await crypto.subtle.sign(algorithms[key.version], key.cryptoKey, content);
  return `${key.version},${encodeBase64(new Uint8Array(signature))}`;
}
