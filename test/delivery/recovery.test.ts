import { expect, test } from "vitest";
import { arrival, deliveryIn, ownGateway, receiverOfTest, signedHeaders } from "#test/delivering.ts";
import { startDropProxy } from "#test/dropProxy.ts";
import type { Gateway } from "#test/gateway.ts";
import { startDelivererProcess } from "#test/processes.ts";
import type { Handler } from "#test/receiver.ts";
import { until } from "#test/until.ts";
import { verify } from "#verify/index.ts";

/** A gateway without a deliverer, and a tenant with one endpoint. */
async function tenantWithEndpoint(handler?: Handler, schema?: object) {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest(handler);
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, retrySchedule: [1] });
  await gateway.eventType("order.paid", schema);
  return { gateway, receiver, tenantId, endpoint };
}

/** Takes away every job, and makes all rows a minute old: what reconciling looks for. */
async function loseJobs(gateway: Gateway): Promise<void> {
  await gateway.rows("delete from graphile_worker._private_jobs");
  await gateway.rows(
    "update posthorn.deliveries set due_at = due_at - interval '1 minute', updated_at = updated_at - interval '1 minute'",
  );
  await gateway.rows("update posthorn.events set accepted_at = accepted_at - interval '1 minute'");
}

test("a queued delivery whose job is lost gets another", async () => {
  const { gateway, tenantId } = await tenantWithEndpoint();
  const eventId = await gateway.publish(tenantId, "order.paid");
  await loseJobs(gateway);
  await gateway.startDeliverer();
  expect(await deliveryIn(gateway, eventId, "delivered")).toMatchObject({ attempts: 1 });
});

test("an event whose fan-out job is lost is fanned out all the same", async () => {
  const { gateway, tenantId } = await tenantWithEndpoint(undefined, { type: "object" });
  const eventId = await gateway.publish(tenantId, "order.paid");
  expect(await gateway.deliveries(eventId)).toEqual([]);
  await loseJobs(gateway);
  await gateway.startDeliverer();
  await deliveryIn(gateway, eventId, "delivered");
});

test("what an open lane still holds is released, and what a deleted endpoint's holds is canceled", async () => {
  const { gateway, tenantId, endpoint } = await tenantWithEndpoint();
  const deleted = await gateway.endpoint({ tenantId, url: "http://127.0.0.1:1/", eventTypes: ["order.late"] });
  await gateway.eventType("order.late");
  for (const each of [endpoint, deleted]) await gateway.setLane(each, "pause");
  const [heldId, orphanId] = [
    await gateway.publish(tenantId, "order.paid"),
    await gateway.publish(tenantId, "order.late"),
  ];
  await gateway.rows("update posthorn.endpoints set lane = 'open', lane_reason = null where id = $1", [endpoint.id]);
  await gateway.rows("delete from posthorn.endpoints where id = $1", [deleted.id]);
  await gateway.startDeliverer();
  expect(await deliveryIn(gateway, heldId, "delivered")).toMatchObject({ attempts: 1 });
  const isCanceled = async (): Promise<boolean> =>
    (await gateway.deliveries(orphanId)).some((d) => d.endpoint_id === deleted.id && d.status === "canceled");
  await until(isCanceled, { deadlineMs: 15_000, what: "the orphan is canceled" });
});

/** Publishes; its job is locked from the first moment on, as by a deliverer that fetched it `agoSeconds` ago. */
async function publishLocked(
  gateway: Gateway,
  tenantId: string,
  lockedBy: string,
  agoSeconds: number,
): Promise<string> {
  const id = `locked-${lockedBy}`;
  await gateway.rows(
    `do $$ begin
       perform posthorn.publish('${tenantId}', 'order.paid', '{}', id => '${id}');
       update graphile_worker._private_jobs set locked_by = '${lockedBy}', locked_at = now() - ${agoSeconds} * interval '1 second', attempts = 1
         where locked_by is null;
     end $$`,
  );
  return id;
}

test("the jobs of a deliverer that is dead are unlocked about 5 s after its last sign of life", async () => {
  const { gateway, tenantId } = await tenantWithEndpoint();
  await gateway.startDeliverer();
  await until(() => gateway.rows("select from posthorn.deliverers").then((rows) => rows.length), { what: "it lives" });
  await gateway.rows(
    "insert into posthorn.deliverers (id, hostname, pid, version) values ('pool-dead', 'gone', 1, 'test')",
  );
  const died = performance.now();
  const [dead, unheard] = [
    await publishLocked(gateway, tenantId, "pool-dead", 0),
    await publishLocked(gateway, tenantId, "pool-unheard", 0),
  ];
  for (const id of [dead, unheard]) await deliveryIn(gateway, id, "delivered");
  expect(performance.now() - died).toBeGreaterThan(3900);
  expect(await gateway.rows("select id from posthorn.deliverers where id = 'pool-dead'")).toEqual([]);
});

test("jobs that a living deliverer holds without knowing of them are given back", async () => {
  const { gateway, tenantId } = await tenantWithEndpoint();
  await gateway.startDeliverer();
  const own = await until(
    async () => (await gateway.rows<{ id: string }>("select id from posthorn.deliverers"))[0]?.id,
    { what: "it lives" },
  );
  const id = await publishLocked(gateway, tenantId, own, 60);
  expect(await deliveryIn(gateway, id, "delivered", 25_000)).toMatchObject({ attempts: 1 });
});

