import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { receiverOfTest } from "#test/delivering.ts";
import { until } from "#test/until.ts";
import { completed, replay, replayOnce, useReplaying } from "./replaying.ts";

const running = useReplaying();

async function orderedEndpoint(url: string, onFailure: "block" | "skip") {
  const { gateway } = running();
  await gateway.eventType("order.paid");
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url, eventTypes: ["order.*"], retrySchedule: [] });
  await gateway.rows("update posthorn.subscriptions set ordering = $2 where endpoint_id = $1", [
    endpoint.id,
    onFailure,
  ]);
  const publish = async (n: number, key: string): Promise<void> => {
    await gateway.rows(
      "select posthorn.publish(tenant_id => $1, type => 'order.paid', data => $2::json, ordering_key => $3)",
      [tenantId, JSON.stringify({ n, key }), key],
    );
  };
  return { endpoint, tenantId, publish };
}

test("a replay keeps the order of each key, one in flight, and live deliveries of the key come behind", async () => {
  let up = false;
  let inFlight = 0;
  let most = 0;
  const receiver = await receiverOfTest(async ({ body }) => {
    const isOfKey = body.includes('"key":"a"');
    if (isOfKey) most = Math.max(most, ++inFlight);
    await delay(5);
    if (isOfKey) inFlight--;
    return { status: up ? 200 : 400 };
  });
  const { endpoint, tenantId, publish } = await orderedEndpoint(receiver.url, "skip");
  const { gateway } = running();
  for (let n = 0; n < 8; n++) await publish(n, "ab"[n % 2] ?? "");
  const failed = () =>
    gateway.rows("select from posthorn.deliveries where endpoint_id = $1 and status = 'failed'", [endpoint.id]);
  await until(async () => (await failed()).length === 8, { what: "all have failed" });
  await gateway.setLane(endpoint, "disable");
  await gateway.setLane(endpoint, "enable");
  up = true;
  const before = receiver.requests.length;
  await gateway.setLane(endpoint, "pause");
  const { body } = await replay(running(), endpoint);
  expect(body.matched).toBe(8);
  await gateway.setLane(endpoint, "resume");
  const { progress } = await completed(running(), tenantId, body.id);
  expect(progress).toMatchObject({ admitted: 8, delivered: 8 });
  await publish(8, "a");
  await until(() => receiver.requests.length === before + 9, { what: "the live one came" });
  const numbers = receiver.requests.slice(before).map((request) => Number(JSON.parse(request.body).data.n));
  expect(numbers.filter((n) => n % 2 === 0)).toEqual([0, 2, 4, 6, 8]);
  expect(numbers.filter((n) => n % 2 === 1)).toEqual([1, 3, 5, 7]);
  expect(most).toBe(1);
});

test("a replay sends what blocks its key again, and then those behind it go; a canceled one leaves its keys as they were", async () => {
  const refused = new Set(["0", "10"]);
  const receiver = await receiverOfTest(({ body }) => ({
    status: refused.has(String(JSON.parse(body).data.n)) ? 400 : 200,
  }));
  const { endpoint, tenantId, publish } = await orderedEndpoint(receiver.url, "block");
  const { gateway } = running();
  for (const n of [0, 1, 2]) await publish(n, "a");
  const blocked = () =>
    gateway.rows("select from posthorn.deliveries where endpoint_id = $1 and blocks", [endpoint.id]);
  await until(async () => (await blocked()).length === 1, { what: "the first one blocks" });
  refused.delete("0");
  const { body } = await replay(running(), endpoint);
  await completed(running(), tenantId, body.id);
  const numbers = () => receiver.requests.map((request) => Number(JSON.parse(request.body).data.n));
  await until(() => receiver.requests.length === 4, { what: "those behind it came" });
  expect(numbers()).toEqual([0, 0, 1, 2]);

  for (const n of [10, 11]) await publish(n, "b");
  await until(async () => (await blocked()).length === 1, { what: "another blocks" });
  await gateway.setLane(endpoint, "pause");
  const { body: stopped } = await replay(running(), endpoint, { statuses: ["failed", "delivered"] });
  expect(stopped.matched).toBe(4);
  await gateway.setLane(endpoint, "resume");
  await replayOnce(running(), tenantId, stopped.id, ({ progress }) => progress.admitted === 4, "has admitted all");
  await running().api.call("POST", `/v1/tenants/${tenantId}/replays/${stopped.id}/cancel`);
  const ended = await replayOnce(
    running(),
    tenantId,
    stopped.id,
    ({ progress }) => progress.remaining === 0,
    "is over",
  );
  expect(ended.progress.delivered + ended.progress.failed + ended.progress.canceled).toBe(4);
  expect(await blocked()).toHaveLength(1);
  await gateway.rows(
    "select posthorn.cancel(tenant_id, id) from posthorn.deliveries where endpoint_id = $1 and blocks",
    [endpoint.id],
  );
  await until(() => numbers().includes(11), { what: "the one behind it came" });
});
