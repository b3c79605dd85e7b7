import {
  bigint,
  boolean,
  customType,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";

/**
 * The tables for Drizzle's queries. The truth is drizzle/*.sql (partitions and functions are beyond a schema builder);
 * a test compares the two, column by column.
 */
export const posthorn = pgSchema("posthorn");

const bytes = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const made = () => moment("created_at").notNull();
const changed = () => moment("updated_at").notNull();

export const tenants = posthorn.table("tenants", {
  id: text("id").primaryKey(),
  name: text("name"),
  metadata: jsonb("metadata").$type<Record<string, unknown>>().notNull(),
  endpointCount: integer("endpoint_count").notNull(),
  operational: text("operational").array().notNull(),
  prefixLengths: integer("prefix_lengths").array().notNull(),
  evaluated: boolean("evaluated").notNull(),
  createdAt: made(),
  updatedAt: changed(),
});

export const apiKeys = posthorn.table("api_keys", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  role: text("role").$type<Role>().notNull(),
  tenantId: text("tenant_id"),
  kid: text("kid").notNull(),
  keyHash: bytes("key_hash").notNull(),
  createdBy: text("created_by").notNull(),
  createdAt: made(),
  expiresAt: moment("expires_at"),
  revokedAt: moment("revoked_at"),
});
export type Role = "operator" | "publisher" | "support" | "tenant";

export const catalogs = posthorn.table("catalogs", {
  name: text("name").primaryKey(),
  description: text("description").notNull(),
  title: text("title"),
  document: text("document"),
  naming: text("naming"),
  schemaUrl: text("schema_url"),
  revision: bigint("revision", { mode: "number" }).notNull(),
  createdAt: made(),
  updatedAt: changed(),
});

export const eventTypes = posthorn.table(
  "event_types",
  {
    catalog: text("catalog").notNull(),
    name: text("name").notNull(),
    description: text("description"),
    category: text("category"),
    deprecated: boolean("deprecated").notNull(),
    revision: bigint("revision", { mode: "number" }).notNull(),
    hasSchema: boolean("has_schema").notNull(),
    ruled: boolean("ruled").notNull(),
    enveloped: boolean("enveloped").notNull(),
    createdAt: made(),
    updatedAt: changed(),
  },
  (t) => [primaryKey({ columns: [t.catalog, t.name] })],
);

export const eventTypeVersions = posthorn.table(
  "event_type_versions",
  {
    catalog: text("catalog").notNull(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    schema: text("schema"),
    example: text("example"),
    position: integer("position").notNull(),
    ref: text("ref"),
    retiredAt: moment("retired_at"),
    createdAt: made(),
    updatedAt: changed(),
  },
  (t) => [primaryKey({ columns: [t.catalog, t.name, t.version] })],
);

export const endpoints = posthorn.table("endpoints", {
  id: uuid("id").primaryKey(),
  tenantId: text("tenant_id").notNull(),
  url: text("url").notNull(),
  description: text("description"),
  headers: jsonb("headers").$type<Record<string, string>>().notNull(),
  retrySchedule: integer("retry_schedule").array(),
  timeoutMs: integer("timeout_ms").notNull(),
  payloadFormat: text("payload_format").$type<PayloadFormat>().notNull(),
  signature: text("signature").$type<SignatureVersion>().notNull(),
  metadata: jsonb("metadata").$type<Record<string, unknown>>().notNull(),
  lane: text("lane").$type<"open" | "held">().notNull(),
  laneReason: text("lane_reason").$type<LaneReason>(),
  laneSince: moment("lane_since"),
  laneDetail: text("lane_detail"),
  mode: text("mode").$type<EndpointMode>().notNull(),
  rateLimit: jsonb("rate_limit").$type<Allowance>(),
  ordered: boolean("ordered").notNull(),
  feedPosition: bigint("feed_position", { mode: "number" }).notNull(),
  revision: bigint("revision", { mode: "number" }).notNull(),
  createdAt: made(),
  updatedAt: changed(),
});
export type PayloadFormat = "standard" | "cloudevents" | "native" | "thin";
export type SignatureVersion = "v1" | "v1a";
/** Who holds a lane: people (paused, disabled) or the gateway. Null with a lane that is held: the endpoint polls. */
export type LaneReason = "paused" | "disabled" | GatewayReason;
export type GatewayReason = "failing" | "slow" | "throttled";
export type EndpointMode = "push" | "poll";
/** At most `max` in any window of so many seconds. */
export interface Allowance {
  readonly max: number;
  readonly windowSeconds: number;
}

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

export const endpointSecrets = posthorn.table("endpoint_secrets", {
  id: uuid("id").primaryKey(),
  tenantId: text("tenant_id").notNull(),
  endpointId: uuid("endpoint_id").notNull(),
  kid: text("kid").notNull(),
  nonce: bytes("nonce").notNull(),
  ciphertext: bytes("ciphertext").notNull(),
  createdAt: made(),
  expiresAt: moment("expires_at"),
});

export const subscriptions = posthorn.table("subscriptions", {
  id: uuid("id").primaryKey(),
  tenantId: text("tenant_id").notNull(),
  endpointId: uuid("endpoint_id").notNull(),
  eventTypes: text("event_types").array().notNull(),
  exactTypes: text("exact_types").array().notNull(),
  prefixes: text("prefixes").array().notNull(),
  catalog: text("catalog"),
  version: text("version"),
  filter: text("filter"),
  transform: text("transform"),
  throttle: jsonb("throttle").$type<Allowance>(),
  ordering: text("ordering").$type<OnFailure>(),
  evaluated: boolean("evaluated").notNull(),
  filterFailures: bigint("filter_failures", { mode: "number" }).notNull(),
  lastFilterFailure: text("last_filter_failure"),
  lastFilterFailedAt: moment("last_filter_failed_at"),
  createdAt: made(),
  updatedAt: changed(),
});
/** What becomes of those behind a delivery that failed for good: they wait for a person, or go on. */
export type OnFailure = "block" | "skip";

export const subscriptionPatterns = posthorn.table(
  "subscription_patterns",
  {
    tenantId: text("tenant_id").notNull(),
    pattern: text("pattern").notNull(),
    endpointId: uuid("endpoint_id").notNull(),
    subscriptionId: uuid("subscription_id").notNull(),
    catalog: text("catalog"),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.pattern, t.endpointId, t.subscriptionId] })],
);

export const preferences = posthorn.table(
  "preferences",
  {
    tenantId: text("tenant_id").notNull(),
    catalog: text("catalog").notNull(),
    userId: text("user_id").notNull(),
    name: text("name").notNull(),
    enabled: boolean("enabled").notNull(),
    updatedAt: changed(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.catalog, t.userId, t.name] })],
);

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