test("an outcome that the database cannot take is written when it is back, and nothing is sent twice", async () => {
  const answer = Promise.withResolvers<void>();
  const { gateway, receiver, tenantId } = await tenantWithEndpoint(() => answer.promise);
  const proxy = await startDropProxy(gateway.url);
  await gateway.startDeliverer({ url: proxy.url });
  const eventId = await gateway.publish(tenantId, "order.paid");
  await arrival(receiver);
  proxy.cut();
  const cutAt = performance.now();
  answer.resolve();
  await until(() => gateway.warnings.some((w) => w.includes("promote")), { what: "the deliverer feels the outage" });
  expect(await gateway.deliveries(eventId)).toMatchObject([{ status: "queued", attempts: 0 }]);
  await until(() => performance.now() > cutAt + 2000, { what: "the outage has lasted 2 s" });
  proxy.mend();
  await deliveryIn(gateway, eventId, "delivered");
  await until(async () => (await gateway.jobs()) === 0, { deadlineMs: 20_000, what: "its job is done" });
  const [delivery] = await gateway.deliveries(eventId);
  const attempts = await gateway.attempts(delivery?.id ?? "");
  expect(attempts).toMatchObject([{ number: 1, outcome: "succeeded" }]);
  expect(receiver.requests).toHaveLength(1);
  // Dated when it was made, not when it could be written.
  expect(Math.abs((attempts[0]?.started_at.getTime() ?? 0) - (receiver.requests[0]?.at ?? 0))).toBeLessThan(1000);
});

test("a drain that takes too long interrupts the request; the next deliverer makes it again, and no step is lost", async () => {
  const { gateway, receiver, tenantId } = await tenantWithEndpoint((_, count) =>
    count === 1 ? { delayMs: 20_000 } : {},
  );
  const first = await gateway.startDeliverer({ env: { POSTHORN_DRAIN_MS: "300" } });
  const eventId = await gateway.publish(tenantId, "order.paid");
  await arrival(receiver);
  await first.stop();
  const interrupted = await deliveryIn(gateway, eventId, "scheduled");
  expect(interrupted).toMatchObject({ attempts: 1, step: 0 });
  await gateway.startDeliverer();
  await deliveryIn(gateway, eventId, "delivered");
  expect(await gateway.attempts(interrupted.id)).toMatchObject([
    { number: 1, outcome: "failed", failure: "interrupted" },
    { number: 2, outcome: "succeeded" },
  ]);
});

test("an endpoint whose secret cannot be read fails alone, and goes on when the key is back", async () => {
  const { gateway, receiver, tenantId, endpoint } = await tenantWithEndpoint();
  const otherId = await gateway.tenant();
  const other = await gateway.endpoint({ tenantId: otherId, url: receiver.url });
  await gateway.rows("update posthorn.endpoint_secrets set kid = 'lost' where endpoint_id = $1", [endpoint.id]);
  const ids = await Promise.all(
    Array.from({ length: 10 }, () =>
      Promise.all([gateway.publish(tenantId, "order.paid"), gateway.publish(otherId, "order.paid")]),
    ),
  );
  await gateway.startDeliverer();
  for (const [, id] of ids) await deliveryIn(gateway, id, "delivered", 2500);
  for (const [id] of ids) await deliveryIn(gateway, id, "queued");
  await gateway.rows("update posthorn.endpoint_secrets set kid = 'test' where endpoint_id = $1", [endpoint.id]);
  for (const [id] of ids) await deliveryIn(gateway, id, "delivered", 25_000);
  expect(gateway.warnings.join()).toContain("is not in POSTHORN_SECRET_KEYS");
  expect(gateway.warnings.join()).not.toContain(other.secret);
});

test("a delivery whose event retention has dropped fails visibly instead of being queued for ever", async () => {
  const { gateway, receiver, tenantId, endpoint } = await tenantWithEndpoint();
  await gateway.setLane(endpoint, "pause");
  const eventId = await gateway.publish(tenantId, "order.paid");
  const delivery = await deliveryIn(gateway, eventId, "held");
  await gateway.rows("delete from posthorn.events where tenant_id = $1", [tenantId]);
  await gateway.startDeliverer();
  await gateway.setLane(endpoint, "resume");
  const ended = async () => {
    const rows = await gateway.rows("select status, reason from posthorn.deliveries where id = $1", [delivery.id]);
    return rows[0]?.["status"] === "failed" ? rows[0] : undefined;
  };
  expect(await until(ended, { deadlineMs: 15_000, what: "the delivery has failed" })).toMatchObject({
    reason: "eventExpired",
  });
  expect(receiver.requests).toEqual([]);
});

test("signatures carry the database's time where the deliverer's clock is wrong", async () => {
  const { gateway, receiver, tenantId, endpoint } = await tenantWithEndpoint();
  await gateway.startDeliverer({ clock: () => Date.now() - 7_200_000 });
  await gateway.publish(tenantId, "order.paid");
  const request = await arrival(receiver);
  await verify(request.body, signedHeaders(request), endpoint.secret, { toleranceSeconds: 60 });
  expect(Number(request.headers["webhook-timestamp"])).toBeGreaterThan(Date.now() / 1000 - 60);
});

test("when graphile-worker's runner ends by itself, another takes its place", async () => {
  const { gateway, receiver, tenantId } = await tenantWithEndpoint();
  const deliverer = startDelivererProcess(gateway.url);
  await gateway.publish(tenantId, "order.paid");
  await arrival(receiver);
  // Its answer to a newer graphile-worker's migration is to shut down.
  await gateway.rows(`select pg_notify('worker:migrate', '{"breaking":true,"migrationNumber":999}')`);
  await until(() => deliverer.log().includes("ended by itself"), { deadlineMs: 15_000, what: "the runner has ended" });
  await gateway.publish(tenantId, "order.paid");
  await arrival(receiver, 2);
  deliverer.kill("SIGTERM");
  expect(await deliverer.ended).toBe(0);
});
