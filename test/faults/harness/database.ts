import { setTimeout as delay } from "node:timers/promises";
import { Client, type QueryResultRow } from "pg";
import type { DatabaseRow } from "./books.ts";

/** What of the database is still to be done. */
export interface OpenWork extends QueryResultRow {
  /** Deliveries, by their status. */
  readonly queued: number;
  readonly scheduled: number;
  readonly held: number;
  /** The latest moment, from now on, that something scheduled waits for; 0: none. */
  readonly due_ms: number;
  readonly to_fan_out: number;
  readonly jobs: number;
}

export async function openWork(url: string): Promise<OpenWork> {
  const [row] = await read<OpenWork>(
    url,
    `select count(*) filter (where status = 'queued')::int as queued, count(*) filter (where status = 'scheduled')::int as scheduled,
       count(*) filter (where status = 'held')::int as held, coalesce(max(extract(epoch from due_at) * 1000) filter (where status = 'scheduled'), 0)::float8 as due_ms,
       (select count(*)::int from posthorn.events where fan_out_after is not null) as to_fan_out,
       (select count(*)::int from graphile_worker._private_jobs) as jobs
     from posthorn.deliveries where status in ('queued', 'scheduled', 'held')`,
  );
  if (row === undefined) throw new Error("an aggregate has a row");
  return row;
}

/** Every delivery that there is. */
export function databaseRows(url: string): Promise<DatabaseRow[]> {
  return read<DatabaseRow & QueryResultRow>(
    url,
    `select e.id as event_id, e.external_id, d.endpoint_id, d.status, d.attempts, coalesce(a.recorded, 0) as recorded,
       coalesce(a.succeeded, 0) as succeeded, (extract(epoch from d.due_at) * 1000)::float8 as due_ms,
       (extract(epoch from d.updated_at) * 1000)::float8 as updated_ms
     from posthorn.deliveries d join posthorn.events e on e.id = d.event_id
     left join (select delivery_id, count(*)::int as recorded, count(*) filter (where outcome = 'succeeded')::int as succeeded
                from posthorn.attempts group by delivery_id) a on a.delivery_id = d.id`,
  );
}

/** Whether a deliverer with this process id says that it lives. */
export async function hasHeartbeat(url: string, pid: number): Promise<boolean> {
  return (await read(url, "select from posthorn.deliverers where pid = $1", [pid])).length > 0;
}

// A connection for each look: the fault may have hit the last one. The server may still be coming back.
async function read<Row extends QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000, query_timeout: 15_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      return (await client.query<Row>(text, values)).rows;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(100);
    } finally {
      void client.end().catch(() => {});
    }
  }
}
