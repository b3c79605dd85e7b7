import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { decodeId } from "#domain/ids.ts";
import { systemClock } from "#domain/clock.ts";
import { createHttpServer } from "../../src/entry/httpServer.ts";
import { createRefusals } from "../../src/entry/refusals.ts";
import { freePort } from "#test/clone.ts";
import { until } from "#test/until.ts";
import { operatorKey, startApi, type Answer, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
let database: Client;
beforeAll(async () => {
  app = await startApi();
  database = new Client({ connectionString: app.databaseUrl });
  await database.connect();
  await app.call("POST", "/v1/event-types", { body: { name: "invoice.paid" } });
});
afterAll(async () => {
  await database.end();
  await app.close();
});

interface Polled {
  readonly tenant: string;
  readonly path: string;
  readonly id: string;
}

async function polled(of: TestApi = app): Promise<Polled> {
  const tenant = await of.tenant();
  const body = { url: "https://hooks.example.com/a", eventTypes: ["*"], mode: "poll" };
  const { id } = (await of.call("POST", `/v1/tenants/${tenant}/endpoints`, { body })).body;
  return { tenant, path: `/v1/tenants/${tenant}/endpoints/${id}`, id };
}

async function publish({ tenant }: Polled, id: string): Promise<void> {
  await app.call("POST", "/v1/events", { body: { id, tenantId: tenant, type: "invoice.paid", data: {} } });
}

const fetchFeed = ({ path }: Polled, query = ""): Promise<Answer> => app.call("GET", `${path}/feed${query}`);
const idsOf = ({ body }: Answer): string[] => body.data.map(({ id }: Json) => id);
const waiting = (count: number) => () => app.deps.feedWatch.waiting === count;

async function timed<T>(work: Promise<T>): Promise<{ result: T; tookMs: number }> {
  const startedAt = performance.now();
  const result = await work;
  return { result, tookMs: performance.now() - startedAt };
}

describe("a call that waits", () => {
  test("is answered within half a second of a publish", async () => {
    const endpoint = await polled();
    const took: number[] = [];
    let cursor = "";
    // The quickest of three: the machine may be busy with other test files.
    for (const id of ["a", "b", "c"]) {
      const call = fetchFeed(endpoint, `?wait=30${cursor}`);
      await until(waiting(1), { what: "the call waits" });
      await publish(endpoint, id);
      const { result, tookMs } = await timed(call);
      expect(idsOf(result)).toEqual([id]);
      took.push(tookMs);
      cursor = `&cursor=${result.body.nextCursor}`;
    }
    expect(Math.min(...took)).toBeLessThan(500);
  });

  test("is answered empty when its time is over, with a cursor that goes on from there", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a");
    const page = await fetchFeed(endpoint);
    const { result, tookMs } = await timed(fetchFeed(endpoint, `?wait=1&cursor=${page.body.nextCursor}`));
    expect(result.body).toEqual({ data: [], nextCursor: page.body.nextCursor });
    expect(tookMs).toBeGreaterThan(950);
    expect(tookMs).toBeLessThan(3000);
  });

  test("does not wait where there is something already", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a");
    expect((await timed(fetchFeed(endpoint, "?wait=30"))).tookMs).toBeLessThan(1000);
  });

  test("sees a redelivered one that is days old", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a");
    const page = await fetchFeed(endpoint);
    const [item] = page.body.data;
    await database.query("update posthorn.deliveries set id = posthorn.id_at(now() - interval '1 day') where id = $1", [
      decodeId("delivery", item.deliveryId),
    ]);
    await fetchFeed(endpoint, `?cursor=${page.body.nextCursor}`);
    const call = fetchFeed(endpoint, `?wait=30&cursor=${page.body.nextCursor}`);
    await until(waiting(1), { what: "the call waits" });
    await database.query("update posthorn.deliveries set status = 'held' where endpoint_id = $1", [
      decodeId("endpoint", endpoint.id),
    ]);
    const { result, tookMs } = await timed(call);
    expect(idsOf(result)).toEqual(["a"]);
    expect(tookMs).toBeLessThan(4000);
  });

  test("waits on while the endpoint is paused, and is answered when it is resumed", async () => {
    const endpoint = await polled();
    await app.call("POST", `${endpoint.path}/pause`);
    await publish(endpoint, "a");
    const call = fetchFeed(endpoint, "?wait=30");
    await until(waiting(1), { what: "the call waits" });
    await app.call("POST", `${endpoint.path}/resume`);
    expect(idsOf(await call)).toEqual(["a"]);
  });

  test.each([
    ["disabled", "POST", "/disable", undefined, "endpointDisabled"],
    ["deleted", "DELETE", "", undefined, "notFound"],
    ["sent to", "PATCH", "", { mode: "push" }, "notPolled"],
  ])("is told when the endpoint is %s meanwhile", async (_, method, action, body, code) => {
    const endpoint = await polled();
    const call = fetchFeed(endpoint, "?wait=30");
    await until(waiting(1), { what: "the call waits" });
    await app.call(method, `${endpoint.path}${action}`, { body });
    expect((await call).body).toMatchObject({ code });
  });

  test("takes no database connection while it does: 200 of them wait on four", async () => {
    const endpoints = await Promise.all(Array.from({ length: 200 }, () => polled()));
    const calls = endpoints.map((endpoint) => fetchFeed(endpoint, "?wait=30"));
    await until(waiting(200), { what: "200 calls wait" });
    const { rows } = await database.query(
      "select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name = 'posthorn-test'",
    );
    expect(rows[0].count).toBeLessThanOrEqual(4);
    await Promise.all(endpoints.map((endpoint, i) => publish(endpoint, `e${i}`)));
    const { result, tookMs } = await timed(Promise.all(calls));
    expect(result.map(idsOf)).toEqual(endpoints.map((_, i) => [`e${i}`]));
    expect(tookMs).toBeLessThan(6000);
  });

  test("is forgotten when its client goes", async () => {
    const endpoint = await polled();
    const refusals = createRefusals({ clock: systemClock, log: console });
    const server = createHttpServer({ api: app.api, refusals, maxWaitMs: 10_000, isFull: () => false });
    const port = await freePort();
    await server.listen(port, "127.0.0.1");
    onTestFinished(() => server.drain(0));
    const client = new AbortController();
    const headers = { authorization: `Bearer ${operatorKey}` };
    const call = fetch(`http://127.0.0.1:${port}${endpoint.path}/feed?wait=30`, { headers, signal: client.signal });
    await until(waiting(1), { what: "the call waits" });
    client.abort();
    await expect(call).rejects.toThrow(/abort/);
    await until(waiting(0), { deadlineMs: 2000, what: "nobody waits" });
  });
});

describe("where there is no room to wait in", () => {
  test("a call is answered at once, empty", async () => {
    const small = await startApi({ POSTHORN_MAX_FEED_WAITERS: "0" });
    onTestFinished(() => small.close());
    const { path } = await polled(small);
    const { result, tookMs } = await timed(small.call("GET", `${path}/feed?wait=30`));
    expect(result.body.data).toEqual([]);
    expect(tookMs).toBeLessThan(1000);
  });

  test("because the process is about to end, all are answered", async () => {
    const ending = await startApi();
    onTestFinished(() => ending.close());
    const { path } = await polled(ending);
    const call = ending.call("GET", `${path}/feed?wait=30`);
    await until(() => ending.deps.feedWatch.waiting === 1, { what: "the call waits" });
    ending.deps.feedWatch.close();
    expect((await timed(call)).tookMs).toBeLessThan(1000);
    expect((await timed(ending.call("GET", `${path}/feed?wait=30`))).tookMs).toBeLessThan(1000);
  });
});
