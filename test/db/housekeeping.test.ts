import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { ownGateway } from "#test/delivering.ts";
import type { DeliveryRow, Gateway, TestEndpoint } from "#test/gateway.ts";

/** A gateway without a deliverer, and an endpoint that nobody listens at. */
async function withEndpoint(): Promise<{ gateway: Gateway; endpoint: TestEndpoint }> {
  const gateway = await ownGateway();
  await gateway.eventType("order.paid");
  const endpoint = await gateway.endpoint({ tenantId: await gateway.tenant(), url: "http://127.0.0.1:1/" });
  return { gateway, endpoint };
}

async function publish(gateway: Gateway, { tenantId }: TestEndpoint, count: number): Promise<DeliveryRow[]> {
  const made: DeliveryRow[] = [];
  for (let i = 0; i < count; i++)
    made.push(...(await gateway.deliveries(await gateway.publish(tenantId, "order.paid"))));
  return made;
}

/** The first row of a statement. */
async function one<Row extends object>(gateway: Gateway, text: string, values: unknown[] = []): Promise<Row> {
  const [row] = await gateway.rows<Row & Record<string, unknown>>(text, values);
  if (row === undefined) throw new Error("the statement gave no row");
  return row;
}

/** Everything is written down as a minute older than it is. */
async function age(gateway: Gateway): Promise<void> {
  await gateway.rows(
    "update posthorn.deliveries set due_at = due_at - interval '1 minute', updated_at = updated_at - interval '1 minute'",
  );
  await gateway.rows("update posthorn.events set accepted_at = accepted_at - interval '1 minute'");
}

test("deliveries without a job are found page by page, wherever they stand among the others", async () => {
  const { gateway, endpoint } = await withEndpoint();
  const deliveries = await publish(gateway, endpoint, 9);
  await age(gateway);
  const lost = [0, 4, 8].flatMap((i) => deliveries[i]?.id ?? []);
  await gateway.rows("delete from graphile_worker._private_jobs where payload ->> 'id' = any ($1)", [lost]);
  const mended: number[] = [];
  for (let next: string | null = "-infinity"; next !== null && mended.length < 20;) {
    const page: { mended: number; next: string | null } = await one(
      gateway,
      "select mended, next::text as next from posthorn.reconcile_deliveries(5000, 3, $1::timestamptz)",
      [next],
    );
    mended.push(page.mended);
    next = page.next;
  }
  expect(mended.slice(0, 3)).toEqual([1, 1, 1]);
  for (const delivery of deliveries) expect(await gateway.jobs(delivery.id)).toBe(1);
});

test("a page in which all are due at the same moment is not the last one", async () => {
  const { gateway, endpoint } = await withEndpoint();
  const deliveries = await publish(gateway, endpoint, 6);
  await age(gateway);
  await gateway.rows("update posthorn.deliveries set due_at = (select min(due_at) from posthorn.deliveries)");
  await gateway.rows("delete from graphile_worker._private_jobs");
  const page = await one<{ mended: number }>(gateway, "select mended from posthorn.reconcile_deliveries(5000, 2)");
  expect(page.mended).toBe(6);
  for (const delivery of deliveries) expect(await gateway.jobs(delivery.id)).toBe(1);
});

test("events without a job are found page by page", async () => {
  const { gateway, endpoint } = await withEndpoint();
  await gateway.eventType("order.late", { type: "object" });
  for (let i = 0; i < 5; i++) await gateway.publish(endpoint.tenantId, "order.late");
  await age(gateway);
  await gateway.rows("delete from graphile_worker._private_jobs");
  const first = await one<{ mended: number; next: string }>(
    gateway,
    "select * from posthorn.reconcile_events(5000, 3)",
  );
  expect(first.mended).toBe(3);
  const second = await one(gateway, "select * from posthorn.reconcile_events(5000, 3, $1)", [first.next]);
  expect(second).toEqual({ mended: 2, next: null });
  expect(await gateway.jobs()).toBe(5);
});

test("events that nobody has to fan out are not read, also where PostgreSQL knows nothing of the day yet", async () => {
  const { gateway, endpoint } = await withEndpoint();
  await publish(gateway, endpoint, 1);
  await copyEvents(gateway, 5_000);
  const { read } = await one<{ read: number }>(
    gateway,
    `with reconciled as materialized (select * from posthorn.reconcile_events(5000, 100))
     select sum(seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_all_tables
     where relid in (select inhrelid from pg_inherits where inhparent = 'posthorn.events'::regclass)
       and (select count(*) from reconciled) = 1`,
  );
  // What this session read just before, to publish, may be counted too.
  expect(read).toBeLessThan(100);
});

