import { bigint, boolean, integer, text, uuid } from "drizzle-orm/pg-core";
import type { GatewayReason, PayloadFormat } from "../schema.ts";
import { posthorn, moment, made, changed } from "./columns.ts";

/** What moves: events, their deliveries, and what lets these through. */

/** Endpoints that the gateway looks at; a healthy one has no row. */
export const lanes = posthorn.table("lanes", {
  endpointId: uuid("endpoint_id").primaryKey(),
  reason: text("reason").$type<GatewayReason>(),
  since: moment("since"),
  nextAt: moment("next_at"),
  room: integer("room").notNull(),
  probes: integer("probes").notNull(),
  probing: boolean("probing").notNull(),
  blockedUntil: moment("blocked_until"),
  drainedAt: moment("drained_at"),
  failures: integer("failures").notNull(),
  failingSince: moment("failing_since"),
  succeededAt: moment("succeeded_at"),
  windowAt: moment("window_at").notNull(),
  windowSucceeded: integer("window_succeeded").notNull(),
  windowFailed: integer("window_failed").notNull(),
  keyCursor: text("key_cursor"),
});

export const rateLimits = posthorn.table("rate_limits", {
  endpointId: uuid("endpoint_id").primaryKey(),
  moments: moment("moments").array().notNull(),
  sent: integer("sent").array().notNull(),
});

export const events = posthorn.table("events", {
  id: uuid("id").primaryKey(),
  tenantId: text("tenant_id").notNull(),
  externalId: text("external_id"),
  catalog: text("catalog").notNull(),
  type: text("type").notNull(),
  version: text("version"),
  occurredAt: moment("occurred_at").notNull(),
  acceptedAt: moment("accepted_at").notNull(),
  source: text("source"),
  userId: text("user_id"),
  correlationId: text("correlation_id"),
  traceId: text("trace_id"),
  orderingKey: text("ordering_key"),
  metadata: text("metadata"),
  body: text("body").notNull(),
  dataStart: integer("data_start").notNull(),
  operational: boolean("operational").notNull(),
  fanOutAfter: uuid("fan_out_after"),
  native: text("native"),
  validated: boolean("validated").notNull(),
  verdict: text("verdict"),
});

export const deliveries = posthorn.table("deliveries", {
  id: uuid("id").primaryKey(),
  tenantId: text("tenant_id").notNull(),
  endpointId: uuid("endpoint_id").notNull(),
  eventId: uuid("event_id").notNull(),
  subscriptionId: uuid("subscription_id"),
  eventType: text("event_type").notNull(),
  status: text("status").$type<DeliveryStatus>().notNull(),
  reason: text("reason"),
  attempts: integer("attempts").notNull(),
  step: integer("step").notNull(),
  dueAt: moment("due_at").notNull(),
  body: text("body"),
  payloadFormat: text("payload_format").$type<PayloadFormat>().notNull(),
  operational: boolean("operational").notNull(),
  detail: text("detail"),
  admitted: boolean("admitted").notNull(),
  orderingKey: text("ordering_key"),
  orderedAt: moment("ordered_at"),
  blocks: boolean("blocks").notNull(),
  replayId: uuid("replay_id"),
  feedPosition: bigint("feed_position", { mode: "number" }),
  createdAt: made(),
  updatedAt: changed(),
});
export type DeliveryStatus = "held" | "scheduled" | "queued" | "delivered" | "failed" | "canceled" | "skipped";

export const attempts = posthorn.table("attempts", {
  id: uuid("id").primaryKey(),
  tenantId: text("tenant_id").notNull(),
  endpointId: uuid("endpoint_id").notNull(),
  deliveryId: uuid("delivery_id").notNull(),
  number: integer("number").notNull(),
  startedAt: moment("started_at").notNull(),
  durationMs: integer("duration_ms").notNull(),
  outcome: text("outcome").$type<"succeeded" | "failed">().notNull(),
  failure: text("failure").$type<AttemptFailure>(),
  httpStatus: integer("http_status"),
  error: text("error"),
  responseBody: text("response_body"),
  address: text("address"),
});
export type AttemptFailure =
  | "timeout"
  | "dns"
  | "tls"
  | "connection"
  | "blockedAddress"
  | "httpStatus"
  | "protocol"
  | "interrupted";

export const replays = posthorn.table("replays", {
  id: uuid("id").primaryKey(),
  tenantId: text("tenant_id").notNull(),
  endpointId: uuid("endpoint_id").notNull(),
  since: moment("since").notNull(),
  until: moment("until").notNull(),
  eventTypes: text("event_types").array(),
  statuses: text("statuses").array().$type<ReplayableStatus[]>().notNull(),
  ratePerSecond: integer("rate_per_second"),
  status: text("status").$type<ReplayStatus>().notNull(),
  matched: bigint("matched", { mode: "number" }).notNull(),
  admitted: bigint("admitted", { mode: "number" }).notNull(),
  skipped: bigint("skipped", { mode: "number" }).notNull(),
  delivered: bigint("delivered", { mode: "number" }),
  failed: bigint("failed", { mode: "number" }),
  canceled: bigint("canceled", { mode: "number" }),
  phase: text("phase").$type<"deliveries" | "events" | "admitted">().notNull(),
  cursor: uuid("cursor").notNull(),
  nextAt: moment("next_at"),
  pacedAt: moment("paced_at"),
  createdBy: text("created_by").notNull(),
  createdAt: made(),
  startedAt: moment("started_at"),
  endedAt: moment("ended_at"),
});
/** missed: never made, because the endpoint was disabled or not subscribed then. */
export type ReplayableStatus = "failed" | "delivered" | "missed";
export type ReplayStatus = "waiting" | "running" | "completed" | "canceled";

export const deliverers = posthorn.table("deliverers", {
  id: text("id").primaryKey(),
  hostname: text("hostname").notNull(),
  pid: integer("pid").notNull(),
  version: text("version").notNull(),
  startedAt: moment("started_at").notNull(),
  heartbeatAt: moment("heartbeat_at").notNull(),
});
