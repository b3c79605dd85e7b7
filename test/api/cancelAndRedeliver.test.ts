import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLanesApi, type LanesApi, type TestEndpoint } from "./lanesHarness.ts";

let app: LanesApi;
beforeAll(async () => {
  app = await startLanesApi();
});
afterAll(() => app.close());

/** An endpoint whose subscription keeps an order, and three deliveries of one key. */
async function keyed(onFailure: "block" | "skip"): Promise<{ endpoint: TestEndpoint; ids: [string, string, string] }> {
  const endpoint = await app.endpoint({ eventTypes: undefined });
  const body = { eventTypes: ["*"], ordering: { onFailure } };
  expect((await app.call("POST", `${endpoint.path}/subscriptions`, { body })).status).toBe(201);
  const next = () => app.publish(endpoint, { orderingKey: "a" });
  return { endpoint, ids: [await next(), await next(), await next()] };
}

async function statuses(endpoint: TestEndpoint, ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => String((await app.delivery(endpoint, id)).status)));
}

describe("canceling", () => {
  test("what was delivered is refused with its status", async () => {
    const endpoint = await app.endpoint();
    const id = await app.publish(endpoint);
    await app.ends(id, "delivered");
    const { body } = await app.act(endpoint, id, "cancel");
    expect(body).toMatchObject({ status: 409, code: "notCancelable" });
    expect(body.detail).toContain("is delivered");
  });

  test("twice is canceling once", async () => {
    const endpoint = await app.endpoint();
    const id = await app.publish(endpoint);
    const first = await app.act(endpoint, id, "cancel");
    expect(first).toMatchObject({ status: 200, body: { id, status: "canceled" } });
    const { updatedAt } = await app.delivery(endpoint, id);
    expect((await app.act(endpoint, id, "cancel")).text).toBe(first.text);
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "canceled", reason: "byRequest", updatedAt });
  });

  test("the first of its key lets the next go, and one that waits changes nothing for the others", async () => {
    const { endpoint, ids } = await keyed("block");
    expect((await app.act(endpoint, ids[1], "cancel")).status).toBe(200);
    expect(await statuses(endpoint, ids)).toEqual(["queued", "canceled", "held"]);
    expect((await app.act(endpoint, ids[0], "cancel")).status).toBe(200);
    expect(await statuses(endpoint, ids)).toEqual(["canceled", "canceled", "queued"]);
  });

  test("what failed and blocks its key lets the next go; where it blocks nothing it is refused", async () => {
    const { endpoint, ids } = await keyed("block");
    await app.ends(ids[0], "failed");
    for (let i = 0; i < 2; i++) {
      expect((await app.act(endpoint, ids[0], "cancel")).body).toMatchObject({ status: "canceled" });
    }
    expect(await app.delivery(endpoint, ids[0])).toMatchObject({ status: "canceled", blocks: false });
    expect(await statuses(endpoint, ids)).toEqual(["canceled", "queued", "held"]);
    const skipping = await keyed("skip");
    await app.ends(skipping.ids[0], "failed");
    const { body } = await app.act(skipping.endpoint, skipping.ids[0], "cancel");
    expect(body).toMatchObject({ status: 409, code: "notCancelable" });
    expect(body.detail).toContain("is failed");
  });
});

describe("redelivering one that has an ordering key", () => {
  test("sends it where it is the first, and those behind it wait again", async () => {
    const { endpoint, ids } = await keyed("block");
    await app.ends(ids[0], "failed");
    const { status, body } = await app.act(endpoint, ids[0], "redeliver");
    expect({ status, body }).toEqual({ status: 202, body: { id: ids[0], status: "queued" } });
    expect(await statuses(endpoint, ids)).toEqual(["queued", "held", "held"]);
    await app.ends(ids[0], "delivered");
    expect(await statuses(endpoint, ids)).toEqual(["delivered", "queued", "held"]);
  });

  test("lets it wait while another of its key is under way, and then go before the later ones", async () => {
    const { endpoint, ids } = await keyed("skip");
    await app.ends(ids[0], "failed");
    expect(await statuses(endpoint, ids)).toEqual(["failed", "queued", "held"]);
    expect((await app.act(endpoint, ids[0], "redeliver")).body).toEqual({ id: ids[0], status: "held" });
    expect((await app.act(endpoint, ids[0], "redeliver")).body).toEqual({ id: ids[0], status: "held" });
    await app.ends(ids[1], "delivered");
    expect(await statuses(endpoint, ids)).toEqual(["queued", "delivered", "held"]);
  });

  test("holds it while the endpoint is paused", async () => {
    const { endpoint, ids } = await keyed("skip");
    for (const id of ids) await app.ends(id, "delivered");
    await app.call("POST", `${endpoint.path}/pause`);
    expect((await app.act(endpoint, ids[1], "redeliver")).body).toMatchObject({ status: "held" });
    await app.call("POST", `${endpoint.path}/resume`);
    await app.pump();
    expect(await statuses(endpoint, ids)).toEqual(["delivered", "queued", "delivered"]);
  });
});
