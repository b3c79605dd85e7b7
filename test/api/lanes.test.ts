import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLanesApi, type LanesApi, type TestEndpoint } from "./lanesHarness.ts";

let app: LanesApi;
beforeAll(async () => {
  app = await startLanesApi();
});
afterAll(() => app.close());

const act = ({ path }: TestEndpoint, action: string) => app.call("POST", `${path}/${action}`);
const change = ({ path }: TestEndpoint, body: object) => app.call("PATCH", path, { body });

/** An endpoint that a lane closed after ten failures in a row. */
async function failing(): Promise<TestEndpoint> {
  const endpoint = await app.endpoint();
  for (let i = 0; i < 10; i++) await app.ends(await app.publish(endpoint), "scheduled", 500);
  return endpoint;
}

describe("a lane that a person holds", () => {
  test("shows what waits, and since when it has been held: pausing twice is pausing once", async () => {
    const endpoint = await app.endpoint();
    const first = (await act(endpoint, "pause")).body.lane;
    for (let i = 0; i < 3; i++) await app.publish(endpoint);
    const again = await act(endpoint, "pause");
    expect(again.status).toBe(200);
    expect(again.body.lane).toEqual({ ...first, waiting: 3 });
    expect(first).toMatchObject({ state: "held", reason: "paused", waiting: 0, waitingIsExact: true, inFlight: 0 });
    expect(first.nextAttemptAt).toBeNull();
  });

  test("opens when it is resumed, twice as once, and what waited goes out", async () => {
    const endpoint = await app.endpoint();
    await act(endpoint, "pause");
    const id = await app.publish(endpoint);
    expect((await act(endpoint, "resume")).body.lane).toMatchObject({ state: "open", reason: null, since: null });
    expect((await act(endpoint, "resume")).body.lane).toMatchObject({ state: "open", reason: null });
    await app.pump();
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "queued" });
    expect(await app.lane(endpoint)).toMatchObject({ state: "open", waiting: 0, inFlight: 1 });
  });

  test("that is disabled is not resumed but enabled, and doing either twice is doing it once", async () => {
    const endpoint = await app.endpoint();
    const first = (await act(endpoint, "disable")).body.lane;
    expect((await act(endpoint, "disable")).body.lane).toEqual(first);
    expect((await act(endpoint, "resume")).body).toMatchObject({ status: 409, code: "endpointDisabled" });
    expect(await app.lane(endpoint)).toEqual(first);
    for (let i = 0; i < 2; i++) {
      expect((await act(endpoint, "enable")).body.lane).toMatchObject({ state: "open", reason: null, since: null });
    }
  });
});

describe("a lane that the gateway holds", () => {
  test("says why, since when, what waits and when the next is tried", async () => {
    const endpoint = await failing();
    const before = Date.now();
    const waiting = await app.publish(endpoint);
    expect(await app.delivery(endpoint, waiting)).toMatchObject({ status: "held", nextAttemptAt: null });
    const lane = await app.lane(endpoint);
    expect(lane).toMatchObject({ state: "held", reason: "failing", waiting: 1, waitingIsExact: true, inFlight: 0 });
    expect(lane.detail).toBe("the last 10 attempts failed");
    expect(Date.parse(lane.since)).toBeLessThanOrEqual(before);
    expect(Date.parse(lane.nextAttemptAt) - Date.parse(lane.since)).toBeGreaterThanOrEqual(4900);
  });

  test("is tried at once when it is resumed, and stays held until that succeeds", async () => {
    const endpoint = await failing();
    const probe = await app.publish(endpoint);
    const resumed = (await act(endpoint, "resume")).body.lane;
    expect(resumed).toMatchObject({ state: "held", reason: "failing" });
    expect(Date.parse(resumed.nextAttemptAt)).toBeLessThanOrEqual(Date.now());
    await app.pump();
    expect(await app.lane(endpoint)).toMatchObject({ state: "held", reason: "failing", waiting: 0, inFlight: 1 });
    await app.ends(probe, "delivered");
    await app.pump();
    expect(await app.lane(endpoint)).toMatchObject({ state: "open", reason: null, inFlight: 0, nextAttemptAt: null });
  });

  test("is tried at once when it is resumed, though the receiver asked for silence", async () => {
    const endpoint = await app.endpoint();
    await app.ends(await app.publish(endpoint), "scheduled", 429);
    const id = await app.publish(endpoint);
    await app.rows(
      "update posthorn.lanes set blocked_until = next_at + interval '1 hour', next_at = next_at + interval '1 hour' where endpoint_id = $1",
      [endpoint.id],
    );
    expect(await app.lane(endpoint)).toMatchObject({ state: "held", reason: "throttled", waiting: 1 });
    await app.pump();
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "held" });
    expect((await act(endpoint, "resume")).status).toBe(200);
    await app.pump();
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "queued" });
  });

  test("shows a person's reason first, and its own again when the person lets go", async () => {
    const endpoint = await failing();
    const own = await app.lane(endpoint);
    expect((await act(endpoint, "pause")).body.lane).toMatchObject({ reason: "paused", nextAttemptAt: null });
    expect((await act(endpoint, "resume")).body.lane).toMatchObject({ reason: "failing", since: own.since });
  });

  test("stands in the list of endpoints with its reason", async () => {
    const endpoint = await failing();
    const { body } = await app.call("GET", `/v1/tenants/${endpoint.tenant}/endpoints`);
    const { state, reason, since, detail } = await app.lane(endpoint);
    expect(body.data[0].lane).toEqual({ state, reason, since, detail });
  });
});

