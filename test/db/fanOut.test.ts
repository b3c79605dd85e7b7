import { Pool } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { FanOutPage, LoadedFanOut } from "#db/sql/delivery.ts";
import { arrival, receiverOfTest } from "#test/delivering.ts";
import { createGateway, type Gateway, type TestEndpoint } from "#test/gateway.ts";
import { until } from "#test/until.ts";

// What the fan-out's statements promise each other, without a deliverer in between.
let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway();
  await gateway.eventType("order.paid");
});
afterAll(() => gateway?.close());

const nowhere = "http://127.0.0.1:1/";

/** A tenant whose events are fanned out by the job, because its subscriptions have throttles. */
async function tenantWith(endpoints: number, max = 1000): Promise<{ tenantId: string; endpoints: TestEndpoint[] }> {
  const tenantId = await gateway.tenant();
  const made: TestEndpoint[] = [];
  for (let i = 0; i < endpoints; i++) made.push(await gateway.endpoint({ tenantId, url: nowhere }));
  await gateway.rows("update posthorn.subscriptions set throttle = $2 where tenant_id = $1", [
    tenantId,
    JSON.stringify({ max, windowSeconds: 3600 }),
  ]);
  return { tenantId, endpoints: made };
}

async function publish(tenantId: string, count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await gateway.publish(tenantId, "order.paid");
}

function load(tenantId: string, page = 500): Promise<LoadedFanOut[]> {
  return gateway.rows<LoadedFanOut>(
    `select f.* from posthorn.load_fan_out(array(select id from posthorn.events where tenant_id = $1), $2) f`,
    [tenantId, page],
  );
}

/** Pages that deliver to every candidate's endpoint. */
function pagesOf(rows: readonly LoadedFanOut[], page = 500): FanOutPage[] {
  let candidates: LoadedFanOut["candidates"] = [];
  return rows.map((row) => {
    candidates = row.candidates ?? candidates;
    const targets = (candidates ?? []).map(({ endpoint, subscription, format }) => ({
      endpoint,
      subscription,
      format,
    }));
    return { event: row.id, after: row.after, next: row.endpoints < page ? null : row.last_endpoint, targets };
  });
}

async function write(pages: readonly FanOutPage[]): Promise<string[]> {
  const rows = await gateway.rows<{ id: string }>("select fan_out as id from posthorn.fan_out($1::json)", [
    JSON.stringify(pages),
  ]);
  return rows.map(({ id }) => id);
}

async function deliveriesOf(tenantId: string): Promise<Readonly<Record<string, number>>> {
  const rows = await gateway.rows<{ outcome: string; count: number }>(
    "select concat_ws(' ', status, reason) as outcome, count(*)::int as count from posthorn.deliveries where tenant_id = $1 group by 1",
    [tenantId],
  );
  return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]));
}

test("a page that was written already is not written again: no delivery, no failure and nothing derived is made twice", async () => {
  const { tenantId } = await tenantWith(2);
  await publish(tenantId);
  const [page] = pagesOf(await load(tenantId));
  const failing = page?.targets[0]?.subscription ?? "";
  const full = {
    ...page,
    failures: [{ subscription: failing, message: "no" }],
    derived: [{ ordinal: 0, tenant_id: tenantId, catalog: "default", type: "order.paid", data: "{}" }],
  };
  const answers = [];
  for (let i = 0; i < 2; i++)
    answers.push(await gateway.rows("select posthorn.fan_out($1::json)", [JSON.stringify([full])]));
  expect(answers.map((rows) => rows.length)).toEqual([1, 0]);
  expect(await deliveriesOf(tenantId)).toEqual({ queued: 2 });
  const noted =
    "select filter_failures::int as failures, last_filter_failure as message from posthorn.subscriptions where id = $1";
  expect(await gateway.rows(noted, [failing])).toEqual([{ failures: 1, message: "no" }]);
  expect(await gateway.rows("select 1 from posthorn.events where tenant_id = $1", [tenantId])).toHaveLength(2);
});

test("of many who write the same pages at once, one writes each", async () => {
  const { tenantId } = await tenantWith(3);
  await publish(tenantId, 20);
  const pages = pagesOf(await load(tenantId));
  const pool = new Pool({ connectionString: gateway.url, max: 8 });
  onTestFinished(() => pool.end());
  const answers = await Promise.all(
    [pages, pages.toReversed(), pages.slice(5), pages.slice(0, 12), pages, pages.toReversed()].map((list) =>
      pool.query("select posthorn.fan_out($1::json)", [JSON.stringify(list)]),
    ),
  );
  expect(answers.reduce((sum, { rows }) => sum + rows.length, 0)).toBe(20);
  expect(await deliveriesOf(tenantId)).toEqual({ queued: 60 });
});

