import { expect, test } from "vitest";
import { ownGateway } from "#test/delivering.ts";
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
  const fill = (count: number): Promise<unknown> =>
    gateway.rows(
      `insert into graphile_worker._private_jobs (task_id, payload, run_at)
       select t.id, '{}', now() - interval '1 hour' from graphile_worker._private_tasks t cross join generate_series(1, $1) where t.identifier = 'deliver'`,
      [count],
    );
  await gateway.rows("alter table graphile_worker._private_jobs set (autovacuum_enabled = off)");
  await fill(40_000);
  await gateway.rows(
    "delete from graphile_worker._private_jobs where id <> (select max(id) from graphile_worker._private_jobs)",
  );
  await gateway.rows("vacuum analyze graphile_worker._private_jobs");
  await fill(10_000);
  const [taken] = await gateway.rows<{ count: number; read: number }>(
    `with before as materialized (${readSoFar}), taken as materialized (
       select * from posthorn.take_jobs('me', array(select id from graphile_worker._private_tasks), (select 500 from before))
     ), after as materialized (${readSoFar} and (select count(*) from taken) > 0)
     select (select count(*)::int from taken) as count, (select rows from after) - (select rows from before) as read`,
  );
  expect(taken?.count).toBe(500);
  expect(taken?.read).toBeLessThan(3_000);
});

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
