import { z } from "@hono/zod-openapi";
import { encodeId } from "#domain/ids.ts";
import { DEFAULT_RETRY_SCHEDULE } from "#domain/retry.ts";
import type { Principal } from "#services/context.ts";
import {
  RATE_LIMIT_MAX,
  RATE_LIMIT_WINDOW_MAX_SECONDS,
  TIMEOUT_DEFAULT_MS,
  TIMEOUT_MAX_MS,
  TIMEOUT_MIN_MS,
} from "#services/endpointRules.ts";
import type { Endpoint, EndpointDetail } from "#services/endpoints.ts";
import { boundedText, idOf, metadata, shownId, shownMetadata, shownTime, tenantId } from "../schemas.ts";
import { lane, showLane, showWholeLane, wholeLane } from "./endpointLaneSchemas.ts";

/** What the endpoints' routes share. */

export const endpointPath = "/v1/tenants/{tenantId}/endpoints/{endpointId}";
export const endpointParams = z.object({ tenantId, endpointId: idOf("endpoint") });

const url = z.string().min(1).max(4096);
const headers = z.record(z.string(), z.string()).openapi({
  description:
    "Sent with every delivery. The gateway's own and those that steer the connection are refused; support does not see the values",
  example: { "x-api-version": "2" },
});
const retrySchedule = z
  .array(z.number().int())
  .max(1000)
  .openapi({
    description: "Seconds after the previous attempt, one entry a retry: up to 20 of 1 to 604800. Empty: one attempt",
    example: [5, 300, 1800],
  });
const timeoutMs = z.number().int().min(TIMEOUT_MIN_MS).max(TIMEOUT_MAX_MS).openapi({ example: TIMEOUT_DEFAULT_MS });
const payloadFormat = z.enum(["standard", "cloudevents", "native", "thin"]).openapi({
  description:
    "The standard body; CloudEvents 1.0; the document as its catalog's publisher wrote it (without an envelope the data alone); or id, type, time and tenant without the data",
});
const signature = z
  .enum(["v1", "v1a"])
  .openapi({ description: "HMAC-SHA256 with a shared secret, or ed25519 with a key pair" });
export const eventTypes = z
  .array(z.string().max(256))
  .min(1)
  .max(500)
  .openapi({
    description:
      "Names, prefixes that end in `*`, or `*` alone. The gateway's own events need a pattern that begins with `API.`",
    example: ["invoice.paid", "customer.*"],
  });
export const secretInput = z.string().min(1).max(256).openapi({
  description:
    "Your own: `whsec_` with 24 to 64 bytes in base64 for v1, `whsk_` for v1a. One is made where none is given",
});

const mode = z.enum(["push", "poll"]).openapi({
  description:
    "push: deliveries are sent to the URL. poll: they wait until they are fetched from the endpoint's feed. Switching loses nothing",
});
const rateLimit = z
  .strictObject({
    max: z.number().int().min(1).max(RATE_LIMIT_MAX).openapi({ example: 100 }),
    windowSeconds: z.number().int().min(1).max(RATE_LIMIT_WINDOW_MAX_SECONDS).openapi({ example: 1 }),
  })
  .openapi("RateLimit", {
    description:
      "At most `max` requests in any `windowSeconds`, retries and replays among them, whatever number of deliverers there is; the others wait",
    example: { max: 100, windowSeconds: 1 },
  });

const changeable = {
  description: boundedText(1024).nullable().optional(),
  headers: headers.nullable().optional(),
  retrySchedule: retrySchedule.nullable().optional(),
  timeoutMs: timeoutMs.nullable().optional(),
  payloadFormat: payloadFormat.nullable().optional(),
  mode: mode.nullable().optional(),
  rateLimit: rateLimit.nullable().optional(),
  metadata: metadata.nullable().optional(),
};

export const endpointInput = z
  .strictObject({
    url,
    ...changeable,
    eventTypes: eventTypes.optional(),
    signature: signature.default("v1"),
    secret: secretInput.optional(),
  })
  .openapi("EndpointInput", { example: { url: "https://hooks.example.com/posthorn", eventTypes: ["invoice.*"] } });

export const endpointPatch = z.strictObject({ url: url.optional(), ...changeable }).openapi("EndpointPatch", {
  example: { description: "Billing", timeoutMs: 10_000, headers: null, rateLimit: { max: 100, windowSeconds: 1 } },
});

/** Fields that somebody may well send, and what to do instead. */
export const patchHints = {
  signature: "cannot change: make another endpoint",
  secret: "changes with POST …/secret/rotate",
  eventTypes: "changes with the endpoint's subscriptions",
};

export const endpoint = z
  .object({
    id: shownId("endpoint"),
    tenantId,
    url: z.string().openapi({ example: "https://hooks.example.com/posthorn" }),
    description: z.string().nullable().openapi({ example: null }),
    headers: z.record(z.string(), z.string()).openapi({ example: { "x-api-version": "2" } }),
    retrySchedule: z.array(z.number().int()).openapi({ example: [...DEFAULT_RETRY_SCHEDULE] }),
    timeoutMs: z.number().int().openapi({ example: TIMEOUT_DEFAULT_MS }),
    payloadFormat,
    signature,
    mode,
    rateLimit: rateLimit.nullable(),
    metadata: shownMetadata,
    lane,
    createdAt: shownTime,
    updatedAt: shownTime,
  })
  .openapi("Endpoint");

export const endpointDetail = endpoint.extend({ lane: wholeLane }).openapi("EndpointDetail");

/** With its lane as it is where one endpoint is asked for. */
export function showEndpointDetail(row: EndpointDetail, principal: Principal) {
  return { ...showEndpoint(row, principal), lane: showWholeLane(row) };
}

/** The headers' values are often credentials: support sees their names. */
export function showEndpoint(row: Endpoint, { role }: Principal) {
  const hidden = Object.fromEntries(Object.keys(row.headers).map((name) => [name, "(hidden)"]));
  return {
    id: encodeId("endpoint", row.id),
    tenantId: row.tenantId,
    url: row.url,
    description: row.description,
    headers: role === "support" ? hidden : row.headers,
    retrySchedule: row.retrySchedule ?? [...DEFAULT_RETRY_SCHEDULE],
    timeoutMs: row.timeoutMs,
    payloadFormat: row.payloadFormat,
    signature: row.signature,
    mode: row.mode,
    rateLimit: row.rateLimit,
    metadata: row.metadata,
    lane: showLane(row),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
