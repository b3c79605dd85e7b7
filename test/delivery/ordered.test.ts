import { expect, test } from "vitest";
import { deliveryIn, ownGateway, receiverOfTest } from "#test/delivering.ts";
import type { Gateway, TestEndpoint } from "#test/gateway.ts";
import { publishMany, states } from "#test/lanes.ts";
import type { Handler, Received } from "#test/receiver.ts";
import { until } from "#test/until.ts";

const keys = ["a", "b", "c", "d", "e"];

function numberIn({ body }: Received): number {
  const { data } = JSON.parse(body);
  return Number(data.n);
}

/** A receiver that fails the test where it gets two of a key at once, or one before its turn; events n = 1, 2, … have the keys in turn. */
function keepingOrder(handler: Handler) {
  const violations: string[] = [];
  const underWay = new Set<number>();
  const succeeded = new Map<number, number>();
  const inOrder: Handler = async (request, count) => {
    const n = numberIn(request);
    const key = n % keys.length;
    if (underWay.has(key)) violations.push(`${n} while another of its key was under way`);
    if (n <= (succeeded.get(key) ?? 0)) violations.push(`${n} after ${succeeded.get(key)}`);
    underWay.add(key);
    const answer = (await handler(request, count)) ?? {};
    underWay.delete(key);
    if ((answer.status ?? 200) < 300) succeeded.set(key, n);
    return answer;
  };
  return { violations, handler: inOrder };
}

async function ordered(onFailure: "block" | "skip", handler: Handler, retrySchedule: readonly number[]) {
  const gateway = await ownGateway();
  const { violations, handler: inOrder } = keepingOrder(handler);
  const receiver = await receiverOfTest(inOrder);
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, retrySchedule, ordering: onFailure });
  await gateway.eventType("order.changed");
  return { gateway, receiver, tenantId, endpoint, violations };
}

async function allDelivered(gateway: Gateway, endpoint: TestEndpoint, count: number): Promise<void> {
  await until(async () => (await states(gateway, endpoint))["delivered"] === count, {
    what: `all ${count} are delivered`,
    deadlineMs: 25_000,
  });
}

test("each key's events arrive one after the other, by two deliverers, whatever fails in between", async () => {
  const failed = new Set<number>();
  const { gateway, tenantId, endpoint, violations } = await ordered(
    "block",
    (request) => {
      const n = numberIn(request);
      if (n % 20 !== 7 || failed.has(n)) return {};
      failed.add(n);
      return { status: 500 };
    },
    [1],
  );
  await gateway.startDeliverer();
  await gateway.startDeliverer();
  for (let i = 0; i < 4; i++) await publishNumbered(gateway, tenantId, 1 + i * 25, 25);
  await allDelivered(gateway, endpoint, 100);
  expect(violations).toEqual([]);
  expect(failed.size).toBe(5);
  expect(gateway.warnings).toEqual([]);
});

/** Publishes so many events from that number on, each in a statement of its own, with the keys in turn. */
async function publishNumbered(gateway: Gateway, tenantId: string, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++)
    await gateway.publish(tenantId, "order.changed", `{"n":${n}}`, { orderingKey: keys[n % keys.length] ?? "" });
}

test("a large batch of few keys is sent in its order", async () => {
  const { gateway, tenantId, endpoint, violations } = await ordered("skip", () => {}, []);
  await publishMany(gateway, tenantId, "order.changed", 200, [...keys.slice(1), "a"]);
  await gateway.startDeliverer();
  await allDelivered(gateway, endpoint, 200);
  expect(violations).toEqual([]);
});

test("events that the fan_out job makes keep their order as well", async () => {
  const { gateway, tenantId, endpoint, violations } = await ordered("block", () => {}, []);
  // A filter: what this tenant publishes is evaluated by the deliverer.
  await gateway.rows("update posthorn.subscriptions set filter = 'data.n > 0' where endpoint_id = $1", [endpoint.id]);
  await gateway.rows("update posthorn.tenants set evaluated = true where id = $1", [tenantId]);
  await gateway.startDeliverer();
  await gateway.startDeliverer();
  await publishNumbered(gateway, tenantId, 1, 60);
  await allDelivered(gateway, endpoint, 60);
  expect(violations).toEqual([]);
});

test("block: behind one that has failed for good its key waits, until it is redelivered", async () => {
  let broken = true;
  const { gateway, tenantId, endpoint, violations } = await ordered(
    "block",
    (request) => (broken && numberIn(request) === 1 ? { status: 500 } : {}),
    [],
  );
  await gateway.startDeliverer();
  await publishNumbered(gateway, tenantId, 1, 11);
  await until(async () => (await states(gateway, endpoint))["delivered"] === 8, { what: "the other keys go on" });
  expect(await states(gateway, endpoint)).toEqual({ failed: 1, held: 2, delivered: 8 });
  const [failed] = await gateway.rows<{ id: string; tenant_id: string }>(
    "select * from posthorn.deliveries where endpoint_id = $1 and status = 'failed'",
    [endpoint.id],
  );
  broken = false;
  await gateway.rows("select posthorn.redeliver($1, $2)", [tenantId, failed?.id]);
  await allDelivered(gateway, endpoint, 11);
  expect(violations).toEqual([]);
});

test("block: canceling the one that has failed lets its key go on", async () => {
  const { gateway, tenantId, endpoint, violations } = await ordered(
    "block",
    (request) => (numberIn(request) === 1 ? { status: 500 } : {}),
    [],
  );
  await gateway.startDeliverer();
  await publishNumbered(gateway, tenantId, 1, 6);
  await until(async () => (await states(gateway, endpoint))["failed"] === 1, { what: "it has failed" });
  await gateway.rows("select posthorn.cancel($1, id) from posthorn.deliveries where endpoint_id = $2 and blocks", [
    tenantId,
    endpoint.id,
  ]);
  await until(async () => (await states(gateway, endpoint))["delivered"] === 5, { what: "its key goes on" });
  expect(violations).toEqual([]);
});

test("skip: behind one that has failed for good its key goes on", async () => {
  const { gateway, tenantId, endpoint, violations } = await ordered(
    "skip",
    (request) => (numberIn(request) === 1 ? { status: 500 } : {}),
    [],
  );
  await gateway.startDeliverer();
  await publishNumbered(gateway, tenantId, 1, 11);
  await until(async () => (await states(gateway, endpoint))["delivered"] === 10, { what: "all others are delivered" });
  expect((await states(gateway, endpoint))["failed"]).toBe(1);
  expect(violations).toEqual([]);
});

test("resumed after a pause, each key still goes in order", async () => {
  const { gateway, tenantId, endpoint, violations } = await ordered("skip", () => {}, []);
  await gateway.startDeliverer();
  await gateway.startDeliverer();
  await gateway.setLane(endpoint, "pause");
  await publishNumbered(gateway, tenantId, 1, 50);
  await gateway.setLane(endpoint, "resume");
  await publishNumbered(gateway, tenantId, 51, 50);
  await allDelivered(gateway, endpoint, 100);
  expect(violations).toEqual([]);
});

test("what has no key waits for nobody", async () => {
  const { gateway, tenantId } = await ordered(
    "block",
    (request) => (numberIn(request) === 1 ? { status: 500 } : {}),
    [],
  );
  await gateway.startDeliverer();
  await publishNumbered(gateway, tenantId, 1, 1);
  const free = await gateway.publish(tenantId, "order.changed", '{"n":7}');
  expect(await deliveryIn(gateway, free, "delivered")).toMatchObject({ attempts: 1 });
});
