import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLanesApi, type LanesApi, type TestEndpoint } from "./lanesHarness.ts";

let app: LanesApi;
beforeAll(async () => {
  app = await startLanesApi();
});
afterAll(() => app.close());

interface Ordered extends TestEndpoint {
  /** Of its subscription. */
  readonly subscription: string;
}

async function ordered(onFailure: "block" | "skip"): Promise<Ordered> {
  const endpoint = await app.endpoint({ eventTypes: undefined });
  const body = { eventTypes: ["*"], ordering: { onFailure } };
  const made = await app.call("POST", `${endpoint.path}/subscriptions`, { body });
  expect(made.body).toMatchObject({ ordering: { onFailure } });
  return { ...endpoint, subscription: `${endpoint.path}/subscriptions/${made.body.id}` };
}

const publish = (endpoint: TestEndpoint, orderingKey: string) => app.publish(endpoint, { orderingKey });

async function statuses(endpoint: TestEndpoint, ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => String((await app.delivery(endpoint, id)).status)));
}

/** Three of one key, of which the first has failed for good. */
async function blocked(): Promise<{ endpoint: Ordered; ids: string[] }> {
  const endpoint = await ordered("block");
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push(await publish(endpoint, "a"));
  await app.ends(ids[0] ?? "", "failed");
  expect(await statuses(endpoint, ids)).toEqual(["failed", "held", "held"]);
  return { endpoint, ids };
}

describe("the ordering of a subscription", () => {
  test("is none unless asked for, and is kept, changed and taken away", async () => {
    const { path } = await app.endpoint();
    const { body: list } = await app.call("GET", `${path}/subscriptions`);
    expect(list.data[0].ordering).toBeNull();
    const { subscription } = await ordered("skip");
    const change = async (body: object) => (await app.call("PATCH", subscription, { body })).body;
    expect(await change({ ordering: { onFailure: "block" } })).toMatchObject({ ordering: { onFailure: "block" } });
    expect(await change({ eventTypes: ["a"] })).toMatchObject({ ordering: { onFailure: "block" } });
    expect(await change({ ordering: null })).toMatchObject({ ordering: null });
  });

  test.each([
    [{}, "/ordering/onFailure"],
    [{ onFailure: "wait" }, "/ordering/onFailure"],
    [{ onFailure: null }, "/ordering/onFailure"],
    [{ onFailure: "skip", key: "a" }, "/ordering/key"],
    ["block", "/ordering"],
    [true, "/ordering"],
  ])("%o is refused at its place", async (ordering, pointer) => {
    const refusal = { status: 422, code: "invalidRequest", errors: [{ pointer }] };
    const { path } = await app.endpoint();
    const made = await app.call("POST", `${path}/subscriptions`, { body: { eventTypes: ["a"], ordering } });
    expect(made.body).toMatchObject(refusal);
    const { subscription } = await ordered("skip");
    expect((await app.call("PATCH", subscription, { body: { ordering } })).body).toMatchObject(refusal);
  });
});

describe("deliveries of one ordering key", () => {
  test("wait for each other, and show their key; others go out", async () => {
    const endpoint = await ordered("skip");
    const first = await publish(endpoint, "a");
    const second = await publish(endpoint, "a");
    const other = await publish(endpoint, "b");
    const without = await app.publish(endpoint);
    expect(await statuses(endpoint, [first, second, other, without])).toEqual(["queued", "held", "queued", "queued"]);
    expect(await app.delivery(endpoint, second)).toMatchObject({ orderingKey: "a", blocks: false, replayId: null });
    expect(await app.delivery(endpoint, without)).toMatchObject({ orderingKey: null });
    const { body } = await app.call("GET", `/v1/tenants/${endpoint.tenant}/deliveries?status=held`);
    expect(body.data).toMatchObject([{ id: second, orderingKey: "a", blocks: false, replayId: null }]);
    await app.ends(first, "delivered");
    expect(await statuses(endpoint, [first, second])).toEqual(["delivered", "queued"]);
  });

  test("show the lane as ordered while one waits behind another, and open again", async () => {
    const endpoint = await ordered("skip");
    const first = await publish(endpoint, "a");
    expect(await app.lane(endpoint)).toMatchObject({ state: "open", reason: null });
    const second = await publish(endpoint, "a");
    await publish(endpoint, "a");
    const lane = await app.lane(endpoint);
    expect(lane).toMatchObject({ state: "held", reason: "ordered", detail: null, waiting: 2, nextAttemptAt: null });
    expect(lane.since).toBe((await app.delivery(endpoint, second)).createdAt);
    const { body } = await app.call("GET", `/v1/tenants/${endpoint.tenant}/endpoints`);
    const { state, reason, since, detail } = lane;
    expect(body.data[0].lane).toEqual({ state, reason, since, detail });
    for (const id of [first, second]) await app.ends(id, "delivered");
    expect(await app.lane(endpoint)).toMatchObject({ state: "open", reason: null, since: null, waiting: 0 });
  });

  test("wait behind one that is tried again later", async () => {
    const endpoint = await ordered("block");
    const first = await publish(endpoint, "a");
    await app.ends(first, "scheduled");
    const second = await publish(endpoint, "a");
    expect(await statuses(endpoint, [first, second])).toEqual(["scheduled", "held"]);
    expect(await app.lane(endpoint)).toMatchObject({ reason: "ordered", waiting: 1 });
  });

  test("show a person's reason above their own", async () => {
    const endpoint = await ordered("skip");
    for (let i = 0; i < 2; i++) await publish(endpoint, "a");
    const { body } = await app.call("POST", `${endpoint.path}/pause`);
    expect(body.lane).toMatchObject({ state: "held", reason: "paused", waiting: 1 });
  });
});

