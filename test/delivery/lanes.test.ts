import { expect, test } from "vitest";
import { arrival, deliveryIn, ownGateway, receiverOfTest, useDeliveringGateway } from "#test/delivering.ts";
import { until } from "#test/until.ts";

const gateway = useDeliveringGateway();

test("a paused endpoint's events are held without a job, and resume sends all of them", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("invoice.paid");
  expect(await gateway().setLane(endpoint, "pause")).toBe("ok");
  const ids = await Promise.all(Array.from({ length: 20 }, () => gateway().publish(tenantId, "invoice.paid")));
  for (const id of ids) {
    const held = await deliveryIn(gateway(), id, "held");
    expect(await gateway().jobs(held.id)).toBe(0);
  }
  expect(receiver.requests).toEqual([]);
  expect(await gateway().setLane(endpoint, "resume")).toBe("ok");
  for (const id of ids) await deliveryIn(gateway(), id, "delivered");
  expect(receiver.requests).toHaveLength(20);
  expect(new Set(receiver.requests.map((r) => r.headers["webhook-id"]))).toEqual(new Set(ids));
});

test("a retry that comes due while the lane is held waits for it too", async () => {
  const receiver = await receiverOfTest((_, count) => ({ status: count === 1 ? 500 : 200 }));
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url, retrySchedule: [1] });
  await gateway().eventType("invoice.paid");
  const id = await gateway().publish(tenantId, "invoice.paid");
  await deliveryIn(gateway(), id, "scheduled");
  await gateway().setLane(endpoint, "pause");
  await deliveryIn(gateway(), id, "held");
  expect(receiver.requests).toHaveLength(1);
  await gateway().setLane(endpoint, "resume");
  expect(await deliveryIn(gateway(), id, "delivered")).toMatchObject({ attempts: 2 });
});

test("redelivering to a paused endpoint waits until it is resumed", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("invoice.paid");
  const delivered = await deliveryIn(gateway(), await gateway().publish(tenantId, "invoice.paid"), "delivered");
  await gateway().setLane(endpoint, "pause");
  expect(await gateway().redeliver(delivered)).toBe("held");
  await gateway().setLane(endpoint, "resume");
  await arrival(receiver, 2);
});

test("a disabled endpoint collects nothing, and can be neither resumed nor redelivered to", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("invoice.paid");
  const before = await deliveryIn(gateway(), await gateway().publish(tenantId, "invoice.paid"), "delivered");
  expect(await gateway().setLane(endpoint, "disable")).toBe("ok");
  const missed = await gateway().publish(tenantId, "invoice.paid");
  expect(await gateway().deliveries(missed)).toEqual([]);
  expect(await gateway().setLane(endpoint, "resume")).toBe("disabled");
  expect(await gateway().redeliver(before)).toBe("disabled");
  expect(await gateway().setLane(endpoint, "enable")).toBe("ok");
  const after = await gateway().publish(tenantId, "invoice.paid");
  await deliveryIn(gateway(), after, "delivered");
  expect(receiver.requests.map((r) => r.headers["webhook-id"])).not.toContain(missed);
});

test("a 410 fails the delivery, disables the endpoint and keeps what waits, until it is enabled again", async () => {
  const own = await ownGateway();
  await own.startDeliverer();
  const answer = Promise.withResolvers<{ status: number }>();
  const receiver = await receiverOfTest((_, count) => (count === 1 ? answer.promise : undefined));
  const tenantId = await own.tenant();
  const endpoint = await own.endpoint({ tenantId, url: receiver.url });
  await own.eventType("invoice.paid");
  const goneId = await own.publish(tenantId, "invoice.paid");
  await arrival(receiver);
  await own.setLane(endpoint, "pause");
  const waitingId = await own.publish(tenantId, "invoice.paid");
  await deliveryIn(own, waitingId, "held");
  answer.resolve({ status: 410 });
  expect(await deliveryIn(own, goneId, "failed")).toMatchObject({ reason: "httpStatus", attempts: 1 });
  const [row] = await own.rows("select lane, lane_reason, lane_detail from posthorn.endpoints where id = $1", [
    endpoint.id,
  ]);
  expect(row).toEqual({ lane: "held", lane_reason: "disabled", lane_detail: "gone" });
  expect(receiver.requests).toHaveLength(1);
  await own.setLane(endpoint, "enable");
  await deliveryIn(own, waitingId, "delivered");
});

test("deleting an endpoint cancels what waits for it: held, queued and scheduled", async () => {
  const receiver = await receiverOfTest(() => ({ status: 500 }));
  const tenantId = await gateway().tenant();
  const paused = await gateway().endpoint({ tenantId, url: receiver.url, eventTypes: ["to.paused"] });
  const failing = await gateway().endpoint({
    tenantId,
    url: receiver.url,
    eventTypes: ["to.failing"],
    retrySchedule: [2],
  });
  await gateway().eventType("to.paused");
  await gateway().eventType("to.failing");
  await gateway().setLane(paused, "pause");
  const [held, scheduled] = [
    await gateway().publish(tenantId, "to.paused"),
    await gateway().publish(tenantId, "to.failing"),
  ];
  await deliveryIn(gateway(), held, "held");
  await deliveryIn(gateway(), scheduled, "scheduled");
  await gateway().rows("delete from posthorn.endpoints where id = any ($1)", [[paused.id, failing.id]]);
  for (const id of [held, scheduled]) {
    expect(await deliveryIn(gateway(), id, "canceled", 25_000)).toMatchObject({ reason: "endpointDeleted" });
  }
  expect(receiver.requests).toHaveLength(1);
});

test("an endpoint that hangs costs the others nothing", async () => {
  const hanging = await receiverOfTest(() => ({ delayMs: 30_000 }));
  const healthy = await receiverOfTest();
  const [slowTenant, tenantId] = [await gateway().tenant(), await gateway().tenant()];
  await gateway().endpoint({ tenantId: slowTenant, url: hanging.url, timeoutMs: 10_000 });
  await gateway().endpoint({ tenantId, url: healthy.url });
  await gateway().eventType("invoice.paid");
  await Promise.all(Array.from({ length: 10 }, () => gateway().publish(slowTenant, "invoice.paid")));
  await until(() => hanging.requests.length === 10, { what: "all of the hanging endpoint's are under way" });
  const ids = await Promise.all(Array.from({ length: 50 }, () => gateway().publish(tenantId, "invoice.paid")));
  await until(() => healthy.requests.length === 50, {
    deadlineMs: 5000,
    what: "the healthy one has got all of its own",
  });
  expect(new Set(healthy.requests.map((r) => r.headers["webhook-id"]))).toEqual(new Set(ids));
});
