import type { QueryResultRow } from "pg";
import type { Gateway, TestEndpoint } from "./gateway.ts";

/** An endpoint's lane as the tables have it; the last five are null where the gateway does not look at it. */
export interface LaneRow extends QueryResultRow {
  readonly lane: string;
  readonly lane_reason: string | null;
  readonly lane_detail: string | null;
  readonly reason: string | null;
  readonly next_at: Date | null;
  readonly room: number | null;
  readonly probes: number | null;
  readonly failures: number | null;
}

export async function laneOf(gateway: Gateway, endpoint: TestEndpoint): Promise<LaneRow> {
  const [row] = await gateway.rows<LaneRow>(
    `select n.lane, n.lane_reason, n.lane_detail, l.reason, l.next_at, l.room, l.probes, l.failures
     from posthorn.endpoints n left join posthorn.lanes l on l.endpoint_id = n.id where n.id = $1`,
    [endpoint.id],
  );
  if (row === undefined) throw new Error("there is no such endpoint");
  return row;
}

/** How many of the endpoint's deliveries are in each state. */
export async function states(gateway: Gateway, endpoint: TestEndpoint): Promise<Record<string, number>> {
  const rows = await gateway.rows<{ status: string; count: number }>(
    "select status, count(*)::int as count from posthorn.deliveries where endpoint_id = $1 group by status",
    [endpoint.id],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** Publishes many events in one statement; `keys`: the ordering key of each, in turn. Their data is `{"n": …}`, from 1. */
export async function publishMany(
  gateway: Gateway,
  tenantId: string,
  type: string,
  count: number,
  keys: readonly string[] = [],
): Promise<void> {
  const items = Array.from({ length: count }, (_, i) => ({
    ordinal: i,
    tenant_id: tenantId,
    type,
    data: JSON.stringify({ n: i + 1 }),
    ordering_key: keys.length === 0 ? null : keys[i % keys.length],
  }));
  await gateway.rows("select posthorn.accept_events($1::json, false)", [JSON.stringify(items)]);
}

/** Deliveries of the endpoint that wait for their lane and have a job all the same. */
export async function heldWithJob(gateway: Gateway, endpoint: TestEndpoint): Promise<number> {
  const [row] = await gateway.rows<{ count: number }>(
    `select count(*)::int as count from posthorn.deliveries d join graphile_worker._private_jobs j on j.payload ->> 'id' = d.id::text
     where d.endpoint_id = $1 and d.status = 'held' and j.locked_at is null`,
    [endpoint.id],
  );
  return row?.count ?? 0;
}
