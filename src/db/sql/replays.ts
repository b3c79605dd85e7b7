import type { LaneReason, ReplayableStatus, ReplayStatus } from "../schema.ts";
import type { Statement } from "../store.ts";
import type { EventToShape } from "./delivery.ts";

/** Statements of replays; what each does stands in drizzle/0015_replays.sql. */

export interface ReplayRow {
  readonly id: string;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly since: Date;
  readonly until: Date;
  readonly eventTypes: string[] | null;
  readonly statuses: ReplayableStatus[];
  readonly ratePerSecond: number | null;
  readonly status: ReplayStatus;
  readonly phase: "deliveries" | "events" | "admitted";
  readonly matched: number;
  readonly admitted: number;
  readonly skipped: number;
  readonly delivered: number;
  readonly failed: number;
  readonly canceled: number;
  readonly remaining: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Why its endpoint's lane is held; null: it is open. */
  readonly laneReason: LaneReason | null;
  /** By the database's clock. */
  readonly now: Date;
}

// Counts as double precision: pg gives bigint as text, postgres.js as well.
const columns = `
  r.id, r.tenant_id as "tenantId", r.endpoint_id as "endpointId", r.since, r.until, r.event_types as "eventTypes", r.statuses,
  r.rate_per_second as "ratePerSecond", r.status, r.phase, r.matched::float8, r.admitted::float8, r.skipped::float8, p.delivered::float8, p.failed::float8,
  p.canceled::float8, p.remaining::float8, r.created_by as "createdBy", r.created_at as "createdAt", r.started_at as "startedAt",
  r.ended_at as "endedAt", (select n.lane_reason from posthorn.endpoints n where n.id = r.endpoint_id) as "laneReason", posthorn.now() as now`;

/** ($1 tenant, $2 replay) → ReplayRow. */
export const findReplay: Statement = {
  name: "find_replay_1",
  text: `select ${columns} from posthorn.replays r cross join lateral posthorn.replay_progress(r) p where r.tenant_id = $1 and r.id = $2`,
};

/** ($1 tenant, $2 id of the last one seen or null, $3 limit) → ReplayRow, the newest first. */
export const listReplays: Statement = {
  name: "list_replays_1",
  // The page first: what has become of a replay's deliveries is counted for those shown alone.
  text: `select ${columns} from (
      select * from posthorn.replays where tenant_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3) x
    join posthorn.replays r on r.id = x.id cross join lateral posthorn.replay_progress(r) p order by r.id desc`,
};

export interface Counted {
  readonly result: "ok" | "missing" | "disabled" | "sinceAhead" | "untilAhead";
  readonly matched: number;
  /** The moment that the count is about, as text: a Date would lose the microseconds. */
  readonly as_of: string;
  readonly phase: "deliveries" | "events" | "admitted" | null;
  readonly cursor: string | null;
}
/** ($1 tenant, $2 endpoint, $3 since, $4 until, $5 types, $6 statuses, $7 as of, $8 phase, $9 cursor, $10 rows to look at) → Counted. */
export const countReplay: Statement = {
  name: "count_replay_1",
  text: "select * from posthorn.count_replay($1, $2, $3, $4, $5, $6, $7::timestamptz, $8, $9, $10)",
};

export interface Created {
  readonly result: "ok" | "missing" | "disabled" | "tooMany";
  readonly id: string | null;
}
/** ($1 tenant, $2 endpoint, $3 since, $4 until, $5 types, $6 statuses, $7 as of, $8 rate, $9 matched, $10 actor, $11 unfinished at most) → Created. */
export const createReplay: Statement = {
  name: "create_replay_1",
  text: "select * from posthorn.create_replay($1, $2, $3, $4, $5, $6, $7::timestamptz, $8, $9, $10, $11)",
};

/** ($1 tenant, $2 replay, $3 deliveries to cancel at once) → one row: canceled, completed or missing. */
export const cancelReplay: Statement = {
  name: "cancel_replay_1",
  text: "select posthorn.cancel_replay($1, $2, $3) as result",
};

/** ($1 deliveries at most for each, $2 that may be under way of each) → how many were admitted, and when there is more to do. */
export const admitReplays: Statement = {
  name: "admit_replays_1",
  text: "select * from posthorn.admit_replays($1, $2)",
};

export interface ClaimedEvents {
  readonly replay: string;
  /** The fence: the place from which the page was read. */
  readonly after: string;
  readonly events: readonly string[];
  /** Where the next page begins; null: this is the last one. */
  readonly reached: string | null;
}
/** ($1 events at most, $2 deliveries that may be under way) → ClaimedEvents; no row: there are none. */
export const claimMissed: Statement = { name: "claim_missed_1", text: "select * from posthorn.claim_missed($1, $2)" };

export type MissedEvent = EventToShape & { readonly id: string };
/** ($1 replay, $2 events) → MissedEvent, in order of their ids; those left off follow. */
export const loadMissed: Statement = { name: "load_missed_1", text: "select * from posthorn.load_missed($1, $2)" };

/** ($1 replay, $2 the fence, $3 where the next page begins, $4 events looked at, $5 targets) → whether it was written. */
export const replayMissed: Statement = {
  name: "replay_missed_1",
  text: "select posthorn.replay_missed($1, $2, $3, $4, $5::json) as written",
};
