import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { Census } from "#db/sql/house.ts";
import { ownGateway } from "#test/delivering.ts";
import type { Gateway } from "#test/gateway.ts";

/** Writes `count` deliveries of a new endpoint, made so many seconds ago. `set`: what the endpoint has. */
async function waiting(gateway: Gateway, set: string, status: string, count: number, agoSeconds = 0, key = "null") {
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: "http://127.0.0.1:1/" });
  await gateway.rows(
    `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, created_at, updated_at, ordering_key, ordered_at)
     select replace(posthorn.id_at(now() - $4 * interval '1 second')::text, '0000-000000000000', lpad(to_hex(n), 4, '0') || '-' || right(posthorn.new_id()::text, 12))::uuid,
       $1, $2, posthorn.new_id(), 'a.b', $3, now() - $4 * interval '1 second', now(), now(), ${key}, now() from generate_series(1, $5::int) n`,
    [tenantId, endpoint.id, status, agoSeconds, count],
  );
  if (set !== "") await gateway.rows(`update posthorn.endpoints set ${set} where id = $1`, [endpoint.id]);
  return endpoint;
}

async function countAll(gateway: Gateway, budgetMs: number, page = 20_000): Promise<number> {
  for (let statements = 1; ; statements++) {
    const [row] = await gateway.rows<{ more: boolean }>("select posthorn.take_census(1, $1, $2) as more", [
      budgetMs,
      page,
    ]);
    if (row?.more !== true) return statements;
  }
}

async function result(gateway: Gateway): Promise<Census> {
  const [row] = await gateway.rows<Census & Record<string, unknown>>(
    "select waiting, replays, 0 as taken_at from posthorn.census",
  );
  if (row === undefined) throw new Error("there is no census");
  return row;
}

test("what waits is counted by where it waits, with the age of the oldest", async () => {
  const gateway = await ownGateway();
  await waiting(gateway, "", "queued", 3, 20);
  await waiting(gateway, "", "scheduled", 2, -3600);
  await waiting(gateway, "lane = 'held', lane_reason = 'paused'", "held", 4, 30);
  await waiting(gateway, "lane = 'held', lane_reason = 'paused'", "held", 1, 60);
  await waiting(gateway, "lane = 'held', lane_reason = 'failing'", "held", 2, 10, "'k' || n");
  await waiting(gateway, "lane = 'held', mode = 'poll'", "held", 6);
  await waiting(gateway, "ordered = true", "held", 5, 40, "'k' || n % 2");
  await waiting(gateway, "", "held", 7);
  const gone = await waiting(gateway, "", "held", 1);
  await gateway.rows("delete from posthorn.endpoints where id = $1", [gone.id]);
  await waiting(gateway, "", "delivered", 8);
  expect(await countAll(gateway, 1000)).toBe(1);
  const { waiting: states } = await result(gateway);
  expect(Object.fromEntries(Object.entries(states).map(([state, { count: n }]) => [state, n]))).toEqual({
    queued: 3,
    scheduled: 2,
    paused: 5,
    failing: 2,
    poll: 6,
    ordered: 5,
    open: 7,
    deleted: 1,
  });
  const ages = ["queued", "scheduled", "paused", "failing", "ordered"].map(
    (state) => states[state]?.oldestSeconds ?? -1,
  );
  for (const [i, seconds] of [20, 0, 60, 10, 40].entries()) expect(Math.abs((ages[i] ?? -1) - seconds)).toBeLessThan(5);
});

test("a count goes on over several statements, and counts each row once", async () => {
  const gateway = await ownGateway();
  await waiting(gateway, "", "queued", 30, 20);
  await waiting(gateway, "lane = 'held', lane_reason = 'paused'", "held", 45, 20);
  await waiting(gateway, "lane = 'held', lane_reason = 'slow'", "held", 25, 20, "'k' || n % 3");
  await gateway.rows(
    "update posthorn.deliveries set due_at = due_at + (('x' || left(md5(id::text), 4))::bit(16)::int * interval '1 microsecond')",
  );
  expect(await countAll(gateway, 0, 20)).toBeGreaterThan(8);
  const { waiting: states } = await result(gateway);
  expect(states).toMatchObject({ queued: { count: 30 }, paused: { count: 45 }, slow: { count: 25 } });
});

test("events that are still to be fanned out are counted, and replays that run", async () => {
  const gateway = await ownGateway();
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: "http://127.0.0.1:1/" });
  await gateway.eventType("order.paid", { type: "object" });
  for (let i = 0; i < 3; i++) await gateway.publish(tenantId, "order.paid");
  for (const status of ["running", "waiting", "completed"])
    await gateway.rows(
      `insert into posthorn.replays (id, tenant_id, endpoint_id, since, until, statuses, status, matched, created_by)
       values (posthorn.new_id(), $1, $2, now(), now(), '{failed}', $3, 0, 'test')`,
      [tenantId, endpoint.id, status],
    );
  await countAll(gateway, 1000);
  expect(await result(gateway)).toMatchObject({
    waiting: { fanOut: { count: 3 } },
    replays: { running: 1, waiting: 1 },
  });
});

test("one counts at a time, and a count that is young enough is not made again", async () => {
  const gateway = await ownGateway();
  const other = new Client({ connectionString: gateway.url });
  await other.connect();
  onTestFinished(() => other.end());
  await other.query("begin");
  await other.query("select posthorn.take_census(1, 1000)");
  await gateway.rows("select posthorn.take_census(1, 1000)");
  expect(await gateway.rows("select taken_at from posthorn.census")).toEqual([{ taken_at: null }]);
  await other.query("commit");
  const taken = (await gateway.rows<{ taken_at: Date }>("select taken_at from posthorn.census"))[0]?.taken_at;
  expect(taken).toBeInstanceOf(Date);
  await gateway.rows("select posthorn.take_census(60000, 1000)");
  expect(await gateway.rows("select taken_at from posthorn.census")).toEqual([{ taken_at: taken }]);
});
