import { afterAll, beforeAll, expect, test } from "vitest";
import { createGateway, type Gateway, type TestEndpoint } from "#test/gateway.ts";

// What random sequences have found, each by itself.
let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway();
  await gateway.eventType("order.paid");
});
afterAll(() => gateway?.close());

async function queuedDelivery(): Promise<{ endpoint: TestEndpoint; id: string }> {
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: "http://127.0.0.1:1/" });
  const event = await gateway.publish(tenantId, "order.paid");
  const [delivery] = await gateway.deliveries(event);
  return { endpoint, id: delivery?.id ?? "" };
}

async function record(deliveryId: string, attempts: number, about: object): Promise<void> {
  const row = { delivery_id: deliveryId, attempts, age_ms: 0, duration_ms: 1, step: 1, retry_ms: 60_000, room: 10 };
  await gateway.rows("select posthorn.record_outcomes($1::json)", [
    JSON.stringify([{ ...row, outcome: "failed", next: "scheduled", gone: false, notify: false, ...about }]),
  ]);
}

async function laneOf({ id }: TestEndpoint) {
  const [row] = await gateway.rows(
    `select n.lane, n.lane_reason, l.reason, l.failing_since from posthorn.endpoints n left join posthorn.lanes l on l.endpoint_id = n.id where n.id = $1`,
    [id],
  );
  return row;
}

test("a delivery whose lane opens between its loading and its holding gets another job, and does not wait for the reconciliation", async () => {
  const { endpoint, id } = await queuedDelivery();
  await gateway.setLane(endpoint, "pause");
  await gateway.rows("select posthorn.load_deliveries(array[$1::uuid])", [id]);
  await gateway.setLane(endpoint, "resume");
  await gateway.rows("select posthorn.hold(array[$1::uuid])", [id]);
  expect(await gateway.jobs(id)).toBe(2);
  await gateway.setLane(endpoint, "pause");
  await gateway.rows("select posthorn.hold(array[$1::uuid])", [id]);
  expect(await gateway.jobs(id)).toBe(2);
  const [row] = await gateway.rows("select status from posthorn.deliveries where id = $1", [id]);
  expect(row).toEqual({ status: "held" });
});

test("what is answered after an endpoint has begun to poll closes no lane of it", async () => {
  const { endpoint, id } = await queuedDelivery();
  await gateway.rows("update posthorn.endpoints set mode = 'poll', lane = 'held' where id = $1", [endpoint.id]);
  await record(id, 0, { failure: "httpStatus", http_status: 429, wait_ms: 60_000 });
  expect(await laneOf(endpoint)).toEqual({ lane: "held", lane_reason: null, reason: null, failing_since: null });
  const { endpoint: other, id: late } = await queuedDelivery();
  await gateway.rows("update posthorn.endpoints set mode = 'poll', lane = 'held' where id = $1", [other.id]);
  await gateway.rows("select posthorn.turn_away(array[$1::uuid], '{slow}', '{0}', '{2}')", [late]);
  expect(await laneOf(other)).toEqual({ lane: "held", lane_reason: null, reason: null, failing_since: null });
});

test("an attempt that the gateway itself interrupted begins no time of failures", async () => {
  const { endpoint, id } = await queuedDelivery();
  // It catches up: the gateway looks at it.
  await gateway.rows("select posthorn.wake_lane($1)", [endpoint.id]);
  await record(id, 0, { failure: "interrupted", http_status: null });
  expect(await laneOf(endpoint)).toMatchObject({ reason: null, failing_since: null });
});
