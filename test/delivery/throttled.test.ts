import { expect, onTestFinished, test } from "vitest";
import { arrival, deliveryIn, ownGateway, receiverOfTest } from "#test/delivering.ts";
import { startClockedReceiver } from "#test/clockedReceiver.ts";
import { heldWithJob, laneOf, publishMany, states } from "#test/lanes.ts";
import { until } from "#test/until.ts";

/** A second, less what a request may be under way for on a machine that is busy with other tests: then it arrives late, and the next in time. */
const windowMs = 950;

/** The most requests that arrived in any window. */
function mostInWindow(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

test("two deliverers together keep a rate limit of 20 a second, and use it", async () => {
  const gateway = await ownGateway();
  const receiver = await startClockedReceiver();
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({
    tenantId,
    url: receiver.url,
    rateLimit: { max: 20, windowSeconds: 1 },
  });
  await gateway.eventType("invoice.paid");
  await gateway.startDeliverer();
  await gateway.startDeliverer();
  await publishMany(gateway, tenantId, "invoice.paid", 120);
  await until(async () => (await laneOf(gateway, endpoint)).lane_reason === "throttled", { what: "it is throttled" });
  expect(await heldWithJob(gateway, endpoint)).toBe(0);
  await until(async () => (await states(gateway, endpoint))["delivered"] === 120, {
    what: "all are delivered",
    deadlineMs: 20_000,
  });
  const times = await receiver.times();
  expect(times).toHaveLength(120);
  expect(mostInWindow(times)).toBeLessThanOrEqual(20);
  // Six windows of twenty: the last begins five seconds after the first.
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(8_000);
  await until(async () => (await laneOf(gateway, endpoint)).lane === "open", { what: "its lane opens" });
  expect(gateway.warnings).toEqual([]);
});

test("turns that leave late, and those after them, stay within the limit", async () => {
  const gateway = await ownGateway();
  const receiver = await startClockedReceiver();
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, rateLimit: { max: 5, windowSeconds: 1 } });
  await gateway.eventType("invoice.paid");
  await gateway.startDeliverer();
  await publishMany(gateway, tenantId, "invoice.paid", 15);
  // The process stands still again and again, as in a long collection of garbage.
  const standing = setInterval(() => {
    for (const endMs = performance.now() + 60; performance.now() < endMs;);
  }, 130);
  onTestFinished(() => clearInterval(standing));
  await until(async () => (await states(gateway, endpoint))["delivered"] === 15, { what: "all are delivered" });
  expect(mostInWindow(await receiver.times())).toBeLessThanOrEqual(5);
});

test("a rate limit holds back nobody else", async () => {
  const gateway = await ownGateway();
  const [limited, free] = [await receiverOfTest(), await receiverOfTest()];
  const [tenantId, otherId] = [await gateway.tenant(), await gateway.tenant()];
  await gateway.endpoint({ tenantId, url: limited.url, rateLimit: { max: 1, windowSeconds: 60 } });
  await gateway.endpoint({ tenantId: otherId, url: free.url });
  await gateway.eventType("invoice.paid");
  await publishMany(gateway, tenantId, "invoice.paid", 200);
  await publishMany(gateway, otherId, "invoice.paid", 50);
  await gateway.startDeliverer({ env: { POSTHORN_CONCURRENCY: "10", POSTHORN_LOCAL_QUEUE: "10" } });
  await until(() => free.requests.length === 50, { what: "the other has got its own", deadlineMs: 5_000 });
  expect(limited.requests).toHaveLength(1);
});

test("429 with Retry-After holds the lane until then", async () => {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest((_, count) =>
    count === 1 ? { status: 429, headers: { "retry-after": "3" } } : {},
  );
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, retrySchedule: [1] });
  await gateway.eventType("invoice.paid");
  await gateway.startDeliverer();
  const refused = await gateway.publish(tenantId, "invoice.paid");
  await deliveryIn(gateway, refused, "scheduled");
  expect(await laneOf(gateway, endpoint)).toMatchObject({
    lane: "held",
    lane_reason: "throttled",
    lane_detail: "the receiver asked for a pause",
  });
  const later = await gateway.publish(tenantId, "invoice.paid");
  await deliveryIn(gateway, later, "held");
  const [first, second] = [await arrival(receiver, 1), await arrival(receiver, 2)];
  expect(second.at - first.at).toBeGreaterThanOrEqual(2_950);
  for (const id of [refused, later]) await deliveryIn(gateway, id, "delivered");
  await until(async () => (await laneOf(gateway, endpoint)).lane === "open", { what: "its lane opens" });
});
