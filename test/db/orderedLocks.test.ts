import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createGateway, type Gateway, type TestEndpoint } from "#test/gateway.ts";
import { until } from "#test/until.ts";

// Whoever looks at ordering keys locks them, in one order and not for long: outcomes of everybody are written behind these locks.
let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway();
  await gateway.eventType("order.paid");
});
afterAll(() => gateway?.close());

const keyLocks = `select l.pid from pg_locks l where l.locktype = 'advisory' and l.classid = 7078673
  and l.database = (select oid from pg_database where datname = current_database())`;

async function ordered(): Promise<{ tenantId: string; endpoint: TestEndpoint }> {
  const tenantId = await gateway.tenant();
  return { tenantId, endpoint: await gateway.endpoint({ tenantId, url: "http://127.0.0.1:1/", ordering: "skip" }) };
}

async function session(): Promise<Client> {
  const client = new Client({ connectionString: gateway.url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

test("a caller that keeps its transaction open after publishing keeps no ordering key", async () => {
  const { tenantId } = await ordered();
  const caller = await session();
  await caller.query("begin");
  await caller.query(
    `select posthorn.publish(tenant_id => $1, type => 'order.paid', data => '{}'::json, ordering_key => 'a')`,
    [tenantId],
  );
  expect(await gateway.rows(keyLocks)).toEqual([]);
  await caller.query("commit");
  const [pending] = await gateway.rows<{ jobs: number }>(
    `select count(*)::int as jobs from posthorn.events e join graphile_worker._private_jobs j on j.key = 'fan_out:' || e.id::text
      where e.tenant_id = $1 and e.fan_out_after is not null`,
    [tenantId],
  );
  expect(pending?.jobs).toBe(1);
});

/** A replay of one failed delivery with that ordering key. */
async function failedReplay(tenantId: string, endpoint: TestEndpoint, key: string): Promise<void> {
  await gateway.rows(
    `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, payload_format, ordering_key,
        ordered_at, created_at, updated_at)
      values (posthorn.new_id(), $1, $2, posthorn.new_id(), 'order.paid', 'failed', posthorn.now(), 'standard', $3, posthorn.now(), posthorn.now(), posthorn.now())`,
    [tenantId, endpoint.id, key],
  );
  await gateway.rows(
    `select posthorn.create_replay($1, $2, posthorn.now() - interval '1 hour', null, null, '{failed}', posthorn.now(), null, 1, 'test', 10)`,
    [tenantId, endpoint.id],
  );
}

test("two replays in one statement lock their ordering keys in the order of everybody", async () => {
  const [first, second] = [await ordered(), await ordered()];
  const [pair] = await gateway.rows<{ high: string; low: string; lock: number }>(
    `select h::text as high, l::text as low, posthorn.key_lock($2, l::text) as lock from generate_series(1, 20) h, generate_series(1, 20) l
      where posthorn.key_lock($1, h::text) > posthorn.key_lock($2, l::text) limit 1`,
    [first.endpoint.id, second.endpoint.id],
  );
  if (!pair) throw new Error("of 400 pairs none is the other way about");
  await failedReplay(first.tenantId, first.endpoint, pair.high);
  await failedReplay(second.tenantId, second.endpoint, pair.low);
  const [holder, pump] = [await session(), await session()];
  await holder.query("begin");
  await holder.query("select pg_advisory_xact_lock(7078673, $1)", [pair.lock]);
  const admitted = pump.query<{ moved: number }>("select moved from posthorn.admit_replays(500, 100)");
  const waiting = () => gateway.rows<{ pid: number }>(`${keyLocks} and not l.granted`);
  await until(async () => (await waiting()).length === 1, { what: "it waits for the lower one" });
  const [{ pid } = { pid: 0 }] = await waiting();
  expect(await gateway.rows(`${keyLocks} and l.granted and l.pid = $1`, [pid])).toEqual([]);
  await holder.query("commit");
  expect((await admitted).rows).toEqual([{ moved: 2 }]);
});

test("an order is taken away while what blocks it is redelivered behind a failing lane", async () => {
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: "http://127.0.0.1:1/", ordering: "block" });
  const [delivery] = await gateway.rows<{ id: string }>(
    `insert into posthorn.deliveries (id, tenant_id, endpoint_id, subscription_id, event_id, event_type, status, blocks, due_at, payload_format,
        ordering_key, ordered_at, created_at, updated_at)
      select posthorn.new_id(), $1, $2, s.id, posthorn.new_id(), 'order.paid', 'failed', true, posthorn.now(), 'standard',
        'a', posthorn.now(), posthorn.now(), posthorn.now() from posthorn.subscriptions s where s.endpoint_id = $2 returning id`,
    [tenantId, endpoint.id],
  );
  await gateway.rows(
    "update posthorn.endpoints set lane = 'held', lane_reason = 'failing', lane_since = now() where id = $1",
    [endpoint.id],
  );
  const [changing, redelivering] = [await session(), await session()];
  await changing.query("begin");
  await changing.query("select from posthorn.endpoints where id = $1 for no key update", [endpoint.id]);
  const redelivered = redelivering.query<{ status: string }>("select posthorn.redeliver($1, $2) as status", [
    tenantId,
    delivery?.id,
  ]);
  const waits = () =>
    gateway.rows("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
  await until(async () => (await waits()).length === 1, { what: "it waits for the endpoint's row" });
  await changing.query("update posthorn.subscriptions set ordering = null where endpoint_id = $1", [endpoint.id]);
  await changing.query("commit");
  expect((await redelivered).rows).toEqual([{ status: "held" }]);
  expect(
    await gateway.rows("select from posthorn.deliveries where endpoint_id = $1 and blocks", [endpoint.id]),
  ).toEqual([]);
});
