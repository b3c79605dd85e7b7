import { bigint, boolean, integer, jsonb, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { posthorn, bytes, moment, made, changed } from "./schema/columns.ts";

/**
 * The tables for Drizzle's queries. The truth is drizzle/*.sql (partitions and functions are beyond a schema builder);
 * a test compares the two, column by column.
 */
export { posthorn } from "./schema/columns.ts";
export * from "./schema/moving.ts";

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
