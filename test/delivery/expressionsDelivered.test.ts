import { expect, test } from "vitest";
import { arrival, deliveryIn, receiverOfTest, useDeliveringGateway } from "#test/delivering.ts";
import { until } from "#test/until.ts";
import { catalogOf, endpointWith, install, publishTo, typeOf, wish, type Wishes } from "./catalogs.ts";

const gateway = useDeliveringGateway();

async function wanting(wishes: Wishes, format: "standard" | "cloudevents" | "native" = "standard") {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().eventType("order.paid");
  const endpoint = await endpointWith(gateway(), { tenantId, url: receiver.url, payloadFormat: format }, wishes);
  return { receiver, tenantId, endpoint };
}

async function failuresOf(endpoint: { readonly id: string }) {
  const [row] = await gateway().rows<{
    filter_failures: string;
    last_filter_failure: string;
    last_filter_failed_at: Date;
  }>(
    "select filter_failures, last_filter_failure, last_filter_failed_at from posthorn.subscriptions where endpoint_id = $1",
    [endpoint.id],
  );
  return row;
}

test("a filter lets through what it matches, and nothing else", async () => {
  const { receiver, tenantId, endpoint } = await wanting({ filter: "data.amount > 100 and type = 'order.paid'" });
  const small = await gateway().publish(tenantId, "order.paid", '{"amount":100}');
  const large = await gateway().publish(tenantId, "order.paid", '{"amount":100.5}');
  await deliveryIn(gateway(), large, "delivered");
  const fannedOut = () =>
    gateway().rows("select 1 from posthorn.events where tenant_id = $1 having count(fan_out_after) = 0", [tenantId]);
  await until(async () => (await fannedOut()).length > 0, { what: "both are fanned out" });
  expect(await gateway().deliveries(small)).toEqual([]);
  expect(receiver.requests.map((r) => r.headers["webhook-id"])).toEqual([large]);
  expect(await failuresOf(endpoint)).toMatchObject({ filter_failures: "0" });
});

test("a filter that fails does not match, and is counted on its subscription with the message", async () => {
  const { tenantId, endpoint } = await wanting({ filter: "$number(data.amount) > 1" });
  const wrong = await gateway().publish(tenantId, "order.paid", '{"amount":"much"}');
  await gateway().publish(tenantId, "order.paid", '{"amount":"more"}');
  const right = await gateway().publish(tenantId, "order.paid", '{"amount":"2"}');
  await deliveryIn(gateway(), right, "delivered");
  await until(async () => (await failuresOf(endpoint))?.filter_failures === "2", { what: "both failures are counted" });
  const noted = await failuresOf(endpoint);
  expect(noted?.last_filter_failure).not.toBe("");
  expect(noted?.last_filter_failed_at).toBeInstanceOf(Date);
  expect(await gateway().deliveries(wrong)).toEqual([]);
});

test("a transform's result is the whole body, as JSON, whatever the endpoint's format", async () => {
  for (const format of ["standard", "cloudevents", "native"] as const) {
    const { receiver, tenantId } = await wanting({ transform: '{"sum": data.amount, "of": tenantId}' }, format);
    await gateway().publish(tenantId, "order.paid", '{"amount":12}');
    const { body, headers } = await arrival(receiver);
    expect([body, headers["content-type"]]).toEqual([`{"sum":12,"of":"${tenantId}"}`, "application/json"]);
  }
});

test("of an endpoint's subscriptions the first that matches delivers", async () => {
  const { receiver, tenantId, endpoint } = await wanting({ filter: "data.amount > 10", transform: '"large"' });
  await gateway().subscribe(endpoint, ["order.*"]);
  for (const amount of [5, 50]) {
    const id = await gateway().publish(tenantId, "order.paid", `{"amount":${amount}}`);
    await deliveryIn(gateway(), id, "delivered");
  }
  expect(receiver.requests.map((r) => r.body)).toEqual([expect.stringContaining('"amount":5'), '"large"']);
});

