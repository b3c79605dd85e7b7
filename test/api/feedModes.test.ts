import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { receiverOfTest } from "#test/delivering.ts";
import { createGateway, testEnvironment, type Gateway } from "#test/gateway.ts";
import type { Receiver } from "#test/receiver.ts";
import { until } from "#test/until.ts";
import { startApi, type Json, type TestApi } from "./harness.ts";

/** An API and a running deliverer on one database. */
let app: TestApi;
let gateway: Gateway;
beforeAll(async () => {
  const { POSTHORN_SECRET_KEYS = "", POSTHORN_ALLOW_TARGETS = "" } = testEnvironment;
  app = await startApi({ POSTHORN_SECRET_KEYS, POSTHORN_ALLOW_TARGETS });
  gateway = await createGateway(app.databaseUrl);
  await gateway.startDeliverer();
  await app.call("POST", "/v1/event-types", { body: { name: "invoice.paid" } });
});
afterAll(async () => {
  await gateway.close();
  await app.close();
});

interface Made {
  readonly tenant: string;
  readonly path: string;
}

async function endpoint(receiver: Receiver, fields: object, subscription: object = {}): Promise<Made> {
  const tenant = await app.tenant();
  const body = { url: receiver.url, ...fields };
  const path = `/v1/tenants/${tenant}/endpoints/${(await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body })).body.id}`;
  // Where the machine is busy with other test files, the deliverer may need a second call to try an expression.
  await until(
    async () => {
      const wish = { body: { eventTypes: ["*"], ...subscription } };
      return (await app.call("POST", `${path}/subscriptions`, wish)).status === 201;
    },
    { what: "the subscription is made" },
  );
  return { tenant, path };
}

async function publish({ tenant }: Made, id: string, more: object = {}): Promise<void> {
  const body = { id, tenantId: tenant, type: "invoice.paid", data: {}, ...more };
  expect((await app.call("POST", "/v1/events", { body })).status).toBe(202);
}

async function setMode({ path }: Made, mode: "push" | "poll"): Promise<void> {
  expect((await app.call("PATCH", path, { body: { mode } })).body.mode).toBe(mode);
}

async function setTransform({ path }: Made, transform: string): Promise<void> {
  const { body } = await app.call("GET", `${path}/subscriptions`);
  const patch = async () =>
    (await app.call("PATCH", `${path}/subscriptions/${body.data[0].id}`, { body: { transform } })).status === 200;
  await until(patch, { what: "the transform is changed" });
}

/** Fetches and acknowledges until nothing has come for a second; the ids in the order in which they came. */
async function drainFeed({ path }: Made, seen: string[] = []): Promise<string[]> {
  const ids: string[] = [];
  let cursor = "";
  for (;;) {
    const { body } = await app.call("GET", `${path}/feed?limit=20&wait=1${cursor}`);
    if (body.data.length === 0) return ids;
    ids.push(...body.data.map(({ id }: Json) => id));
    seen.push(...ids.slice(-body.data.length));
    cursor = `&cursor=${body.nextCursor}`;
  }
}

const received = ({ requests }: Receiver): string[] => requests.map(({ headers }) => String(headers["webhook-id"]));

async function statuses({ tenant }: Made): Promise<string[]> {
  const rows = await gateway.rows<{ status: string }>(
    "select distinct status from posthorn.deliveries where tenant_id = $1 and not operational",
    [tenant],
  );
  return rows.map(({ status }) => status);
}

const allDelivered = (made: Made) => async () => (await statuses(made)).join() === "delivered";

