import type { PayloadFormat, DeliveryStatus, SignatureVersion } from "../schema.ts";
import type { Statement } from "../store.ts";

/** The deliverer's statements; what each does stands in drizzle/0003_delivery.sql. */

export interface LoadedDelivery {
  readonly id: string;
  readonly tenant_id: string;
  readonly endpoint_id: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly step: number;
  readonly operational: boolean;
  readonly payload_format: PayloadFormat;
  readonly body: string;
  readonly event_id: string;
  readonly external_id: string | null;
  readonly trace_id: string | null;
  /** bigint as text, as pg gives it; null when the endpoint was deleted. */
  readonly revision: string | null;
  readonly lane: "open" | "held" | null;
  readonly notify: boolean;
  /** The database's clock, in milliseconds since the epoch. */
  readonly now_ms: number;
}
export const loadDeliveries: Statement = {
  name: "load_deliveries",
  text: "select * from posthorn.load_deliveries($1)",
};

export interface LoadedEndpoint {
  readonly id: string;
  readonly tenant_id: string;
  readonly revision: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly timeout_ms: number;
  readonly retry_schedule: number[] | null;
  readonly signature: SignatureVersion;
  readonly secrets: { id: string; kid: string; nonce: string; ciphertext: string; expires_at_ms: number | null }[];
}
/** Endpoints with every secret that still signs, the current one first; bytes as base64. */
export const loadEndpoints: Statement = {
  name: "load_endpoints",
  text: `select n.id, n.tenant_id, n.revision, n.url, n.headers, n.timeout_ms, n.retry_schedule, n.signature,
  (select coalesce(json_agg(json_build_object('id', s.id, 'kid', s.kid, 'nonce', encode(s.nonce, 'base64'), 'ciphertext', encode(s.ciphertext, 'base64'),
      'expires_at_ms', extract(epoch from s.expires_at) * 1000) order by s.expires_at desc nulls first, s.created_at desc), '[]')
    from posthorn.endpoint_secrets s where s.endpoint_id = n.id and (s.expires_at is null or s.expires_at > posthorn.now())) as secrets
from posthorn.endpoints n where n.id = any ($1::uuid[])`,
};

/** One element of record_outcomes' argument. */
export interface OutcomeRow {
  readonly delivery_id: string;
  readonly attempts: number;
  readonly age_ms: number;
  readonly duration_ms: number;
  readonly outcome: "succeeded" | "failed";
  readonly failure: string | null;
  readonly http_status: number | null;
  readonly error: string | null;
  readonly response_body: string | null;
  readonly address: string | null;
  readonly next: "delivered" | "scheduled" | "failed";
  readonly retry_ms: number;
  readonly step: number;
  readonly gone: boolean;
  readonly notify: boolean;
}
export const recordOutcomes: Statement = {
  name: "record_outcomes",
  text: "select record_outcomes as id from posthorn.record_outcomes($1::json)",
};

export const holdDeliveries: Statement = { name: "hold", text: "select posthorn.hold($1)" };
export const promoteDue: Statement = { name: "promote_due", text: "select posthorn.promote_due($1) as moved" };
export const releaseLane: Statement = { name: "release", text: "select posthorn.release($1, $2) as moved" };
export const fanOut: Statement = {
  name: "fan_out",
  text: "select posthorn.fan_out($1, $2, $3, $4, $5, $6, $7, $8) as written",
};
export const purgeTenant: Statement = {
  name: "purge_tenant",
  text: "select posthorn.purge_tenant($1, $2, $3) as more",
};
export const heartbeat: Statement = { name: "heartbeat", text: "select posthorn.heartbeat($1, $2, $3, $4) as known" };
export const farewell: Statement = { name: "farewell", text: "delete from posthorn.deliverers where id = $1" };
export const reap: Statement = { name: "reap", text: "select reap as id from posthorn.reap($1)" };
export const reconcile: Statement = { name: "reconcile", text: "select * from posthorn.reconcile($1, $2)" };
export const unlockForgotten: Statement = {
  name: "unlock_forgotten",
  text: "select posthorn.unlock_forgotten($1, $2, $3) as unlocked",
};
export const ensurePartitions: Statement = {
  name: "ensure_partitions",
  text: "select posthorn.ensure_partitions($1) as made",
};

/** A subscription that matches an event by name; json of posthorn.load_fan_out. */
export interface CandidateRow {
  readonly endpoint: string;
  readonly subscription: string;
  readonly format: PayloadFormat;
  /** The version that it pins. */
  readonly version: string | null;
  readonly filter: string | null;
  readonly transform: string | null;
}

/** An event that is to be fanned out, with the candidates of its next endpoints. */
export interface EventToFanOut {
  /** Fanned out up to this endpoint. */
  readonly after: string;
  readonly catalog: string;
  readonly type: string;
  readonly version: string | null;
  readonly validated: boolean;
  /** The standard body; `data` is its part from `data_start` on (from 1), less the closing brace. */
  readonly body: string;
  readonly data_start: number;
  readonly candidates: readonly CandidateRow[];
  readonly last_endpoint: string | null;
  /** As many as the page has room for: there may be more. */
  readonly endpoints: number;
}
/** ($1 event, $2 endpoints of a page) → EventToFanOut; no row: it was fanned out already. */
export const loadFanOut: Statement = { name: "load_fan_out", text: "select * from posthorn.load_fan_out($1, $2)" };

/** One delivery to make. Without a body the one of the format is made; with an error it fails. */
export interface FanOutTarget {
  readonly endpoint: string;
  readonly subscription: string;
  readonly format: PayloadFormat;
  readonly body?: string;
  readonly error?: string;
}

export const forgetKeys: Statement = { name: "forget_keys", text: "select posthorn.forget_keys($1) as forgotten" };
