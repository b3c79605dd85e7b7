import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { OutcomeRow } from "#db/sql/delivery.ts";
import { ownGateway } from "#test/delivering.ts";
import { createGateway, type DeliveryRow, type Gateway, type TestEndpoint } from "#test/gateway.ts";

// What the deliverer's statements promise each other, without a deliverer in between.
let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway();
  await gateway.eventType("order.paid");
});
afterAll(() => gateway?.close());

async function queued(count = 1): Promise<{ endpoint: TestEndpoint; deliveries: DeliveryRow[] }> {
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: "http://127.0.0.1:1/" });
  const deliveries: DeliveryRow[] = [];
  for (let i = 0; i < count; i++)
    deliveries.push(...(await gateway.deliveries(await gateway.publish(tenantId, "order.paid"))));
  return { endpoint, deliveries };
}

function outcome(delivery: DeliveryRow, changes: Partial<OutcomeRow> = {}): OutcomeRow {
  return {
    delivery_id: delivery.id,
    attempts: 0,
    age_ms: 40,
    duration_ms: 30,
    outcome: "succeeded",
    failure: null,
    http_status: 200,
    error: null,
    response_body: null,
    address: "127.0.0.1",
    next: "delivered",
    retry_ms: 0,
    step: 1,
    gone: false,
    notify: false,
    room: 100,
    wait_ms: null,
    ...changes,
  };
}

const failed = {
  outcome: "failed",
  failure: "httpStatus",
  http_status: 500,
  error: "the receiver answered 500",
  next: "scheduled",
} as const;

async function record(...outcomes: OutcomeRow[]): Promise<string[]> {
  const rows = await gateway.rows<{ id: string }>(
    "select record_outcomes as id from posthorn.record_outcomes($1::json)",
    [JSON.stringify(outcomes)],
  );
  return rows.map((row) => row.id);
}

async function statusOf({ id }: DeliveryRow): Promise<string | undefined> {
  const [row] = await gateway.rows<{ status: string }>("select status from posthorn.deliveries where id = $1", [id]);
  return row?.status;
}

async function firstQueued(): Promise<DeliveryRow> {
  const [delivery] = (await queued()).deliveries;
  if (!delivery) throw new Error("publishing made no delivery");
  return delivery;
}

test("an outcome at an old attempt number changes nothing and is not recorded", async () => {
  const delivery = await firstQueued();
  expect(await record(outcome(delivery, { ...failed, retry_ms: 0 }))).toEqual([delivery.id]);
  await gateway.rows("select posthorn.promote_due(100)");
  expect(await statusOf(delivery)).toBe("queued");
  // A process that stalled since the first attempt wakes, and says that it was delivered.
  expect(await record(outcome(delivery))).toEqual([]);
  expect(await statusOf(delivery)).toBe("queued");
  expect(await gateway.attempts(delivery.id)).toHaveLength(1);
  expect(await record(outcome(delivery, { attempts: 1 }))).toEqual([delivery.id]);
  expect(await statusOf(delivery)).toBe("delivered");
});

test("the same outcome twice, as after a lost reply, is one attempt", async () => {
  const delivery = await firstQueued();
  expect(await record(outcome(delivery))).toEqual([delivery.id]);
  expect(await record(outcome(delivery))).toEqual([]);
  expect(await gateway.attempts(delivery.id)).toHaveLength(1);
});

test("an outcome after a final state, or of a delivery held meanwhile, changes nothing", async () => {
  const delivery = await firstQueued();
  for (const status of ["delivered", "failed", "held", "scheduled", "skipped"]) {
    await gateway.rows("update posthorn.deliveries set status = $2 where id = $1", [delivery.id, status]);
    expect(await record(outcome(delivery, { ...failed, retry_ms: 1000 }))).toEqual([]);
    expect(await statusOf(delivery)).toBe(status);
  }
  expect(await gateway.attempts(delivery.id)).toEqual([]);
});

test("one statement records many outcomes, each on its own", async () => {
  const { deliveries } = await queued(4);
  const [one, two, three, four] = deliveries;
  if (!one || !two || !three || !four) throw new Error("publishing made too few deliveries");
  await gateway.cancel(three);
  const written = await record(
    outcome(one),
    outcome(two, { ...failed, retry_ms: 60_000 }),
    outcome(three),
    outcome(four, { ...failed, next: "failed" }),
  );
  expect(new Set(written)).toEqual(new Set(deliveries.map((d) => d.id)));
  expect(await Promise.all(deliveries.map(statusOf))).toEqual(["delivered", "scheduled", "canceled", "failed"]);
  for (const delivery of deliveries) expect(await gateway.attempts(delivery.id)).toMatchObject([{ number: 1 }]);
});