describe("what waits", () => {
  test("is counted up to 100,000, and said to be more than that", async () => {
    const endpoint = await app.endpoint();
    await act(endpoint, "pause");
    await app.publish(endpoint);
    await app.rows(
      `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, payload_format, operational, created_at, updated_at)
       select posthorn.new_id(), d.tenant_id, d.endpoint_id, d.event_id, d.event_type, 'held', d.due_at, 'standard', false, d.created_at, d.updated_at
       from posthorn.deliveries d, generate_series(1, 99999) where d.endpoint_id = $1`,
      [endpoint.id],
    );
    expect(await app.lane(endpoint)).toMatchObject({ waiting: 100_000, waitingIsExact: true });
    await app.publish(endpoint);
    expect(await app.lane(endpoint)).toMatchObject({ waiting: 100_000, waitingIsExact: false });
  });
});

describe("an endpoint that polls", () => {
  test("collects its deliveries in an open lane, until it is paused or disabled", async () => {
    const endpoint = await app.endpoint({ mode: "poll" });
    const id = await app.publish(endpoint);
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "held" });
    const open = { state: "open", reason: null, since: null, detail: null, waiting: 1, inFlight: 0 };
    expect(await app.lane(endpoint)).toMatchObject(open);
    const { body } = await app.call("GET", `/v1/tenants/${endpoint.tenant}/endpoints`);
    expect(body.data[0]).toMatchObject({ mode: "poll", lane: { state: "open", reason: null } });
    expect((await act(endpoint, "pause")).body).toMatchObject({ mode: "poll", lane: { reason: "paused", waiting: 1 } });
    expect((await act(endpoint, "resume")).body.lane).toMatchObject(open);
  });

  test("gets what waited when it turns to push, though nothing is published any more", async () => {
    const endpoint = await app.endpoint({ mode: "poll" });
    const id = await app.publish(endpoint);
    const { body } = await change(endpoint, { mode: "push", description: "moved" });
    expect(body).toMatchObject({ mode: "push", description: "moved", lane: { state: "open", waiting: 1 } });
    await app.pump();
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "queued" });
    const next = await app.publish(endpoint);
    expect(await app.delivery(endpoint, next)).toMatchObject({ status: "queued" });
  });

  test("keeps what waited for a lane that was failing, and is not failing itself", async () => {
    const endpoint = await failing();
    const id = await app.publish(endpoint);
    const { body } = await change(endpoint, { mode: "poll" });
    expect(body.lane).toMatchObject({ state: "open", reason: null, waiting: 1, nextAttemptAt: null });
    await app.pump();
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "held" });
    expect((await change(endpoint, { mode: null })).body).toMatchObject({ mode: "push", lane: { state: "open" } });
    await app.pump();
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "queued" });
  });

  test("stays paused when its mode changes", async () => {
    const endpoint = await app.endpoint();
    await act(endpoint, "pause");
    const id = await app.publish(endpoint);
    for (const mode of ["poll", "push"]) {
      expect((await change(endpoint, { mode })).body).toMatchObject({
        mode,
        lane: { state: "held", reason: "paused" },
      });
      await app.pump();
      expect(await app.delivery(endpoint, id)).toMatchObject({ status: "held" });
    }
  });

  test("tells the deliverers when its mode changes", async () => {
    const endpoint = await app.endpoint();
    const revision = async () =>
      (await app.rows<{ revision: string }>("select revision from posthorn.endpoints where id = $1", [endpoint.id]))[0];
    const before = Number((await revision())?.revision);
    await change(endpoint, { mode: "poll" });
    expect(Number((await revision())?.revision)).toBeGreaterThan(before);
  });
});
