import { Pool } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { receiverOfTest } from "#test/delivering.ts";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { until } from "#test/until.ts";
import { catalogOf, endpointWith, install, publishTo, typeOf } from "./catalogs.ts";

const deliverers = 3;
let running: Gateway | undefined;
beforeAll(async () => {
  running = await createGateway();
  for (let i = 0; i < deliverers; i++) await running.startDeliverer();
});
afterAll(() => running?.close());

function gateway(): Gateway {
  if (running === undefined) throw new Error("The gateway is there from beforeAll on.");
  return running;
}

const team = { type: "object", required: ["team"] };

/** The deliveries of a tenant by what they have come to, once all of that many are settled. */
async function settled(tenantId: string, count: number): Promise<Readonly<Record<string, number>>> {
  const counts = async () => {
    const rows = await gateway().rows<{ outcome: string; count: number }>(
      `select concat_ws(' ', status, reason) as outcome, count(*)::int as count from posthorn.deliveries
       where tenant_id = $1 and status in ('delivered', 'skipped', 'failed') group by 1`,
      [tenantId],
    );
    const total = rows.reduce((sum, row) => sum + row.count, 0);
    return total >= count && Object.fromEntries(rows.map((row) => [row.outcome, row.count]));
  };
  return until(counts, { deadlineMs: 20_000, what: `${count} deliveries are settled` });
}

/** Publishes from 8 connections at once. */
async function publishAtOnce(place: { tenantId: string; catalog: string; type: string }, data: readonly string[]) {
  const pool = new Pool({ connectionString: gateway().url, max: 8 });
  onTestFinished(() => pool.end());
  await Promise.all(
    data.map((text) =>
      pool.query("select posthorn.publish(tenant_id => $1, catalog => $2, type => $3, data => $4::json)", [
        place.tenantId,
        place.catalog,
        place.type,
        text,
      ]),
    ),
  );
}

test("a type's throttle lets through exactly its number for each key, from 8 publishers and with three deliverers", async () => {
  const document = catalogOf([
    typeOf("team.grew", [team], { throttle: { max: 4, windowSeconds: 3600, per: ["/body/team"] } }),
  ]);
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().endpoint({ tenantId, url: receiver.url });
  const data = Array.from({ length: 60 }, (_, i) => `{"team":"${"abc"[i % 3] ?? ""}"}`);
  await publishAtOnce({ tenantId, catalog: document.catalog, type: "team.grew" }, data);
  // Judged once for an event: both endpoints get the same ones.
  expect(await settled(tenantId, 120)).toEqual({ delivered: 24, "skipped throttled": 96 });
  const teams = receiver.requests.map(({ body }) => String(JSON.parse(body).data.team));
  expect(["a", "b", "c"].map((name) => teams.filter((one) => one === name).length)).toEqual([8, 8, 8]);
});

test("without a key the tenant has one window, and another tenant another one", async () => {
  const document = catalogOf([typeOf("team.grew", [team], { throttle: { max: 2, windowSeconds: 3600 } })]);
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenants = [await gateway().tenant(), await gateway().tenant()];
  for (const tenantId of tenants) {
    await gateway().endpoint({ tenantId, url: receiver.url });
    const place = { tenantId, catalog: document.catalog, type: "team.grew" };
    await publishAtOnce(place, ['{"team":1}', '{"team":2}', '{"team":3}']);
  }
  for (const tenantId of tenants) expect(await settled(tenantId, 3)).toEqual({ delivered: 2, "skipped throttled": 1 });
});

test("an event that nobody gets does not count", async () => {
  const document = catalogOf([typeOf("team.grew", [team], { throttle: { max: 1, windowSeconds: 3600 } })]);
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await endpointWith(gateway(), { tenantId, url: receiver.url }, { filter: "data.team = 2" });
  const place = { tenantId, catalog: document.catalog, type: "team.grew" };
  for (const nth of [1, 2]) await publishTo(gateway(), place, `{"team":${nth}}`);
  expect(await settled(tenantId, 1)).toEqual({ delivered: 1 });
});

test("a subscription's throttle is its own, exact, and costs the endpoint beside it nothing", async () => {
  await gateway().eventType("order.paid");
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await endpointWith(gateway(), { tenantId, url: `${receiver.url}few` }, { throttle: { max: 5, windowSeconds: 3600 } });
  await endpointWith(
    gateway(),
    { tenantId, url: `${receiver.url}some` },
    { throttle: { max: 9, windowSeconds: 3600 } },
  );
  await gateway().endpoint({ tenantId, url: `${receiver.url}all` });
  const place = { tenantId, catalog: "default", type: "order.paid" };
  await publishAtOnce(
    place,
    Array.from({ length: 40 }, () => "{}"),
  );
  expect(await settled(tenantId, 120)).toEqual({ delivered: 54, "skipped throttled": 66 });
  const paths = receiver.requests.map((r) => r.path);
  expect(["/few", "/some", "/all"].map((path) => paths.filter((p) => p === path).length)).toEqual([5, 9, 40]);
});

test("when the window has passed the next one gets through", async () => {
  await gateway().eventType("order.paid");
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await endpointWith(gateway(), { tenantId, url: receiver.url }, { throttle: { max: 2, windowSeconds: 1 } });
  const startedAt = performance.now();
  const third = async () => {
    await gateway().publish(tenantId, "order.paid");
    return receiver.requests.length >= 3;
  };
  await until(third, { what: "a third one got through" });
  // The window began after the first was published, and the third came after the window.
  expect(performance.now() - startedAt).toBeGreaterThan(1000);
});

test("a key that is longer than a window's may be is cut between characters, and holds up no event", async () => {
  const document = catalogOf([
    typeOf("team.grew", [team], {
      throttle: { max: 1, windowSeconds: 3600, per: ["/body/team"] },
      orderingKey: ["/body/team"],
    }),
  ]);
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url });
  for (const length of [255, 399]) {
    const id = await publishTo(
      gateway(),
      { tenantId, catalog: document.catalog, type: "team.grew" },
      JSON.stringify({ team: `${"a".repeat(length)}🎺` }),
    );
    expect(id).not.toBe("");
  }
  expect(await settled(tenantId, 2)).toEqual({ delivered: 2 });
});