test("what somebody else reconciles is left to him", async () => {
  const { gateway, endpoint } = await withEndpoint();
  await publish(gateway, endpoint, 1);
  await age(gateway);
  await gateway.rows("delete from graphile_worker._private_jobs");
  const other = new Client({ connectionString: gateway.url });
  await other.connect();
  onTestFinished(() => other.end());
  await other.query("begin");
  await other.query("select posthorn.reconcile_deliveries(3600000, 100)");
  expect(await one(gateway, "select * from posthorn.reconcile_deliveries(0, 100)")).toEqual({ mended: 0, next: null });
  await other.query("commit");
  expect(await one(gateway, "select * from posthorn.reconcile_deliveries(0, 100)")).toEqual({ mended: 1, next: null });
});

/** As many more of the one event there is, which has its deliveries. */
async function copyEvents(gateway: Gateway, count: number): Promise<void> {
  const columns = await gateway.rows<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = 'posthorn.events'::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attname not in ('id', 'external_id')`,
  );
  const names = columns.map(({ name }) => name).join(", ");
  await gateway.rows(
    `insert into posthorn.events (id, ${names}) select posthorn.id_at(accepted_at + n * interval '1 ms'), ${names}
     from posthorn.events cross join generate_series(1, $1) n`,
    [count],
  );
}

/** Sets what people and the gateway say about the endpoint's lane. */
async function setLane(gateway: Gateway, { id }: TestEndpoint, lane: string, reason: string | null): Promise<void> {
  await gateway.rows("update posthorn.endpoints set lane = $2, lane_reason = $3, lane_since = now() where id = $1", [
    id,
    lane,
    reason,
  ]);
}

test("a lane that holds something and that nobody looks at is woken; a person's is left alone", async () => {
  const { gateway, endpoint } = await withEndpoint();
  const lanes = ["open", "slow", "paused", "disabled"] as const;
  const endpoints = new Map<string, TestEndpoint>([["open", endpoint]]);
  for (const lane of lanes.slice(1))
    endpoints.set(lane, await gateway.endpoint({ tenantId: endpoint.tenantId, url: "http://127.0.0.1:1/" }));
  for (const each of endpoints.values()) await setLane(gateway, each, "held", "paused");
  await gateway.publish(endpoint.tenantId, "order.paid");
  for (const [lane, each] of endpoints)
    await setLane(gateway, each, lane === "open" ? "open" : "held", lane === "open" ? null : lane);
  await gateway.rows("delete from posthorn.lanes");
  await gateway.rows("delete from graphile_worker._private_jobs");

  expect(await one(gateway, "select mended from posthorn.reconcile_lanes(100)")).toEqual({ mended: 2 });
  const woken = await gateway.rows(
    "select endpoint_id, reason, next_at <= now() as due from posthorn.lanes order by reason",
  );
  expect(woken).toEqual([
    { endpoint_id: endpoints.get("slow")?.id, reason: "slow", due: true },
    { endpoint_id: endpoint.id, reason: null, due: true },
  ]);
  expect(await one(gateway, "select mended from posthorn.reconcile_lanes(100)")).toEqual({ mended: 0 });
});

test("what a feed hands out is left alone", async () => {
  const { gateway, endpoint } = await withEndpoint();
  await gateway.rows("update posthorn.endpoints set mode = 'poll', lane = 'held' where id = $1", [endpoint.id]);
  await publish(gateway, endpoint, 1);
  expect(await one(gateway, "select mended from posthorn.reconcile_lanes(100)")).toEqual({ mended: 0 });
});

test("endpoints are looked at page by page, and the job that cancels what a deleted one held is made again", async () => {
  const { gateway, endpoint } = await withEndpoint();
  const others = [
    await gateway.endpoint({ tenantId: endpoint.tenantId, url: "http://127.0.0.1:1/" }),
    await gateway.endpoint({ tenantId: endpoint.tenantId, url: "http://127.0.0.1:1/" }),
  ];
  for (const each of [endpoint, ...others]) await setLane(gateway, each, "held", "paused");
  await publish(gateway, endpoint, 1);
  await gateway.rows("delete from posthorn.endpoints");
  await gateway.rows("delete from graphile_worker._private_jobs");
  const first = await one<{ mended: number; next: string }>(gateway, "select * from posthorn.reconcile_lanes(2)");
  expect(first.mended).toBe(2);
  const second = await one(gateway, "select * from posthorn.reconcile_lanes(2, $1)", [first.next]);
  expect(second).toEqual({ mended: 1, next: null });
  const jobs = await gateway.rows<{ key: string }>("select key from graphile_worker._private_jobs");
  const keys = [endpoint, ...others].map(({ id }) => `release:${id}`);
  expect(jobs.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
});

/** A delivery of that ordering key, the nth of it. */
async function keyed(gateway: Gateway, endpoint: TestEndpoint, key: string, nth: number, status: string) {
  const { id } = await one<{ id: string }>(
    gateway,
    `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, created_at, updated_at, ordering_key, ordered_at)
     values (posthorn.new_id(), $1, $2, posthorn.new_id(), 'order.paid', $5, now(), now(), now() - interval '1 minute', $3, now() - interval '1 hour' + $4 * interval '1 second')
     returning id`,
    [endpoint.tenantId, endpoint.id, key, nth, status],
  );
  return id;
}

test("the head of an ordering key that nobody let go goes, one of each key, and none that waits for its turn", async () => {
  const { gateway, endpoint } = await withEndpoint();
  await gateway.rows("update posthorn.endpoints set ordered = true");
  const stuck = [await keyed(gateway, endpoint, "a", 1, "held"), await keyed(gateway, endpoint, "b", 1, "held")];
  await keyed(gateway, endpoint, "a", 2, "held");
  await keyed(gateway, endpoint, "c", 1, "queued");
  // More of them than are looked at at once.
  for (const nth of [2, 3, 4, 5]) await keyed(gateway, endpoint, "c", nth, "held");
  await keyed(gateway, endpoint, "d", 1, "scheduled");
  await keyed(gateway, endpoint, "d", 2, "held");
  const queued = async () =>
    (
      await gateway.rows<{ id: string }>(
        "select id from posthorn.deliveries where status = 'queued' and ordering_key <> 'c'",
      )
    )
      .map(({ id }) => id)
      .toSorted();

  let place: { mended: number; next: string | null; next_key: string | null } = {
    mended: 0,
    next: null,
    next_key: null,
  };
  const mended: number[] = [];
  do {
    const from = [place.next ?? "00000000-0000-0000-0000-000000000000", place.next_key];
    place = await one(gateway, "select * from posthorn.reconcile_keys(5000, 3, $1, $2)", from);
    mended.push(place.mended);
  } while (place.next !== null && mended.length < 20);
  expect(mended.reduce((sum, n) => sum + n)).toBe(2);
  expect(await queued()).toEqual(stuck.toSorted());
  for (const id of stuck) expect(await gateway.jobs(id)).toBe(1);
});

test("a head that has waited for less than the grace, or in a lane that is held, is left alone", async () => {
  const { gateway, endpoint } = await withEndpoint();
  await gateway.rows("update posthorn.endpoints set ordered = true");
  await keyed(gateway, endpoint, "a", 1, "held");
  expect(await one(gateway, "select mended from posthorn.reconcile_keys(3600000, 100)")).toEqual({ mended: 0 });
  await setLane(gateway, endpoint, "held", "paused");
  expect(await one(gateway, "select mended from posthorn.reconcile_keys(5000, 100)")).toEqual({ mended: 0 });
});

test("a head goes though its subscription keeps no order any more", async () => {
  const { gateway, endpoint } = await withEndpoint();
  const head = await keyed(gateway, endpoint, "a", 1, "held");
  expect(await one(gateway, "select mended from posthorn.reconcile_keys(5000, 100)")).toEqual({ mended: 1 });
  expect(await gateway.jobs(head)).toBe(1);
});

test("processes live on real time: a gateway whose clock is moved by days takes none for dead", async () => {
  const { gateway } = await withEndpoint();
  const beat = "select posthorn.heartbeat('pool-1', 'host', 1, 'test') as known";
  await gateway.rows(beat);
  await gateway.rows(
    "create or replace function posthorn.now() returns timestamptz language sql stable parallel safe as $$ select statement_timestamp() + interval '9 days' $$",
  );
  expect(await gateway.rows("select posthorn.reap(4000)")).toEqual([]);
  expect(await gateway.rows(beat)).toEqual([{ known: true }]);
  await gateway.rows("update posthorn.deliverers set heartbeat_at = heartbeat_at - interval '5 seconds'");
  expect(await gateway.rows("select posthorn.reap(4000) as id")).toEqual([{ id: "pool-1" }]);
});
