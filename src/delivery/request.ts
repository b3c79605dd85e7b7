import type { LoadedDelivery } from "#db/sql/delivery.ts";
import { encodeId } from "#domain/ids.ts";
import { signatures, type Target } from "./endpoints.ts";
import type { SendRequest } from "./sender.ts";

/** What a delivery sends at `nowMs`: the exact body, signed with every secret that is valid then. */
export async function requestOf(
  row: LoadedDelivery,
  target: Target,
  nowMs: number,
  userAgent: string,
): Promise<SendRequest> {
  const id = row.external_id ?? encodeId("event", row.event_id);
  const headers: Record<string, string> = {
    ...target.headers,
    "content-type": row.payload_format === "cloudevents" ? "application/cloudevents+json" : "application/json",
    "user-agent": userAgent,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(nowMs / 1000)),
    "webhook-signature": await signatures(target, id, nowMs, row.body),
  };
  const traceparent = traceparentOf(row.trace_id);
  if (traceparent) headers["traceparent"] = traceparent;
  return { url: target.url, headers, body: row.body, timeoutMs: target.timeoutMs };
}

/** W3C Trace Context: a whole traceparent is passed on; other trace ids stay in the event. */
function traceparentOf(traceId: string | null): string | null {
  return traceId && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceId) ? traceId : null;
}
