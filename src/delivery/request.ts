import { signedHeaders } from "#services/signedHeaders.ts";
import type { Delivery } from "./deliveryRows.ts";
import type { Target } from "./endpoints.ts";
import type { SendRequest } from "./sender.ts";

/** What a delivery sends at `nowMs`: the exact body, signed with every secret that is valid then. */
export async function requestOf(row: Delivery, target: Target, nowMs: number, userAgent: string): Promise<SendRequest> {
  const { event_id: eventId, external_id: externalId, payload_format: payloadFormat, trace_id: traceId, body } = row;
  const signed = await signedHeaders({ eventId, externalId, payloadFormat, traceId, body }, target.keys, nowMs);
  const headers = { ...target.headers, "user-agent": userAgent, ...signed };
  return { url: target.url, headers, body, timeoutMs: target.timeoutMs };
}
