import type { PayloadFormat } from "#db/schema.ts";
import { encodeId } from "#domain/ids.ts";
import { sign, type SigningKey } from "#verify/index.ts";

/** One delivery's content, as it is signed. */
export interface SignedContent {
  /** UUID. */
  readonly eventId: string;
  /** The publisher's own id of the event. */
  readonly externalId: string | null;
  readonly payloadFormat: PayloadFormat;
  readonly traceId: string | null;
  /** The exact text, or its bytes. */
  readonly body: string | Uint8Array;
}

/** A key that signs; null: the current one. Milliseconds since the epoch. */
export interface ExpiringKey {
  readonly key: SigningKey;
  readonly expiresAtMs: number | null;
}

/** The headers that go with a body, pushed or fetched: its type, and who signed it at `nowMs`. @param keys the current one first */
export async function signedHeaders(
  content: SignedContent,
  keys: readonly ExpiringKey[],
  nowMs: number,
): Promise<Record<string, string> & { readonly "webhook-id": string }> {
  const id = content.externalId ?? encodeId("event", content.eventId);
  const traceparent = traceparentOf(content.traceId);
  return {
    "content-type": content.payloadFormat === "cloudevents" ? "application/cloudevents+json" : "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(nowMs / 1000)),
    "webhook-signature": await signatures(keys, id, nowMs, content.body),
    ...(traceparent === null ? {} : { traceparent }),
  };
}

/** One signature for every secret that is valid at `nowMs`, the current one first. */
async function signatures(
  keys: readonly ExpiringKey[],
  id: string,
  nowMs: number,
  body: SignedContent["body"],
): Promise<string> {
  const message = { id, timestamp: Math.floor(nowMs / 1000), body };
  const [current, ...previous] = keys;
  if (!current) throw new Error("the endpoint has no secret");
  const first = await sign(message, current.key);
  const valid = previous.filter((k) => k.expiresAtMs === null || k.expiresAtMs > nowMs);
  if (valid.length === 0) return first;
  return [first, ...(await Promise.all(valid.map((k) => sign(message, k.key))))].join(" ");
}

/** W3C Trace Context: a whole traceparent is passed on; other trace ids stay in the event. */
function traceparentOf(traceId: string | null): string | null {
  return traceId && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceId) ? traceId : null;
}
