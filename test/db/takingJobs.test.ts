import { Logger, run } from "graphile-worker";
import { expect, test } from "vitest";
import { createPool } from "#db/pg.ts";
import { makeResilient } from "#delivery/resilientPool.ts";
import { ownGateway } from "#test/delivering.ts";
import type { Gateway } from "#test/gateway.ts";
import { until } from "#test/until.ts";

test("a page of jobs is taken without looking at those behind it, the most urgent and then the oldest first", async () => {
  const gateway = await ownGateway();
  await gateway.rows(
    `insert into graphile_worker._private_jobs (task_id, payload, priority, run_at)
     select t.id, json_build_object('n', n), case when n > 19990 then -1 else 0 end, now() - interval '1 hour' + n * interval '1 ms'
     from graphile_worker._private_tasks t cross join generate_series(1, 20000) n where t.identifier = 'deliver'`,
  );
  const [taken] = await gateway.rows<{ first: number[]; read: number }>(
    `with taken as materialized (
       select j.* from posthorn.take_jobs('me', array(select id from graphile_worker._private_tasks), 500) j
     ), read as (
       select seq_tup_read + idx_tup_fetch as rows from pg_stat_xact_all_tables
       where relid = 'graphile_worker._private_jobs'::regclass and (select count(*) from taken) = 500
     )
     select (select array_agg((payload ->> 'n')::int order by priority, run_at) from taken)[9:12] as first, (select rows::int from read) as read`,
  );
  expect(taken?.first).toEqual([19_999, 20_000, 1, 2]);
  expect(taken?.read).toBeLessThan(5_000);
  const [locked] = await gateway.rows(
    "select count(*)::int as count from graphile_worker._private_jobs where locked_by = 'me' and attempts = 1",
  );
  expect(locked).toEqual({ count: 500 });
});

test("a page of jobs is taken by their ids, also where the table had one row when PostgreSQL looked at it last", async () => {
  const gateway = await ownGateway();
  await fillAfterOneRow(gateway, "-1 hour");
  const [taken] = await gateway.rows<{ count: number; read: number }>(
    `with before as materialized (${readSoFar}), taken as materialized (
       select * from posthorn.take_jobs('me', array(select id from graphile_worker._private_tasks), (select 500 from before))
     ), after as materialized (${readSoFar} and (select count(*) from taken) > 0)
     select (select count(*)::int from taken) as count, (select rows from after) - (select rows from before) as read`,
  );
  expect(taken?.count).toBe(500);
  expect(taken?.read).toBeLessThan(3_000);
});

test("done jobs are deleted by their ids, there too", async () => {
  const gateway = await ownGateway();
  await fillAfterOneRow(gateway, "1 hour");
  await gateway.rows("select pg_stat_force_next_flush()");
  await gateway.rows("select pg_stat_reset_single_table_counters('graphile_worker._private_jobs'::regclass)");
  const bounds = { connections: 5, name: "done", connectTimeoutMs: 5_000, statementTimeoutMs: 30_000 };
  const pool = createPool({ url: gateway.url, ...bounds, onError: () => {} });
  let done = 0;
  const runner = await run({
    pgPool: makeResilient(pool, new AbortController().signal),
    taskList: { nothing: async () => void done++ },
    concurrency: 100,
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0 } },
  });
  await gateway.rows("select graphile_worker.add_job('nothing') from generate_series(1, 500)");
  await until(() => done === 500, { what: "the 500 are done" });
  await runner.stop();
  await pool.end();
  // Connections tell their numbers when they end, at the latest.
  const told = async (): Promise<number | false> => {
    const [table] = await gateway.rows<{ deleted: number; read: number }>(
      `select n_tup_del::int as deleted, (seq_tup_read + idx_tup_fetch)::int as read
       from pg_stat_all_tables where relid = 'graphile_worker._private_jobs'::regclass`,
    );
    return table?.deleted === 500 && table.read;
  };
  expect(await until(told, { what: "500 deletes are counted" })).toBeLessThan(5_000);
});

/** As in an idle gateway that is given a backlog: 10,000 jobs that are due then, of which PostgreSQL's statistics know nothing. */
async function fillAfterOneRow(gateway: Gateway, due: string): Promise<void> {
  const fill = (count: number): Promise<unknown> =>
    gateway.rows(
      `insert into graphile_worker._private_jobs (task_id, payload, run_at)
       select t.id, '{}', now() + $2::interval from graphile_worker._private_tasks t cross join generate_series(1, $1) where t.identifier = 'deliver'`,
      [count, due],
    );
  await gateway.rows("alter table graphile_worker._private_jobs set (autovacuum_enabled = off)");
  await fill(40_000);
  await gateway.rows(
    "delete from graphile_worker._private_jobs where id <> (select max(id) from graphile_worker._private_jobs)",
  );
  await gateway.rows("vacuum analyze graphile_worker._private_jobs");
  await fill(10_000);
}

const readSoFar = `select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_all_tables
  where relid = 'graphile_worker._private_jobs'::regclass`;

test("deliverers fetch their jobs so", async () => {
  const gateway = await ownGateway();
  await gateway.startDeliverer();
  const fetched = async (): Promise<boolean> => {
    const [row] = await gateway.rows<{ seen: boolean }>(
      `select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and query like 'select * from posthorn.take_jobs%') as seen`,
    );
    return row?.seen === true;
  };
  expect(await until(fetched, { what: "a deliverer took its jobs" })).toBe(true);
});
