import { Pool } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { dropExpiredDay } from "#delivery/retention.ts";
import { createTestDatabase } from "#test/database.ts";

/** A database with one more day, `daysAgo` days back. */
async function withOldDay(daysAgo: number): Promise<{ pool: Pool; day: string; idOfThatDay: string }> {
  const database = await createTestDatabase();
  const pool = new Pool({ connectionString: database.url, max: 3 });
  pool.on("error", () => {});
  onTestFinished(async () => {
    await pool.end();
    await database.drop();
  });
  const { rows } = await pool.query(
    "select to_char(d, 'YYYYMMDD') as day, posthorn.id_at(d) as first, posthorn.id_at(d + interval '1 day') as last from (select date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - $1 * interval '1 day' as d) x",
    [daysAgo],
  );
  const { day, first, last } = rows[0];
  for (const table of ["events", "deliveries", "attempts"]) {
    await pool.query(
      `create table posthorn.${table}_${day} partition of posthorn.${table} for values from ('${first}') to ('${last}')`,
    );
  }
  return { pool, day, idOfThatDay: first };
}

const insertDelivery = `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, created_at, updated_at)
  values ($1, 'retention', gen_random_uuid(), $1, 'a.b', $2, now(), now(), now())`;

test("a day older than the retention is dropped whole, and the younger ones stay", async () => {
  const { pool, day, idOfThatDay } = await withOldDay(40);
  await pool.query(insertDelivery, [idOfThatDay, "delivered"]);
  expect(await dropExpiredDay(pool, 30)).toBe(day);
  expect(await dropExpiredDay(pool, 30)).toBeNull();
  const { rows } = await pool.query(
    "select to_regclass('posthorn.deliveries_' || $1) as old, to_regclass('posthorn.deliveries_' || to_char(now() at time zone 'UTC', 'YYYYMMDD')) as today",
    [day],
  );
  expect(rows[0].old).toBeNull();
  expect(rows[0].today).not.toBeNull();
});

test.each(["queued", "scheduled", "held"])("an expired day in which a delivery is still %s stays", async (status) => {
  const { pool, idOfThatDay } = await withOldDay(40);
  await pool.query(insertDelivery, [idOfThatDay, status]);
  expect(await dropExpiredDay(pool, 30)).toBeNull();
  await pool.query("update posthorn.deliveries set status = 'failed'");
  expect(await dropExpiredDay(pool, 30)).not.toBeNull();
});

test("a day within the retention stays", async () => {
  const { pool } = await withOldDay(20);
  expect(await dropExpiredDay(pool, 30)).toBeNull();
});

test("a drop that was cut off after the detach began is finished at the next turn", async () => {
  const { pool, day } = await withOldDay(40);
  const reader = await pool.connect();
  await reader.query("begin");
  await reader.query("select count(*) from posthorn.events");
  // The reader's open transaction makes the detach wait, and its time-out leaves it pending.
  const cut = await pool.connect();
  await cut.query("set statement_timeout = '300ms'");
  await expect(
    cut.query(`alter table posthorn.events detach partition posthorn.events_${day} concurrently`),
  ).rejects.toThrow("statement timeout");
  cut.release(true);
  await reader.query("commit");
  reader.release();
  expect(await dropExpiredDay(pool, 30)).toBe(day);
});

test("a partition that was detached and not yet dropped is dropped at the next turn", async () => {
  const { pool, day } = await withOldDay(40);
  await pool.query(`drop table posthorn.events_${day}, posthorn.deliveries_${day}`);
  await pool.query(`alter table posthorn.attempts detach partition posthorn.attempts_${day} concurrently`);
  expect(await dropExpiredDay(pool, 30)).toBe(day);
  const { rows } = await pool.query("select to_regclass($1) as old", [`posthorn.attempts_${day}`]);
  expect(rows[0].old).toBeNull();
});

test("what a disabled endpoint holds keeps no expired day, what a paused one holds does", async () => {
  const { pool, day, idOfThatDay } = await withOldDay(40);
  await pool.query("insert into posthorn.tenants (id) values ('retention')");
  await pool.query(insertDelivery, [idOfThatDay, "held"]);
  await pool.query(
    `insert into posthorn.endpoints (id, tenant_id, url, timeout_ms, lane, lane_reason)
     select endpoint_id, 'retention', 'https://example.com/', 1000, 'held', 'paused' from posthorn.deliveries`,
  );
  expect(await dropExpiredDay(pool, 30)).toBeNull();
  await pool.query("update posthorn.endpoints set lane_reason = 'disabled'");
  expect(await dropExpiredDay(pool, 30)).toBe(day);
});

test("keys of publishes older than 24 hours are forgotten, younger ones are not", async () => {
  const { pool } = await withOldDay(40);
  await pool.query(
    `insert into posthorn.event_keys select 'retention', 'id:' || n, gen_random_uuid(), '\\x00', now() - n * interval '1 hour' from generate_series(1, 48) n`,
  );
  const { rows } = await pool.query("select posthorn.forget_keys(1000) as forgotten");
  expect(rows[0].forgotten).toBe(25);
});