describe("what failed for good", () => {
  test("is passed over with skip", async () => {
    const endpoint = await ordered("skip");
    const ids = [await publish(endpoint, "a"), await publish(endpoint, "a")];
    await app.ends(ids[0] ?? "", "failed");
    expect(await statuses(endpoint, ids)).toEqual(["failed", "queued"]);
    expect(await app.delivery(endpoint, ids[0] ?? "")).toMatchObject({ blocks: false });
  });

  test("shows a feed that is empty because of it as ordered, and no other", async () => {
    const { endpoint, ids } = await blocked();
    const turn = async (mode: string) => app.call("PATCH", endpoint.path, { body: { mode } });
    await turn("poll");
    const lane = {
      state: "held",
      reason: "ordered",
      waiting: 2,
      detail: expect.stringMatching(/^1 ordering key waits/),
    };
    expect(await app.lane(endpoint)).toMatchObject(lane);
    expect((await app.call("GET", `${endpoint.path}/feed`)).body.data).toEqual([]);
    await app.call("POST", `/v1/tenants/${endpoint.tenant}/deliveries/${ids[0] ?? ""}/cancel`);
    expect(await app.lane(endpoint)).toMatchObject({ state: "open", reason: null, waiting: 2 });
    expect((await app.call("GET", `${endpoint.path}/feed`)).body.data).toHaveLength(2);
  });

  test("holds its key with block, and the lane says how many keys wait", async () => {
    const { endpoint, ids } = await blocked();
    expect(await app.delivery(endpoint, ids[0] ?? "")).toMatchObject({ blocks: true, orderingKey: "a" });
    const other = await publish(endpoint, "b");
    expect(await statuses(endpoint, [other])).toEqual(["queued"]);
    const detail = "1 ordering key waits behind a delivery that failed: redeliver or cancel it";
    expect(await app.lane(endpoint)).toMatchObject({ reason: "ordered", waiting: 2, detail });
    await publish(endpoint, "b");
    await app.ends(other, "failed");
    expect((await app.lane(endpoint)).detail).toMatch(/^2 ordering keys wait behind/);
  });

  test.each([
    ["skips", { ordering: { onFailure: "skip" } }],
    ["has no order", { ordering: null }],
  ])("goes on once the subscription %s", async (_, body) => {
    const { endpoint, ids } = await blocked();
    expect((await app.call("PATCH", endpoint.subscription, { body })).status).toBe(200);
    await app.pump();
    expect(await statuses(endpoint, ids)).toEqual(["failed", "queued", "held"]);
    expect(await app.delivery(endpoint, ids[0] ?? "")).toMatchObject({ blocks: false });
    expect((await app.lane(endpoint)).detail).toBeNull();
  });

  test("goes on once the subscription is deleted", async () => {
    const { endpoint, ids } = await blocked();
    expect((await app.call("DELETE", endpoint.subscription)).status).toBe(204);
    await app.pump();
    expect(await statuses(endpoint, ids)).toEqual(["failed", "queued", "held"]);
    await app.ends(ids[1] ?? "", "delivered");
    expect(await statuses(endpoint, ids)).toEqual(["failed", "delivered", "queued"]);
  });
});
