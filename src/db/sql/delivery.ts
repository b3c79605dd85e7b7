import type { PayloadFormat, DeliveryStatus, SignatureVersion } from "../schema.ts";
import type { Statement } from "../store.ts";
import type { EventRow } from "./publish.ts";

/** The deliverer's statements; what each does stands in drizzle/0003_delivery.sql and 0009_fanning_out.sql. */

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
  /** Open: it may be sent, be it that its lane is held and let it through. */
  readonly lane: "open" | "held" | null;
  readonly notify: boolean;
  /** Its transform, its version or its event's data was wrong, and its body is to be made again. */
  readonly rebuild: boolean;
  /** The database's clock, in milliseconds since the epoch. */
  readonly now_ms: number;
  /** Its lane let it through: it belongs to a backlog. */
  readonly admitted: boolean;
  /** When its time had come, by the same clock. */
  readonly due_ms: number;
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
  readonly rate_limit: { readonly max: number; readonly windowSeconds: number } | null;
  readonly secrets: { id: string; kid: string; nonce: string; ciphertext: string; expires_at_ms: number | null }[];
}
/** Endpoints with every secret that still signs, the current one first; bytes as base64. */
export const loadEndpoints: Statement = {
  name: "load_endpoints",
  text: `select n.id, n.tenant_id, n.revision, n.url, n.headers, n.timeout_ms, n.retry_schedule, n.signature, n.rate_limit,
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
  /** Requests that this deliverer has slots for at the endpoint now. */
  readonly room: number;
  /** How long a receiver with too much to do asked to be left alone; null: it did not. */
  readonly wait_ms: number | null;
}
export const recordOutcomes: Statement = {
  name: "record_outcomes",
  text: "select record_outcomes as id from posthorn.record_outcomes($1::json)",
};

/** A delivery that found no slot, or no turn within the rate limit, and when there will be one. */
export interface TurnedAway {
  readonly deliveryId: string;
  readonly reason: "slow" | "throttled";
  readonly waitMs: number;
  readonly room: number;
}
/** ($1 deliveries, $2 reasons, $3 waits in milliseconds, $4 rooms): holds them and their lanes. */
export const turnAway: Statement = { name: "turn_away", text: "select posthorn.turn_away($1, $2, $3, $4)" };

export interface TurnsRow {
  readonly endpoint_id: string;
  /** A turn each: milliseconds from now. */
  readonly delays_ms: readonly number[];
  /** Until there will be another; null: all were granted. */
  readonly wait_ms: number | null;
}
/** ($1 endpoints, $2 how many turns each wants, $3 how far ahead in milliseconds) → TurnsRow */
export const takeTurns: Statement = { name: "take_turns", text: "select * from posthorn.take_turns($1, $2, $3)" };

/** ($1 endpoints, $2 and $3 how long ago each one's promised moment and the true one were, in milliseconds) */
export const correctTurns: Statement = { name: "correct_turns", text: "select posthorn.correct_turns($1, $2, $3)" };

export interface Admitted {
  readonly moved: number;
  /** When there will be more to do; null: nothing is known. */
  readonly next_ms: number | null;
}
/** ($1 endpoints or null: all that are due, $2 page, $3 how many of one endpoint's backlog may be under way) → Admitted */
export const admit: Statement = { name: "admit", text: "select * from posthorn.admit($1, $2, $3)" };

export const holdDeliveries: Statement = { name: "hold", text: "select posthorn.hold($1)" };
export const promoteDue: Statement = { name: "promote_due", text: "select posthorn.promote_due($1) as moved" };
/** ($1 endpoint, $2 page) → how many deliveries of a deleted endpoint it canceled; 0: done, or the endpoint is there. */
export const releaseLane: Statement = { name: "release", text: "select posthorn.release($1, $2) as moved" };
export const purgeTenant: Statement = {
  name: "purge_tenant",
  text: "select posthorn.purge_tenant($1, $2, $3) as more",
};
export const heartbeat: Statement = { name: "heartbeat", text: "select posthorn.heartbeat($1, $2, $3, $4) as known" };
export const farewell: Statement = { name: "farewell", text: "delete from posthorn.deliverers where id = $1" };
export const reap: Statement = { name: "reap", text: "select reap as id from posthorn.reap($1)" };
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

/** An event as its subscribers' bodies are made from it. */
export interface EventToShape {
  readonly tenant_id: string;
  readonly catalog: string;
  readonly type: string;
  readonly version: string | null;
  readonly trace_id: string | null;
  readonly ordering_key: string | null;
  /** The standard body. */
  readonly body: string;
  readonly native: string | null;
  /** Where an endpoint wants it, and the catalog has a document. */
  readonly cloudevent: string | null;
  /** bigint as text; null: the type is gone. */
  readonly type_revision: string | null;
  /** bigint as text; null: the catalog has no document. */
  readonly catalog_revision: string | null;
  /** In the order of endpoints, and for each in the order in which they are asked. */
  readonly candidates: readonly CandidateRow[];
}

/** An event that is to be fanned out, with the candidates of its next endpoints. */
export interface EventToFanOut extends EventToShape {
  readonly id: string;
  /** Fanned out up to this endpoint; the nil UUID: not begun. */
  readonly after: string;
  readonly validated: boolean;
  /** Why none of its deliveries is sent; null: they are, or nobody has judged yet. */
  readonly verdict: "throttled" | "preference" | "invalidEvent" | null;
  readonly last_endpoint: string | null;
  /** As many as the page has room for: there may be more. */
  readonly endpoints: number;
}
/** Null: the candidates of the row before. */
export type LoadedFanOut = Omit<EventToFanOut, "candidates"> & { readonly candidates: readonly CandidateRow[] | null };
/** ($1 events, $2 endpoints of a page) → LoadedFanOut; no row for those that were fanned out already. */
export const loadFanOut: Statement = { name: "load_fan_out", text: "select * from posthorn.load_fan_out($1, $2)" };

/** ($1 delivery) → EventToShape, with the delivery's subscription as its only candidate, or none where that is gone. */
export const loadRebuild: Statement = { name: "load_rebuild", text: "select * from posthorn.load_rebuild($1)" };

/** ($1 delivery, $2 format, $3 body, $4 error) → whether the delivery still waited for it. */
export const rebuild: Statement = { name: "rebuild", text: "select posthorn.rebuild($1, $2, $3, $4) as rebuilt" };

/** One delivery to make. Without a body the one of the format is made; with an error it fails. */
export interface FanOutTarget {
  readonly endpoint: string;
  readonly subscription: string;
  readonly format: PayloadFormat;
  readonly body?: string;
  readonly error?: string;
}

/** An event that follows from another one: what posthorn.event_input takes. */
export type DerivedEvent = Pick<
  EventRow,
  | "tenant_id"
  | "catalog"
  | "type"
  | "version"
  | "source"
  | "user_id"
  | "correlation_id"
  | "trace_id"
  | "metadata"
  | "data"
  | "native"
>;

/** posthorn.fan_out_page; what is absent is null. */
export interface FanOutPage {
  readonly event: string;
  readonly after: string;
  readonly next: string | null;
  readonly rules?: {
    readonly invalid?: true;
    readonly preference?: {
      readonly name: string;
      readonly default: "enabled" | "disabled";
      readonly users: readonly string[];
    };
    readonly throttle?: { readonly max: number; readonly windowSeconds: number; readonly key: string };
  };
  readonly native?: string;
  readonly ordering_key?: string;
  readonly derived?: readonly DerivedEvent[];
  readonly targets: readonly FanOutTarget[];
  readonly failures?: readonly { readonly subscription: string; readonly message: string }[];
}
/** ($1 FanOutPage[]) → the events whose page was written; of the others another was faster. */
export const fanOut: Statement = { name: "fan_out", text: "select fan_out as id from posthorn.fan_out($1::json)" };

/** ($1 events, $2 milliseconds): gives them a job in that time, more or less. */
export const postponeFanOut: Statement = {
  name: "postpone_fan_out",
  text: "select posthorn.postpone_fan_out($1, $2)",
};

export const forgetThrottles: Statement = {
  name: "forget_throttles",
  text: "select posthorn.forget_throttles($1) as forgotten",
};

export const forgetKeys: Statement = { name: "forget_keys", text: "select posthorn.forget_keys($1) as forgotten" };
