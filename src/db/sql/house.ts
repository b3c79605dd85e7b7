import type { Statement } from "../store.ts";

/** What deliverers do beside delivering; each function stands in drizzle/0017_keeping_house.sql. */

/** One page of a sweep: what it mended, and where the next one begins; null: the sweep has ended. */
export interface Swept {
  readonly mended: number;
  readonly next: string | null;
  readonly next_key?: string | null;
}

/** ($1 grace in ms, $2 deliveries looked at, $3 due behind). The moment as text: a Date would lose its microseconds. */
export const reconcileDeliveries: Statement = {
  name: "reconcile_deliveries",
  text: "select mended, next::text as next from posthorn.reconcile_deliveries($1, $2, $3::timestamptz)",
};
/** ($1 grace in ms, $2 events, $3 behind this one) */
export const reconcileEvents: Statement = {
  name: "reconcile_events",
  text: "select mended, next from posthorn.reconcile_events($1, $2, $3)",
};
/** ($1 endpoints, $2 behind this one) */
export const reconcileLanes: Statement = {
  name: "reconcile_lanes",
  text: "select mended, next from posthorn.reconcile_lanes($1, $2)",
};
/** ($1 grace in ms, $2 rows to look at, $3 and $4 behind this endpoint and key) */
export const reconcileKeys: Statement = {
  name: "reconcile_keys",
  text: "select mended, next, next_key from posthorn.reconcile_keys($1, $2, $3, $4)",
};

/** ($1 how old a count may be, $2 how long a statement may count, both in ms) → whether it is to be gone on with */
export const takeCensus: Statement = { name: "take_census", text: "select posthorn.take_census($1, $2) as more" };

/** What waits, as it was last counted. States: see posthorn.count_more. */
export interface Census {
  readonly waiting: Readonly<Record<string, { readonly count: number; readonly oldestSeconds: number }>>;
  readonly replays: Readonly<Record<string, number>>;
  /** Unix seconds; null: never yet. */
  readonly taken_at: number | null;
}
export const readCensus: Statement = {
  name: "read_census",
  text: "select waiting, replays, extract(epoch from taken_at)::double precision as taken_at from posthorn.census",
};