test("an attempt is dated by the database's clock, so long ago as the deliverer says", async () => {
  const delivery = await firstQueued();
  await record(outcome(delivery, { age_ms: 90_000 }));
  const [row] = await gateway.rows<{ ago: number }>(
    "select extract(epoch from now() - started_at)::float8 as ago from posthorn.attempts where delivery_id = $1",
    [delivery.id],
  );
  expect(row?.ago).toBeGreaterThan(89.9);
  expect(row?.ago).toBeLessThan(120);
});

test("due retries are promoted by page, each once, however many promote at the same time", async () => {
  const { deliveries } = await queued(30);
  // What ended with its deliverer is no failure of the endpoint: thirty would close its lane.
  const interrupted = { ...failed, failure: "interrupted", http_status: null, retry_ms: 0 };
  await record(...deliveries.map((d) => outcome(d, interrupted)));
  await gateway.rows("delete from graphile_worker._private_jobs");
  const moved = await Promise.all(
    Array.from({ length: 12 }, () => gateway.rows<{ moved: number }>("select posthorn.promote_due(5) as moved")),
  );
  expect(moved.flat().every((row) => row.moved <= 5)).toBe(true);
  await gateway.rows("select posthorn.promote_due(100)");
  for (const delivery of deliveries) {
    expect(await statusOf(delivery)).toBe("queued");
    expect(await gateway.jobs(delivery.id)).toBe(1);
  }
});

test("reconciling leaves alone what has a job, be it locked, and what is not due for long enough", async () => {
  const { deliveries } = await queued(3);
  const [waiting, locked, lost] = deliveries;
  if (!waiting || !locked || !lost) throw new Error("publishing made too few deliveries");
  await gateway.rows(
    "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'pool-x' where payload ->> 'id' = $1",
    [locked.id],
  );
  await gateway.rows("delete from graphile_worker._private_jobs where payload ->> 'id' = $1", [lost.id]);
  await gateway.rows("select posthorn.reconcile_deliveries(10000, 100)");
  expect(await gateway.jobs(lost.id)).toBe(0);
  await gateway.rows("select posthorn.reconcile_deliveries(0, 100)");
  await gateway.rows("select posthorn.reconcile_deliveries(0, 100)");
  for (const delivery of deliveries) expect(await gateway.jobs(delivery.id)).toBe(1);
});

test("a job that has used up its tries counts as lost", async () => {
  const delivery = await firstQueued();
  await gateway.rows("update graphile_worker._private_jobs set attempts = max_attempts where payload ->> 'id' = $1", [
    delivery.id,
  ]);
  await gateway.rows("select posthorn.reconcile_deliveries(0, 100)");
  expect(await gateway.jobs(delivery.id)).toBe(2);
});

test("a held lane admits nothing, and an open one in pages, oldest first", async () => {
  const { endpoint } = await queued(0);
  await gateway.setLane(endpoint, "pause");
  const held: DeliveryRow[] = [];
  for (let i = 0; i < 5; i++)
    held.push(...(await gateway.deliveries(await gateway.publish(endpoint.tenantId, "order.paid"))));
  const admit = async (): Promise<number | undefined> =>
    (
      await gateway.rows<{ moved: number }>("select moved from posthorn.admit(array[$1::uuid], 2, 100)", [endpoint.id])
    )[0]?.moved;
  expect(await admit()).toBe(0);
  await gateway.setLane(endpoint, "resume");
  expect(await admit()).toBe(2);
  expect(await Promise.all(held.map(statusOf))).toEqual(["queued", "queued", "held", "held", "held"]);
  expect([await admit(), await admit(), await admit()]).toEqual([2, 1, 0]);
  for (const delivery of held) expect(await gateway.jobs(delivery.id)).toBe(1);
});

test("failures that began before the last success do not close a lane, however many end together", async () => {
  const { endpoint, deliveries } = await queued(24);
  const [first, second, ...others] = deliveries;
  if (!first || !second) throw new Error("publishing made too few deliveries");
  const reason = async (): Promise<string | null | undefined> =>
    (
      await gateway.rows<{ lane_reason: string | null }>("select lane_reason from posthorn.endpoints where id = $1", [
        endpoint.id,
      ])
    )[0]?.lane_reason;
  const hung = { ...failed, failure: "timeout", http_status: null, retry_ms: 60_000 } as const;
  await record(outcome(first, hung));
  await record(outcome(second));
  await record(...others.slice(0, 12).map((d) => outcome(d, { ...hung, age_ms: 15_000 })));
  expect(await reason()).toBeNull();
  await record(...others.slice(12).map((d) => outcome(d, { ...hung, age_ms: 0 })));
  expect(await reason()).toBe("failing");
});