describe("switching an endpoint's mode", () => {
  test("from poll to push sends what was not acknowledged, and nothing else", async () => {
    const receiver = await receiverOfTest();
    const made = await endpoint(receiver, { mode: "poll" });
    for (const id of ["a", "b", "c", "d"]) await publish(made, id);
    const page = await app.call("GET", `${made.path}/feed?limit=2`);
    await app.call("GET", `${made.path}/feed?limit=1&cursor=${page.body.nextCursor}`);
    await setMode(made, "push");
    await until(allDelivered(made), { what: "all are delivered" });
    expect(received(receiver).toSorted()).toEqual(["c", "d"]);
    // A cursor from before acknowledges nothing when it polls again.
    await setMode(made, "poll");
    await publish(made, "e");
    const { body } = await app.call("GET", `${made.path}/feed?cursor=${page.body.nextCursor}`);
    expect(body.data).toMatchObject([{ id: "e" }]);
  });

  test("from push to poll hands out what was to be tried again, when its time has come", async () => {
    const receiver = await receiverOfTest(() => ({ status: 500 }));
    const made = await endpoint(receiver, { retrySchedule: [1, 600] });
    await publish(made, "a");
    await until(() => receiver.requests.length > 0, { what: "it was tried once" });
    await setMode(made, "poll");
    const { body } = await app.call("GET", `${made.path}/feed?wait=20`);
    expect(body.data).toMatchObject([{ id: "a", attempt: 2 }]);
    await app.call("GET", `${made.path}/feed?cursor=${body.nextCursor}`);
    expect(await statuses(made)).toEqual(["delivered"]);
    expect(receiver.requests).toHaveLength(1);
  });

  test("while what was sent fails leaves the feed open", async () => {
    const answer = Promise.withResolvers<{ status: number }>();
    const receiver = await receiverOfTest(() => answer.promise);
    const made = await endpoint(receiver, { retrySchedule: [600] });
    for (let i = 0; i < 12; i++) await publish(made, `e${i}`);
    await until(() => receiver.requests.length === 12, { what: "all are under way" });
    await setMode(made, "poll");
    answer.resolve({ status: 500 });
    await until(async () => (await statuses(made)).join() === "scheduled", { what: "all have failed once" });
    expect((await app.call("GET", made.path)).body.lane).toMatchObject({ state: "open", reason: null });
    await publish(made, "next");
    expect((await app.call("GET", `${made.path}/feed`)).body.data).toMatchObject([{ id: "next" }]);
  });

  test.each([
    ["unordered", {}],
    ["in its ordering keys", { ordering: { onFailure: "block" } }],
  ])("again and again while events are published and sent loses none and doubles none: %s", async (_, subscription) => {
    const receiver = await receiverOfTest((request) => {
      seen.push(String(request.headers["webhook-id"]));
      return { delayMs: 5 };
    });
    const made = await endpoint(receiver, {}, subscription);
    const total = 300;
    const seen: string[] = [];
    let published = 0;
    const publishing = (async () => {
      for (; published < total; published++) {
        await publish(made, `e${String(published).padStart(3, "0")}`, { orderingKey: `k${published % 5}` });
      }
    })();
    let fetched = 0;
    for (let turn = 1; turn <= 3; turn++) {
      const next = turn * 70;
      await until(() => published >= next, { deadlineMs: 20_000, what: `${next} were published` });
      await setMode(made, "poll");
      fetched += (await drainFeed(made, seen)).length;
      await setMode(made, "push");
    }
    await publishing;
    await until(allDelivered(made), { deadlineMs: 20_000, what: "all are delivered" });
    expect(seen).toHaveLength(total);
    expect(new Set(seen).size).toBe(total);
    expect(fetched).toBeGreaterThan(0);
    expect(receiver.requests.length).toBeGreaterThan(0);
    if (!("ordering" in subscription)) return;
    for (let key = 0; key < 5; key++) {
      const own = seen.filter((id) => Number(id.slice(1)) % 5 === key);
      expect(own).toEqual(own.toSorted());
    }
  });
});

test("a delivery whose transform failed is handed out when it was redelivered and its body is made", async () => {
  const receiver = await receiverOfTest();
  const made = await endpoint(receiver, { mode: "poll" }, { transform: "$number(data.amount)" });
  await publish(made, "a", { data: { amount: "much" } });
  await until(async () => (await statuses(made)).join() === "failed", { what: "it failed" });
  await setTransform(made, '{"was": data.amount}');
  const { body: deliveries } = await app.call("GET", `/v1/tenants/${made.tenant}/deliveries`);
  await app.call("POST", `/v1/tenants/${made.tenant}/deliveries/${deliveries.data[0].id}/redeliver`);
  const { body } = await app.call("GET", `${made.path}/feed?wait=20`);
  expect(body.data).toMatchObject([{ id: "a", body: '{"was":"much"}' }]);
  expect(receiver.requests).toEqual([]);
});

test("one that was redelivered while the endpoint was paused is made and handed out when it is resumed", async () => {
  const receiver = await receiverOfTest();
  const made = await endpoint(receiver, { mode: "poll" }, { transform: "$number(data.amount)" });
  await publish(made, "a", { data: { amount: "much" } });
  await until(async () => (await statuses(made)).join() === "failed", { what: "it failed" });
  await setTransform(made, '"made"');
  await app.call("POST", `${made.path}/pause`);
  const { body: deliveries } = await app.call("GET", `/v1/tenants/${made.tenant}/deliveries`);
  const again = `/v1/tenants/${made.tenant}/deliveries/${deliveries.data[0].id}/redeliver`;
  expect((await app.call("POST", again)).body.status).toBe("held");
  await app.call("POST", `${made.path}/resume`);
  const { body } = await app.call("GET", `${made.path}/feed?wait=20`);
  expect(body.data).toMatchObject([{ id: "a", body: '"made"' }]);
});