test("a transform that fails makes the delivery failed, with the message; redelivered, it is made again", async () => {
  const { receiver, tenantId, endpoint } = await wanting({ transform: "$number(data.amount)" });
  const id = await gateway().publish(tenantId, "order.paid", '{"amount":"much"}');
  const failed = await deliveryIn(gateway(), id, "failed");
  expect(failed).toMatchObject({ reason: "expressionFailed", attempts: 0 });
  expect(failed["detail"]).toEqual(expect.stringMatching(/./));

  expect(await gateway().redeliver(failed)).toBe("queued");
  const again = await until(
    async () =>
      (await gateway().deliveries(id)).find((d) => d.status === "failed" && d["updated_at"] > failed["updated_at"]),
    { what: "it has failed again" },
  );
  expect(again).toMatchObject({ reason: "expressionFailed", detail: failed["detail"], attempts: 0 });

  await wish(gateway(), endpoint, { transform: '{"was": data.amount}' });
  await gateway().redeliver(again);
  expect(await deliveryIn(gateway(), id, "delivered")).toMatchObject({ reason: null, detail: null, attempts: 1 });
  expect(receiver.requests.map((r) => r.body)).toEqual(['{"was":"much"}']);
});

test("redelivered while its endpoint is paused, it waits, and is made again when the endpoint is resumed", async () => {
  const { receiver, tenantId, endpoint } = await wanting({ transform: "$number(data.amount)" });
  const id = await gateway().publish(tenantId, "order.paid", '{"amount":"much"}');
  const failed = await deliveryIn(gateway(), id, "failed");
  await gateway().setLane(endpoint, "pause");
  expect(await gateway().redeliver(failed)).toBe("held");
  await wish(gateway(), endpoint, { transform: "data.amount" });
  await gateway().setLane(endpoint, "resume");
  await deliveryIn(gateway(), id, "delivered");
  expect(receiver.requests.map((r) => r.body)).toEqual(['"much"']);
});

test("redelivered after its transform was removed, the delivery has its endpoint's format", async () => {
  const { receiver, tenantId, endpoint } = await wanting({ transform: "$number(data.amount)" }, "cloudevents");
  const id = await gateway().publish(tenantId, "order.paid", '{"amount":"much"}');
  const failed = await deliveryIn(gateway(), id, "failed");
  await wish(gateway(), endpoint, {});
  await gateway().redeliver(failed);
  const { body, headers } = await arrival(receiver);
  expect(JSON.parse(body)).toMatchObject({ specversion: "1.0", id, data: { amount: "much" } });
  expect(headers["content-type"]).toBe("application/cloudevents+json");
});

test("redelivered after its subscription was deleted, it fails and says so", async () => {
  const { tenantId, endpoint } = await wanting({ transform: "$number(data.amount)" });
  const id = await gateway().publish(tenantId, "order.paid", '{"amount":"much"}');
  const failed = await deliveryIn(gateway(), id, "failed");
  await gateway().rows("delete from posthorn.subscriptions where endpoint_id = $1", [endpoint.id]);
  await gateway().redeliver(failed);
  const gone = async () =>
    (await gateway().deliveries(id)).find((d) => d.status === "failed" && String(d["detail"]).includes("is gone"));
  expect(await until(gone, { what: "it has failed again" })).toMatchObject({ reason: "expressionFailed" });
});

test("an expression that never ends costs its own delivery, and nobody else's", async () => {
  const endless = await wanting({ transform: "($f := function($n) { $f($n + 1) }; $f(1))" });
  const other = await wanting({ transform: '"fine"' });
  const id = await gateway().publish(endless.tenantId, "order.paid");
  await gateway().publish(other.tenantId, "order.paid");
  expect((await arrival(other.receiver)).body).toBe('"fine"');
  expect(await deliveryIn(gateway(), id, "failed")).toMatchObject({ reason: "expressionFailed" });
});

