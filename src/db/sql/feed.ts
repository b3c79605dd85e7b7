import type { PayloadFormat } from "../schema.ts";
import type { Statement } from "../store.ts";

/** What each does stands in drizzle/0016_feed.sql. */

export interface FeedHead {
  readonly state: "ok" | "missing" | "push" | "disabled" | "ahead";
  /** The database's clock, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** A delivery of the page; `position` is a bigint as text. */
export interface FeedRow extends FeedHead {
  readonly position: string;
  readonly deliveryId: string;
  readonly eventId: string;
  readonly externalId: string | null;
  readonly eventType: string;
  readonly attempt: number;
  readonly payloadFormat: PayloadFormat;
  readonly traceId: string | null;
  readonly body: string;
}

export type EmptyFeedRow = FeedHead & { readonly [K in Exclude<keyof FeedRow, keyof FeedHead>]: null };

/** ($1 tenant, $2 endpoint, $3 acknowledged up to this position, or null, $4 deliveries, $5 bytes, $6 the caller's address) → one row at least. */
export const readFeed: Statement = {
  name: "read_feed",
  text: `select f.state, f.now_ms as "nowMs", f.position, f.delivery_id as "deliveryId", f.event_id as "eventId", f.external_id as "externalId",
    f.event_type as "eventType", f.attempt, f.payload_format as "payloadFormat", f.trace_id as "traceId", f.body
  from posthorn.read_feed($1, $2, $3, $4, $5, $6) f`,
};

/** ($1 endpoints, $2 whether old deliveries are looked for as well) → those whose feed has another answer than an empty page. */
export const feedsReady: Statement = {
  name: "feeds_ready",
  text: "select feeds_ready as id from posthorn.feeds_ready($1, $2)",
};