test("only deliverers without a heartbeat are taken for dead, and their jobs alone are unlocked", async () => {
  const { deliveries } = await queued(2);
  await gateway.rows("delete from posthorn.deliverers");
  await gateway.rows(
    "select posthorn.heartbeat(id, 'host', 1, 'test') from unnest(array['pool-live', 'pool-dead']) id",
  );
  await gateway.rows(
    "update posthorn.deliverers set heartbeat_at = now() - interval '5 seconds' where id = 'pool-dead'",
  );
  for (const [i, owner] of ["pool-live", "pool-dead"].entries()) {
    await gateway.rows(
      "update graphile_worker._private_jobs set locked_at = now(), locked_by = $2 where payload ->> 'id' = $1",
      [deliveries[i]?.id, owner],
    );
  }
  expect(await gateway.rows("select posthorn.reap(4000) as id")).toContainEqual({ id: "pool-dead" });
  const rows = await gateway.rows(
    "select locked_by from graphile_worker._private_jobs where payload ->> 'id' = any ($1) order by id",
    [deliveries.map((d) => d.id)],
  );
  expect(rows).toEqual([{ locked_by: "pool-live" }, { locked_by: null }]);
  expect(await gateway.rows("select posthorn.heartbeat('pool-dead', 'host', 1, 'test') as known")).toEqual([
    { known: false },
  ]);
});

test("reconciling stays fast over a backlog, though it was planned when there was none", async () => {
  const own = await ownGateway();
  await own.eventType("order.paid");
  const tenantId = await own.tenant();
  await own.endpoint({ tenantId, url: "http://127.0.0.1:1/" });
  const session = new Client({
    connectionString: own.url,
    options: "-c plan_cache_mode=force_generic_plan -c statement_timeout=3s",
  });
  await session.connect();
  onTestFinished(() => session.end());
  const reconcile = "select mended from posthorn.reconcile_deliveries(0, 500000)";
  await own.publish(tenantId, "order.paid");
  await session.query(reconcile);
  // One at a time it takes 6 s and more, which the deliverer's time-out would end each time.
  await own.rows(
    `select count(*) from (select posthorn.accept_events((select json_agg(json_build_object('ordinal', i, 'tenant_id', $1::text,
       'type', 'order.paid', 'data', '{}', 'keys', array[]::text[])) from generate_series(1, 6000) i), true)) x`,
    [tenantId],
  );
  expect((await session.query(reconcile)).rows).toEqual([{ mended: 0 }]);
  await own.rows("delete from graphile_worker._private_jobs where id % 2 = 0");
  const { rows } = await session.query<{ mended: number }>(reconcile);
  expect(rows[0]?.mended).toBeGreaterThan(2990);
});

test("a job that failed again and again waits half a minute for its next turn, not hours", async () => {
  const delivery = await firstQueued();
  await gateway.rows(
    "update graphile_worker._private_jobs set attempts = 9, run_at = now() + interval '2 hours' where payload ->> 'id' = $1",
    [delivery.id],
  );
  await gateway.rows("select * from posthorn.reconcile_deliveries(10000, 100)");
  const [job] = await gateway.rows<{ soon: boolean }>(
    "select run_at < now() + interval '31 seconds' as soon from graphile_worker._private_jobs where payload ->> 'id' = $1",
    [delivery.id],
  );
  expect(job).toEqual({ soon: true });
});

test("the failed deliveries of all tenants are found without reading those that did not fail", async () => {
  await gateway.rows(
    `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, created_at, updated_at)
     select posthorn.new_id(), 'many', gen_random_uuid(), gen_random_uuid(), 'a.b', 'delivered', now(), now(), now() from generate_series(1, 10000)`,
  );
  await gateway.rows("analyze posthorn.deliveries");
  const plan = await gateway.rows(
    "explain (format json) select id from posthorn.deliveries where status = 'failed' order by id desc limit 51",
  );
  expect(JSON.stringify(plan)).toMatch(/"deliveries_\d{8}_id_idx"/);
});
