import { Pool } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { isUnavailable } from "#db/store.ts";
import { dropExpiredDay } from "#delivery/retention.ts";
import { createTestDatabase } from "#test/database.ts";
import { until } from "#test/until.ts";

/** A database with one more day, `daysAgo` days back. */
async function withOldDay(daysAgo: number): Promise<{ pool: Pool; day: string; idOfThatDay: string }> {
  const database = await createTestDatabase();
  const pool = new Pool({ connectionString: database.url, max: 4 });
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

/** Its locks have short time-outs, and autovacuum comes by now and then: the loop tries again as well. */
async function drop(pool: Pool): Promise<string | null> {
  for (let tries = 0; ; tries++) {
    try {
      return await dropExpiredDay(pool, 30);
    } catch (error) {
      if (tries === 20 || !isUnavailable(error)) throw error;
    }
  }
}

const insertDelivery = `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, created_at, updated_at)
  values ($1, 'retention', gen_random_uuid(), $1, 'a.b', $2, now(), now(), now())`;

test("a day older than the retention is dropped whole, and the younger ones stay", async () => {
  const { pool, day, idOfThatDay } = await withOldDay(40);
  await pool.query(insertDelivery, [idOfThatDay, "delivered"]);
  expect(await drop(pool)).toBe(day);
  expect(await drop(pool)).toBeNull();
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
  expect(await drop(pool)).toBeNull();
  await pool.query("update posthorn.deliveries set status = 'failed'");
  expect(await drop(pool)).not.toBeNull();
});

test("a day within the retention stays", async () => {
  const { pool } = await withOldDay(20);
  expect(await drop(pool)).toBeNull();
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
  expect(await drop(pool)).toBe(day);
});

test("a partition that was detached and not yet dropped is dropped at the next turn", async () => {
  const { pool, day } = await withOldDay(40);
  await pool.query(`drop table posthorn.events_${day}, posthorn.deliveries_${day}`);
  await pool.query(`alter table posthorn.attempts detach partition posthorn.attempts_${day} concurrently`);
  expect(await drop(pool)).toBe(day);
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
  expect(await drop(pool)).toBeNull();
  await pool.query("update posthorn.endpoints set lane_reason = 'disabled'");
  expect(await drop(pool)).toBe(day);
});

/** An endpoint of that id, and nothing else of it. */
const insertEndpoint = `insert into posthorn.endpoints (id, tenant_id, url, timeout_ms) values ($1, 'retention', 'https://example.com/', 1000)`;

test("a delivery for which others of its ordering key wait keeps its day, unless its endpoint is disabled", async () => {
  const { pool, day, idOfThatDay } = await withOldDay(40);
  await pool.query("insert into posthorn.tenants (id) values ('retention')");
  await pool.query(insertDelivery, [idOfThatDay, "failed"]);
  await pool.query("update posthorn.deliveries set ordering_key = 'k', ordered_at = now(), blocks = true");
  const { rows } = await pool.query("select endpoint_id from posthorn.deliveries");
  await pool.query(insertEndpoint, [rows[0].endpoint_id]);
  expect(await drop(pool)).toBeNull();
  await pool.query("update posthorn.endpoints set lane = 'held', lane_reason = 'disabled'");
  expect(await drop(pool)).toBe(day);
});

test("what waits in a feed keeps its day", async () => {
  const { pool, idOfThatDay } = await withOldDay(40);
  await pool.query("insert into posthorn.tenants (id) values ('retention')");
  await pool.query(insertDelivery, [idOfThatDay, "held"]);
  const { rows } = await pool.query("select endpoint_id from posthorn.deliveries");
  await pool.query(insertEndpoint, [rows[0].endpoint_id]);
  await pool.query("update posthorn.endpoints set lane = 'held', mode = 'poll'");
  expect(await drop(pool)).toBeNull();
});

test("a day that a replay has still to choose from stays until it has; other days are none of its business", async () => {
  const { pool, day } = await withOldDay(40);
  await pool.query("insert into posthorn.tenants (id) values ('retention')");
  const endpointId = "01890a5d-ac96-774b-bcce-b302099a8057";
  await pool.query(insertEndpoint, [endpointId]);
  await pool.query(
    `insert into posthorn.replays (id, tenant_id, endpoint_id, since, until, statuses, status, matched, created_by)
     values (posthorn.new_id(), 'retention', $1, now() - interval '60 days', now(), '{failed}', 'waiting', 1, 'test')`,
    [endpointId],
  );
  expect(await drop(pool)).toBeNull();
  await pool.query("update posthorn.replays set status = 'running', phase = 'admitted'");
  expect(await drop(pool)).toBe(day);
});

test.each([
  ["that a person holds", "update posthorn.endpoints set lane = 'held', lane_reason = 'paused'"],
  ["that has got nowhere for a day", "update posthorn.replays set created_at = now() - interval '25 hours'"],
])("a replay %s keeps nobody's days", async (_, hold) => {
  const { pool, day } = await withOldDay(40);
  await pool.query("insert into posthorn.tenants (id) values ('retention')");
  const endpointId = "01890a5d-ac96-774b-bcce-b302099a8057";
  await pool.query(insertEndpoint, [endpointId]);
  await pool.query(
    `insert into posthorn.replays (id, tenant_id, endpoint_id, since, until, statuses, status, matched, created_by)
     values (posthorn.new_id(), 'retention', $1, now() - interval '60 days', now(), '{missed}', 'waiting', 1, 'test')`,
    [endpointId],
  );
  expect(await drop(pool)).toBeNull();
  await pool.query(hold);
  expect(await drop(pool)).toBe(day);
});

test("a replay of younger days keeps no expired one", async () => {
  const { pool, day } = await withOldDay(40);
  await pool.query("insert into posthorn.tenants (id) values ('retention')");
  const endpointId = "01890a5d-ac96-774b-bcce-b302099a8057";
  await pool.query(insertEndpoint, [endpointId]);
  await pool.query(
    `insert into posthorn.replays (id, tenant_id, endpoint_id, since, until, statuses, status, matched, created_by)
     values (posthorn.new_id(), 'retention', $1, now() - interval '5 days', now(), '{failed}', 'running', 1, 'test')`,
    [endpointId],
  );
  expect(await drop(pool)).toBe(day);
});

test("publishing goes on while a day of many rows is dropped, beside a reader that takes its time", async () => {
  const { pool, day } = await withOldDay(40);
  const first = `posthorn.id_at(to_date('${day}', 'YYYYMMDD')::timestamp at time zone 'UTC')`;
  await pool.query(
    `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, created_at, updated_at)
     select (left(${first}::text, 19) || '8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'retention', gen_random_uuid(), gen_random_uuid(), 'a.b', 'delivered', now(), now(), now()
     from generate_series(1, 50000) n`,
  );
  await pool.query("insert into posthorn.event_types (catalog, name) values ('default', 'order.paid')");
  const reader = await pool.connect();
  await reader.query("begin");
  await reader.query("select count(*) from posthorn.deliveries");
  const took: number[] = [];
  const stopped = { now: false };
  const publishing = (async () => {
    while (!stopped.now) {
      const begun = performance.now();
      await pool.query("select posthorn.publish('retention', 'order.paid', '{}')");
      took.push(performance.now() - begun);
    }
  })();
  const tryToDrop = (): Promise<string | null> => dropExpiredDay(pool, 30).catch(() => null);
  // Each try gives up after a moment, as the loop's do, and leaves nobody waiting.
  for (let tries = 0; tries < 3; tries++) expect(await tryToDrop()).toBeNull();
  await until(() => took.length > 50, { what: "events were published meanwhile" });
  await reader.query("commit");
  reader.release();
  expect(await until(tryToDrop, { what: "the day is dropped" })).toBe(day);
  stopped.now = true;
  await publishing;
  // A plain DROP stalls them for as long as the reader stays.
  expect(Math.max(...took)).toBeLessThan(2_000);
});

test("keys of publishes older than 24 hours are forgotten, younger ones are not", async () => {
  const { pool } = await withOldDay(40);
  await pool.query(
    `insert into posthorn.event_keys select 'retention', 'id:' || n, gen_random_uuid(), '\\x00', now() - n * interval '1 hour' from generate_series(1, 48) n`,
  );
  const { rows } = await pool.query("select posthorn.forget_keys(1000) as forgotten");
  expect(rows[0].forgotten).toBe(25);
});
