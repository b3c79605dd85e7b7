import { expect, test } from "vitest";
import { ownGateway, receiverOfTest } from "#test/delivering.ts";
import { heldWithJob, laneOf, publishMany, states } from "#test/lanes.ts";
import { until } from "#test/until.ts";

test("an endpoint that hangs leaves slots to others; its backlog waits without jobs, and goes out when it answers again", async () => {
  const gateway = await ownGateway();
  let hangs = true;
  const answers = Promise.withResolvers<void>();
  const hanging = await receiverOfTest(async () => {
    if (hangs) await answers.promise;
  });
  const healthy = await receiverOfTest();
  const [slowTenant, tenantId] = [await gateway.tenant(), await gateway.tenant()];
  const slow = await gateway.endpoint({ tenantId: slowTenant, url: hanging.url, timeoutMs: 20_000 });
  await gateway.endpoint({ tenantId, url: healthy.url });
  await gateway.eventType("invoice.paid");
  await publishMany(gateway, slowTenant, "invoice.paid", 300);
  await gateway.startDeliverer({ env: { POSTHORN_CONCURRENCY: "30", POSTHORN_LOCAL_QUEUE: "30" } });
  await until(async () => (await laneOf(gateway, slow)).lane_reason === "slow", { what: "its lane is slow" });
  await until(async () => ((await states(gateway, slow))["held"] ?? 0) >= 275, { what: "the others wait" });
  expect(hanging.requests.length).toBeLessThanOrEqual(25);
  expect(await heldWithJob(gateway, slow)).toBe(0);

  const begun = performance.now();
  await publishMany(gateway, tenantId, "invoice.paid", 100);
  await until(() => healthy.requests.length === 100, { what: "the healthy one has got its own" });
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(await laneOf(gateway, slow)).toMatchObject({ lane: "held", lane_detail: "no slot is free for it" });

  hangs = false;
  answers.resolve();
  await until(async () => (await states(gateway, slow))["delivered"] === 300, {
    what: "all of the backlog is delivered",
    deadlineMs: 20_000,
  });
  await until(async () => (await laneOf(gateway, slow)).lane === "open", { what: "its lane opens" });
  expect(hanging.requests).toHaveLength(300);
  expect(gateway.warnings).toEqual([]);
});

test("503 slows an endpoint down, and it catches up when it has recovered", async () => {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest((_, count) => ({ status: count <= 3 ? 503 : 200 }));
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, retrySchedule: [1, 1, 1] });
  await gateway.eventType("invoice.paid");
  await gateway.startDeliverer({ env: { POSTHORN_CONCURRENCY: "3" } });
  await publishMany(gateway, tenantId, "invoice.paid", 60);
  await until(async () => (await states(gateway, endpoint))["delivered"] === 60, {
    what: "all are delivered",
    deadlineMs: 20_000,
  });
  await until(async () => (await laneOf(gateway, endpoint)).lane === "open", { what: "its lane opens" });
  expect(receiver.requests).toHaveLength(63);
});
