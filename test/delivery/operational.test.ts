import { expect, test } from "vitest";
import { deliveryIn, receiverOfTest, signedHeaders, useDeliveringGateway } from "#test/delivering.ts";
import type { Handler, Receiver } from "#test/receiver.ts";
import { until } from "#test/until.ts";
import { verify } from "#verify/index.ts";
import { encodeId } from "#domain/ids.ts";

const gateway = useDeliveringGateway();

interface Operational {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function operationalEvents(receiver: Receiver): Operational[] {
  return receiver.requests.map((r): Operational => JSON.parse(r.body));
}

/** A tenant with an endpoint for its own events, and one that listens to the gateway's. */
async function watchedTenant(handler: Handler, watching: readonly string[], watcher?: Handler) {
  const [receiver, log] = [await receiverOfTest(handler), await receiverOfTest(watcher)];
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({
    tenantId,
    url: receiver.url,
    eventTypes: ["order.*"],
    retrySchedule: [1],
  });
  const logging = await gateway().endpoint({ tenantId, url: log.url, eventTypes: watching, retrySchedule: [1] });
  await gateway().eventType("order.paid");
  return { receiver, log, tenantId, endpoint, logging };
}

test("a failing endpoint causes Failed at each attempt and Exhausted after the last, signed and without the payload", async () => {
  const { log, tenantId, endpoint, logging } = await watchedTenant(
    () => ({ status: 500, body: "secret-answer" }),
    ["API.Webhook.*"],
  );
  const eventId = await gateway().publish(tenantId, "order.paid", '{"card":"secret-payload"}');
  const delivery = await deliveryIn(gateway(), eventId, "failed");
  await until(() => log.requests.length >= 3, { what: "three operational events arrived" });
  const about = {
    WebhookId: endpoint.publicId,
    AccountId: tenantId,
    EventType: "order.paid",
    EventId: eventId,
    DeliveryId: encodeId("delivery", delivery.id),
    Timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
  };
  const found = operationalEvents(log).map(({ type, data }) => ({ type, data }));
  const failed = (retryCount: number) => ({ ...about, FailureReason: "httpStatus", RetryCount: retryCount });
  expect(found).toHaveLength(3);
  expect(found).toEqual(
    expect.arrayContaining([
      { type: "API.Webhook.Failed", data: failed(0) },
      { type: "API.Webhook.Failed", data: failed(1) },
      { type: "API.Webhook.Exhausted", data: failed(1) },
    ]),
  );
  for (const request of log.requests) {
    await verify(request.body, signedHeaders(request), logging.secret);
    expect(request.body).not.toMatch(/secret-payload|secret-answer|whsec_/);
    expect(request.body).not.toContain(endpoint.secret.slice(6));
  }
});

test("a delivered event causes Triggered with the status", async () => {
  const { log, tenantId, endpoint } = await watchedTenant(() => ({ status: 201 }), ["API.Webhook.Triggered"]);
  const eventId = await gateway().publish(tenantId, "order.paid", "{}", { id: `own-${tenantId}` });
  await until(() => log.requests.length === 1, { what: "Triggered arrived" });
  expect(operationalEvents(log)).toMatchObject([
    { type: "API.Webhook.Triggered", data: { WebhookId: endpoint.publicId, EventId: eventId, ResponseStatus: 201 } },
  ]);
});

test("a 410 causes Disabled with its reason", async () => {
  const { log, tenantId, endpoint } = await watchedTenant(() => ({ status: 410 }), ["API.Webhook.Disabled"]);
  await gateway().publish(tenantId, "order.paid");
  await until(() => log.requests.length === 1, { what: "Disabled arrived" });
  expect(operationalEvents(log)).toMatchObject([
    { type: "API.Webhook.Disabled", data: { WebhookId: endpoint.publicId, AccountId: tenantId, Reason: "gone" } },
  ]);
});

test("only what is asked for is made: * does not ask, and other tenants' wishes do not count", async () => {
  const watched = await watchedTenant(() => ({}), ["*"]);
  await watchedTenant(() => ({}), ["API.*"]);
  const eventId = await gateway().publish(watched.tenantId, "order.paid");
  await until(() => watched.log.requests.length === 1, { what: "the event itself arrived" });
  await until(async () => (await gateway().deliveries(eventId)).every((d) => d.status === "delivered"), {
    what: "both are delivered",
  });
  const types = await gateway().rows("select type from posthorn.events where tenant_id = $1", [watched.tenantId]);
  expect(types).toEqual([{ type: "order.paid" }]);
  expect(operationalEvents(watched.log).map((e) => e.type)).toEqual(["order.paid"]);
});

test("deliveries of operational events cause none, be they delivered, failed or gone", async () => {
  const answers = [{ status: 500 }, { status: 200 }, { status: 410 }];
  const watched = await watchedTenant(
    () => ({}),
    ["API.*"],
    (_, count) => answers[count - 1],
  );
  await gateway().publish(watched.tenantId, "order.paid");
  await until(() => watched.log.requests.length === 2, { what: "Triggered arrived at its second attempt" });
  await gateway().publish(watched.tenantId, "order.paid");
  await until(() => watched.log.requests.length === 3, { what: "Triggered was answered 410" });
  const closed = async () =>
    (
      await gateway().rows("select from posthorn.endpoints where id = $1 and lane_reason = 'disabled'", [
        watched.logging.id,
      ])
    ).length;
  await until(closed, { what: "the listener is disabled" });
  const types = await gateway().rows("select type from posthorn.events where tenant_id = $1 order by id", [
    watched.tenantId,
  ]);
  expect(types.map((t) => t["type"])).toEqual([
    "order.paid",
    "API.Webhook.Triggered",
    "order.paid",
    "API.Webhook.Triggered",
  ]);
});
