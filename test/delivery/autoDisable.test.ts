import { expect, test } from "vitest";
import { deliveryIn, ownGateway, receiverOfTest } from "#test/delivering.ts";
import { laneOf } from "#test/lanes.ts";
import { until } from "#test/until.ts";

/** An endpoint whose first attempt has failed; retries follow each second as long as there are any. */
async function failing(retrySchedule: readonly number[]) {
  const gateway = await ownGateway();
  const answer = { status: 500 };
  const receiver = await receiverOfTest(() => ({ status: answer.status }));
  const operational = await receiverOfTest();
  const tenantId = await gateway.tenant();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, retrySchedule, eventTypes: ["invoice.*"] });
  await gateway.endpoint({ tenantId, url: operational.url, eventTypes: ["API.Webhook.*"] });
  await gateway.eventType("invoice.paid");
  await gateway.startDeliverer();
  const eventId = await gateway.publish(tenantId, "invoice.paid");
  await until(async () => (await laneOf(gateway, endpoint)).failures === 1, { what: "the first attempt has failed" });
  /** As if its failures had begun so long ago. */
  const failingFor = (interval: string): Promise<object[]> =>
    gateway.rows(
      "update posthorn.lanes set failing_since = failing_since - $2::interval, window_at = window_at - $2::interval where endpoint_id = $1",
      [endpoint.id, interval],
    );
  return { gateway, answer, receiver, operational, tenantId, endpoint, eventId, failingFor };
}

test("five days of nothing but failures, and more attempts than its schedule has, disable an endpoint", async () => {
  const { gateway, answer, operational, tenantId, endpoint, failingFor } = await failing([1, 1]);
  await failingFor("5 days");
  await until(async () => (await laneOf(gateway, endpoint)).lane_reason === "disabled", { what: "it is disabled" });
  expect(await laneOf(gateway, endpoint)).toMatchObject({ lane: "held", lane_detail: "failing" });
  const heard = await until(() => operational.requests.find(({ body }) => body.includes("API.Webhook.Disabled")), {
    what: "the tenant hears of it",
  });
  expect(JSON.parse(heard.body)).toMatchObject({ data: { WebhookId: endpoint.publicId, Reason: "failing" } });
  const missed = await gateway.publish(tenantId, "invoice.paid");
  expect(await gateway.deliveries(missed)).toEqual([]);

  answer.status = 200;
  expect(await gateway.setLane(endpoint, "enable")).toBe("ok");
  const next = await gateway.publish(tenantId, "invoice.paid");
  await deliveryIn(gateway, next, "delivered");
  expect(await laneOf(gateway, endpoint)).toMatchObject({ lane: "open", lane_reason: null });
});

test("less than five days do not", async () => {
  const { gateway, endpoint, eventId, failingFor } = await failing([1, 1]);
  await failingFor("4 days 23 hours");
  await deliveryIn(gateway, eventId, "failed");
  expect((await laneOf(gateway, endpoint)).lane_reason).not.toBe("disabled");
});

test("a success in between begins anew", async () => {
  const { gateway, answer, tenantId, endpoint, eventId, failingFor } = await failing([1, 1, 1]);
  await failingFor("5 days");
  answer.status = 200;
  await deliveryIn(gateway, eventId, "delivered");
  answer.status = 500;
  const next = await gateway.publish(tenantId, "invoice.paid");
  await deliveryIn(gateway, next, "failed");
  expect((await laneOf(gateway, endpoint)).lane_reason).not.toBe("disabled");
});