test("batches that take the same throttles in different orders wait for each other and do not lock each other out", async () => {
  const { tenantId } = await tenantWith(4, 30);
  await publish(tenantId, 80);
  const pages = pagesOf(await load(tenantId));
  const pool = new Pool({ connectionString: gateway.url, max: 8 });
  onTestFinished(() => pool.end());
  const batches = Array.from({ length: 8 }, (_, i) => {
    const own = pages.slice(i * 10, i * 10 + 10);
    const turned = own.map((page) => ({ ...page, targets: page.targets.toReversed() }));
    return i % 2 === 0 ? own : turned.toReversed();
  });
  await Promise.all(batches.map((list) => pool.query("select posthorn.fan_out($1::json)", [JSON.stringify(list)])));
  expect(await deliveriesOf(tenantId)).toEqual({ queued: 120, "skipped throttled": 200 });
});

test("pages follow each other in the order of the endpoints' ids, each endpoint once", async () => {
  const { tenantId, endpoints } = await tenantWith(7);
  const [first] = endpoints;
  if (first === undefined) throw new Error("no endpoint");
  // Matches twice by its own patterns, and by another subscription.
  await gateway.subscribe(first, ["order.*", "order.paid", "*"]);
  await publish(tenantId, 2);
  const sizes: number[][] = [];
  for (let rows = await load(tenantId, 3); rows.length > 0; rows = await load(tenantId, 3)) {
    sizes.push(rows.map((row) => row.endpoints));
    const pages = pagesOf(rows, 3).map((page) => ({
      ...page,
      targets: [...new Map(page.targets.map((target) => [target.endpoint, target])).values()],
    }));
    await write(pages);
  }
  expect(sizes).toEqual([
    [3, 3],
    [3, 3],
    [1, 1],
  ]);
  const counts =
    "select endpoint_id, count(*)::int as count from posthorn.deliveries where tenant_id = $1 group by 1 order by 1";
  expect(await gateway.rows(counts, [tenantId])).toEqual(
    endpoints
      .map(({ id }) => id)
      .toSorted()
      .map((endpoint_id) => ({ endpoint_id, count: 2 })),
  );
});

test("events of one tenant and type share their candidates; another tenant's have their own", async () => {
  const [one, other] = [await tenantWith(1), await tenantWith(2)];
  await publish(one.tenantId, 2);
  await publish(other.tenantId, 2);
  const rows = await gateway.rows<LoadedFanOut>(
    "select f.* from posthorn.load_fan_out(array(select id from posthorn.events where tenant_id = any ($1)), 500) f",
    [[one.tenantId, other.tenantId]],
  );
  const seen = rows.map((row) => [row.tenant_id, row.endpoints, row.candidates?.length ?? null]);
  const expected = [one, other]
    .toSorted((a, b) => (a.tenantId < b.tenantId ? -1 : 1))
    .flatMap(({ tenantId, endpoints: { length } }) => [
      [tenantId, length, length],
      [tenantId, length, null],
    ]);
  expect(seen).toEqual(expected);
});

test("an endpoint that was disabled, or deleted, between reading and writing gets nothing", async () => {
  const { tenantId, endpoints } = await tenantWith(3);
  await publish(tenantId);
  const pages = pagesOf(await load(tenantId));
  const [disabled, deleted] = endpoints;
  if (disabled === undefined || deleted === undefined) throw new Error("no endpoints");
  await gateway.setLane(disabled, "disable");
  await gateway.rows("delete from posthorn.endpoints where id = $1", [deleted.id]);
  await write(pages);
  expect(await deliveriesOf(tenantId)).toEqual({ queued: 1 });
});

test("a paused endpoint's deliveries are held", async () => {
  const { tenantId, endpoints } = await tenantWith(2);
  const [paused] = endpoints;
  if (paused === undefined) throw new Error("no endpoint");
  await gateway.setLane(paused, "pause");
  await publish(tenantId);
  await write(pagesOf(await load(tenantId)));
  expect(await deliveriesOf(tenantId)).toEqual({ held: 1, queued: 1 });
});

test("a process that died between reading and writing leaves an event that reconciling gives a job again", async () => {
  const own = await createGateway();
  onTestFinished(() => own.close());
  await own.eventType("order.paid");
  const receiver = await receiverOfTest();
  const tenantId = await own.tenant();
  const endpoint = await own.endpoint({ tenantId, url: receiver.url });
  await own.rows("update posthorn.subscriptions set filter = $2 where endpoint_id = $1", [endpoint.id, "$error('no')"]);
  await own.endpoint({ tenantId, url: receiver.url });
  const eventId = await own.publish(tenantId, "order.paid");
  // It has read; its job dies with it.
  await own.rows("select posthorn.load_fan_out(array(select id from posthorn.events), 500)");
  await own.rows("delete from graphile_worker._private_jobs");
  expect(await own.rows("select mended from posthorn.reconcile_events(0, 100)")).toEqual([{ mended: 1 }]);
  expect(await own.rows("select mended from posthorn.reconcile_events(0, 100)")).toEqual([{ mended: 0 }]);
  await own.startDeliverer();
  expect((await arrival(receiver)).headers["webhook-id"]).toBe(eventId);
  const count = async () =>
    (
      await own.rows<{ n: number }>(
        "select filter_failures::int as n from posthorn.subscriptions where endpoint_id = $1",
        [endpoint.id],
      )
    )[0]?.n;
  await until(async () => (await count()) === 1, { what: "the failure is counted" });
  expect(await own.deliveries(eventId)).toHaveLength(1);
});