test("a tenant whose expressions take all the time they may holds up nobody, and gets its events all the same", async () => {
  const slow = await wanting({});
  const endless = "($f := function($n) { $f($n + 1) }; $f(1))";
  const endpoints = [];
  for (let i = 0; i < 5; i++)
    endpoints.push(
      await endpointWith(
        gateway(),
        { tenantId: slow.tenantId, url: slow.receiver.url },
        { filter: `${endless} = ${i}` },
      ),
    );
  // More than the deliverer has slots for jobs.
  const count = 120;
  await gateway().rows(`select posthorn.publish($1, 'order.paid', '{}') from generate_series(1, ${count})`, [
    slow.tenantId,
  ]);
  const other = await wanting({});
  await gateway().publish(other.tenantId, "order.paid");
  await arrival(other.receiver, 1, 5_000);
  const waiting = "select 1 from posthorn.events where tenant_id = $1 and fan_out_after is not null";
  expect(await gateway().rows(waiting, [slow.tenantId])).not.toEqual([]);
  for (const endpoint of endpoints) await wish(gateway(), endpoint, { filter: "false" });
  const arrived = () => slow.receiver.requests.length >= count;
  await until(arrived, { deadlineMs: 40_000, what: "the slow tenant has its events" });
}, 60_000);

test("a NUL or half a character in what an expression gives, or in its message, stops nobody", async () => {
  const { receiver, tenantId } = await wanting({ transform: '{"a": "\\u0000", "b": "\\ud800"}' });
  const failing = await endpointWith(
    gateway(),
    { tenantId, url: receiver.url },
    { filter: '$error("\\u0000 \\ud800")' },
  );
  const id = await gateway().publish(tenantId, "order.paid");
  const settled = async () => (await gateway().deliveries(id)).find((d) => ["delivered", "failed"].includes(d.status));
  const { event_type: type } = await until(settled, { what: "the delivery is made, whatever came of it" });
  await until(async () => (await failuresOf(failing))?.filter_failures === "1", { what: "the failure is counted" });
  expect(type).toBe("order.paid");
});

test("operational events are filtered and transformed like others", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const endpoint = await endpointWith(
    gateway(),
    { tenantId, url: receiver.url, eventTypes: ["API.Webhook.*"] },
    { filter: "data.DisabledBy = 'test'", transform: '{"what": type}' },
  );
  const other = await gateway().endpoint({ tenantId, url: receiver.url, eventTypes: ["none.such"] });
  await gateway().setLane(other, "disable");
  expect((await arrival(receiver)).body).toBe('{"what":"API.Webhook.Disabled"}');
  expect(await failuresOf(endpoint)).toMatchObject({ filter_failures: "0" });
});

test("canceled after its transform failed and redelivered, it is made again: its untransformed data is never sent", async () => {
  const { receiver, tenantId, endpoint } = await wanting({ transform: "$number(data.amount)" });
  const id = await gateway().publish(tenantId, "order.paid", '{"amount":"much"}');
  const failed = await deliveryIn(gateway(), id, "failed");
  await gateway().setLane(endpoint, "pause");
  expect(await gateway().redeliver(failed)).toBe("held");
  await gateway().rows("select posthorn.cancel($1, $2)", [tenantId, failed["id"]]);
  await gateway().setLane(endpoint, "resume");
  await wish(gateway(), endpoint, { transform: "data.amount" });
  expect(await gateway().redeliver(await deliveryIn(gateway(), id, "canceled"))).toBe("queued");
  await deliveryIn(gateway(), id, "delivered");
  expect(receiver.requests.map((r) => r.body)).toEqual(['"much"']);
});

test("of an event whose data breaks its schema, a redelivery sends what the subscription asks for", async () => {
  const document = catalogOf([typeOf("order.paid", [{ type: "object", required: ["amount"] }])]);
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await endpointWith(gateway(), { tenantId, url: receiver.url }, { transform: "data.total" });
  const place = { tenantId, catalog: document.catalog, type: "order.paid" };
  const id = await publishTo(gateway(), place, '{"total":7,"secret":1}');
  const failed = await deliveryIn(gateway(), id, "failed");
  expect(failed).toMatchObject({ reason: "invalidEvent" });
  await gateway().redeliver(failed);
  await deliveryIn(gateway(), id, "delivered");
  expect(receiver.requests.map((r) => r.body)).toEqual(["7"]);
});
