import { expect, test } from "vitest";
import { ownGateway, receiverOfTest } from "#test/delivering.ts";
import { heldWithJob, laneOf, publishMany, states } from "#test/lanes.ts";
import { startDelivererProcess } from "#test/processes.ts";
import type { Handler } from "#test/receiver.ts";
import { until } from "#test/until.ts";

const waiting = 2_000;

/** A running gateway, and a paused endpoint for which many deliveries wait. */
async function paused(handler?: Handler) {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest(handler);
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url });
  await gateway.eventType("invoice.paid");
  await gateway.setLane(endpoint, "pause");
  await publishMany(gateway, tenantId, "invoice.paid", waiting);
  expect(await heldWithJob(gateway, endpoint)).toBe(0);
  await gateway.startDeliverer();
  const healthy = await receiverOfTest();
  const otherId = await gateway.tenant();
  await gateway.endpoint({ tenantId: otherId, url: healthy.url });
  await gateway.publish(otherId, "invoice.paid");
  await until(() => healthy.requests.length === 1, { what: "the deliverer is at work" });
  return { gateway, receiver, endpoint, healthy, otherId };
}

test("resume sends the first within a second, and each once; live traffic does not wait behind them", async () => {
  const { gateway, receiver, endpoint, healthy, otherId } = await paused();
  const resumedAt = Date.now();
  await gateway.setLane(endpoint, "resume");
  await until(() => receiver.requests.length > 0, { what: "the first has arrived", everyMs: 5 });
  expect((receiver.requests[0]?.at ?? 0) - resumedAt).toBeLessThan(1_000);

  await gateway.publish(otherId, "invoice.paid");
  await until(() => healthy.requests.length === 2, { what: "a live one has arrived", everyMs: 5 });
  expect(receiver.requests.length).toBeLessThan(waiting);

  await until(async () => (await states(gateway, endpoint))["delivered"] === waiting, {
    what: "all are delivered",
    deadlineMs: 25_000,
  });
  expect(new Set(receiver.requests.map((r) => r.headers["webhook-id"])).size).toBe(waiting);
  expect(receiver.requests).toHaveLength(waiting);
  expect(await laneOf(gateway, endpoint)).toMatchObject({ lane: "open", lane_reason: null });
});

test("paused again in the middle, the rest waits without jobs until the next resume", async () => {
  const { gateway, receiver, endpoint } = await paused(() => ({ delayMs: 20 }));
  await gateway.setLane(endpoint, "resume");
  await until(() => receiver.requests.length > 50, { what: "some have arrived" });
  await gateway.setLane(endpoint, "pause");
  await until(
    async () => {
      const { queued = 0, held = 0 } = await states(gateway, endpoint);
      return queued === 0 && held > 0;
    },
    { what: "the rest waits" },
  );
  const { delivered = 0, held = 0 } = await states(gateway, endpoint);
  expect(delivered + held).toBe(waiting);
  expect(receiver.requests).toHaveLength(delivered);
  expect(await heldWithJob(gateway, endpoint)).toBe(0);
  await gateway.setLane(endpoint, "resume");
  await until(async () => (await states(gateway, endpoint))["delivered"] === waiting, {
    what: "all are delivered",
    deadlineMs: 25_000,
  });
  expect(receiver.requests).toHaveLength(waiting);
});

test("a deliverer killed while it catches up loses none: another sends what was let through and what still waits", async () => {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest(() => ({ delayMs: 30 }));
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url });
  await gateway.eventType("invoice.paid");
  await gateway.setLane(endpoint, "pause");
  await publishMany(gateway, tenantId, "invoice.paid", 600);
  const first = startDelivererProcess(gateway.url);
  await gateway.setLane(endpoint, "resume");
  await until(() => receiver.requests.length > 100, { what: "some have arrived" });
  first.kill("SIGKILL");
  await first.ended;
  const { queued = 0 } = await states(gateway, endpoint);
  expect(queued).toBeGreaterThan(0);
  startDelivererProcess(gateway.url);
  await until(async () => (await states(gateway, endpoint))["delivered"] === 600, {
    what: "all are delivered",
    deadlineMs: 45_000,
  });
  expect(new Set(receiver.requests.map((r) => r.headers["webhook-id"])).size).toBe(600);
}, 60_000);
