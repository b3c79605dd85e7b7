import { expect, test } from "vitest";
import { deliveryIn, ownGateway, receiverOfTest } from "#test/delivering.ts";
import type { Gateway, TestEndpoint } from "#test/gateway.ts";
import { heldWithJob, laneOf, publishMany, states } from "#test/lanes.ts";
import { until } from "#test/until.ts";

/** A receiver that answers as `status` says now, an endpoint at it, and one that hears of lanes. */
async function failingEndpoint() {
  const gateway = await ownGateway();
  const answer = { status: 500 };
  const receiver = await receiverOfTest(() => ({ status: answer.status }));
  const operational = await receiverOfTest();
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["invoice.*"] });
  await gateway.endpoint({ tenantId, url: operational.url, eventTypes: ["API.Webhook.*"] });
  await gateway.eventType("invoice.paid");
  return { gateway, answer, receiver, operational, tenantId, endpoint };
}

async function closed(gateway: Gateway, endpoint: TestEndpoint): Promise<void> {
  await until(async () => (await laneOf(gateway, endpoint)).lane_reason === "failing", { what: "its lane is closed" });
}

/** Makes the next probe due. */
async function probeNow(gateway: Gateway, endpoint: TestEndpoint): Promise<void> {
  await gateway.rows("update posthorn.lanes set next_at = posthorn.now() where endpoint_id = $1", [endpoint.id]);
}

async function secondsToNext(gateway: Gateway, endpoint: TestEndpoint): Promise<number> {
  const [row] = await gateway.rows<{ seconds: number }>(
    "select extract(epoch from next_at - posthorn.now())::float8 as seconds from posthorn.lanes where endpoint_id = $1",
    [endpoint.id],
  );
  return row?.seconds ?? 0;
}

test("ten failures in a row close the lane; one delivery probes it, at growing distances, and success opens it again", async () => {
  const { gateway, answer, receiver, operational, tenantId, endpoint } = await failingEndpoint();
  await gateway.startDeliverer();
  await publishMany(gateway, tenantId, "invoice.paid", 10);
  await closed(gateway, endpoint);
  expect(await laneOf(gateway, endpoint)).toMatchObject({ lane: "held", lane_detail: "the last 10 attempts failed" });
  await publishMany(gateway, tenantId, "invoice.paid", 50);
  expect(await states(gateway, endpoint)).toEqual({ scheduled: 10, held: 50 });
  expect(await heldWithJob(gateway, endpoint)).toBe(0);
  expect(receiver.requests).toHaveLength(10);

  for (const [probe, seconds] of [10, 20, 40].entries()) {
    await probeNow(gateway, endpoint);
    await until(async () => (await laneOf(gateway, endpoint)).probes === probe + 1, { what: "a probe has failed" });
    expect(receiver.requests).toHaveLength(11 + probe);
    const next = await secondsToNext(gateway, endpoint);
    expect(next).toBeGreaterThan(seconds - 1);
    expect(next).toBeLessThanOrEqual(seconds * 1.2);
  }

  answer.status = 200;
  await probeNow(gateway, endpoint);
  await until(async () => ((await states(gateway, endpoint))["delivered"] ?? 0) >= 47, {
    what: "what waited is delivered",
  });
  await until(async () => (await laneOf(gateway, endpoint)).lane === "open", { what: "its lane opens" });
  const heard = await until(() => operational.requests.find(({ body }) => body.includes("API.Webhook.Recovered")), {
    what: "the tenant hears of it",
  });
  expect(heard.body).toContain(endpoint.publicId);
});

test("half of twenty attempts within a minute close the lane as well", async () => {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest((_, count) => ({ status: count % 2 === 0 ? 500 : 200 }));
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url });
  await gateway.eventType("invoice.paid");
  await gateway.startDeliverer({ env: { POSTHORN_CONCURRENCY: "1" } });
  await publishMany(gateway, tenantId, "invoice.paid", 60);
  await closed(gateway, endpoint);
  expect((await laneOf(gateway, endpoint)).lane_detail).toMatch(/^\d+ of \d+ attempts failed within a minute$/);
});

test("what has just come back is not flooded: two at a time at first, and more as they succeed", async () => {
  const gateway = await ownGateway();
  let broken = true;
  const receiver = await receiverOfTest(() => (broken ? { status: 500 } : { delayMs: 150 }));
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url });
  await gateway.eventType("invoice.paid");
  await gateway.startDeliverer();
  await publishMany(gateway, tenantId, "invoice.paid", 10);
  await closed(gateway, endpoint);
  await publishMany(gateway, tenantId, "invoice.paid", 200);
  broken = false;
  await probeNow(gateway, endpoint);
  await until(async () => (await states(gateway, endpoint))["delivered"] === 200, { what: "all are delivered" });
  const [probe = 0, second = 0, ...others] = receiver.requests.slice(10).map(({ at }) => at);
  // The probe's answer is awaited and recorded before another one goes.
  expect(second - probe).toBeGreaterThanOrEqual(150);
  expect(others.filter((at) => at < second + 100)).toHaveLength(1);
  expect(await laneOf(gateway, endpoint)).toMatchObject({ probes: 0, failures: 0 });
});

test("a probe lost with its deliverer is made again", async () => {
  const { gateway, answer, receiver, tenantId, endpoint } = await failingEndpoint();
  const first = await gateway.startDeliverer();
  await publishMany(gateway, tenantId, "invoice.paid", 10);
  await closed(gateway, endpoint);
  await first.stop();
  const [waiting] = await gateway.deliveries(await gateway.publish(tenantId, "invoice.paid"));
  expect(waiting?.status).toBe("held");
  // As a deliverer that was killed leaves it: let through, and no job.
  await gateway.rows(
    `update posthorn.deliveries set status = 'queued', admitted = true, due_at = due_at - interval '1 minute', updated_at = updated_at - interval '1 minute'
     where id = $1`,
    [waiting?.id],
  );
  await gateway.rows("update posthorn.lanes set probing = true where endpoint_id = $1", [endpoint.id]);
  answer.status = 200;
  await gateway.startDeliverer();
  await until(() => receiver.requests.length > 10, { what: "it is probed", deadlineMs: 30_000 });
  await until(async () => (await laneOf(gateway, endpoint)).lane === "open", { what: "its lane opens" });
});

test("resume probes a failing endpoint at once", async () => {
  const { gateway, answer, tenantId, endpoint } = await failingEndpoint();
  await gateway.startDeliverer();
  await publishMany(gateway, tenantId, "invoice.paid", 10);
  await closed(gateway, endpoint);
  const waiting = await gateway.publish(tenantId, "invoice.paid");
  await deliveryIn(gateway, waiting, "held");
  answer.status = 200;
  const begun = performance.now();
  expect(await gateway.setLane(endpoint, "resume")).toBe("ok");
  await deliveryIn(gateway, waiting, "delivered");
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test("a probe that its deliverer's shutdown interrupts is made again soon, and counts for nothing", async () => {
  const gateway = await ownGateway();
  let hangs = false;
  const answers = Promise.withResolvers<void>();
  const receiver = await receiverOfTest(async () => {
    if (hangs) await answers.promise;
    return { status: 500 };
  });
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, timeoutMs: 20_000 });
  await gateway.eventType("invoice.paid");
  const first = await gateway.startDeliverer({ env: { POSTHORN_DRAIN_MS: "100" } });
  await publishMany(gateway, tenantId, "invoice.paid", 10);
  await closed(gateway, endpoint);
  hangs = true;
  await gateway.publish(tenantId, "invoice.paid");
  await probeNow(gateway, endpoint);
  await until(() => receiver.requests.length === 11, { what: "the probe has arrived" });
  await first.stop();
  answers.resolve();
  expect(await laneOf(gateway, endpoint)).toMatchObject({ lane_reason: "failing", failures: 10, probes: 0 });
  expect(await secondsToNext(gateway, endpoint)).toBeLessThanOrEqual(5);
});

test("what was under way when the lane closed is no probe: the first one comes after five seconds", async () => {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest((_, count) => ({ status: 500, delayMs: 40 * count }));
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url });
  await gateway.eventType("invoice.paid");
  await gateway.setLane(endpoint, "pause");
  await publishMany(gateway, tenantId, "invoice.paid", 14);
  await gateway.startDeliverer();
  await gateway.setLane(endpoint, "resume");
  await until(async () => (await states(gateway, endpoint))["scheduled"] === 14, { what: "all have failed" });
  expect(await laneOf(gateway, endpoint)).toMatchObject({ lane_reason: "failing", failures: 14, probes: 0 });
  expect(await secondsToNext(gateway, endpoint)).toBeLessThanOrEqual(6);
});
