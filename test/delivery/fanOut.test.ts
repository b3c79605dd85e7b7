import { expect, test } from "vitest";
import { arrival, deliveryIn, receiverOfTest, useDeliveringGateway } from "#test/delivering.ts";
import { until } from "#test/until.ts";
import { catalogOf, install, publishTo, typeOf } from "./catalogs.ts";

const gateway = useDeliveringGateway();

test("an event reaches each of 250 endpoints once, through a job", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().eventType("big.news");
  const paths = Array.from({ length: 250 }, (_, i) => `/${i}`);
  for (const path of paths) await gateway().endpoint({ tenantId, url: receiver.url + path.slice(1) });
  const eventId = await gateway().publish(tenantId, "big.news");
  await until(() => receiver.requests.length >= 250, { deadlineMs: 20_000, what: "250 requests arrived" });
  const isSettled = async (): Promise<boolean> => {
    const deliveries = await gateway().deliveries(eventId);
    return deliveries.length === 250 && deliveries.every((d) => d.status === "delivered");
  };
  await until(isSettled, { what: "250 deliveries are delivered" });
  expect(receiver.requests).toHaveLength(250);
  expect(new Set(receiver.requests.map((r) => r.path))).toEqual(new Set(paths));
});

test("exact patterns, prefixes and * choose the endpoints; two matching subscriptions make one delivery", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const wishes = {
    exact: ["order.paid"],
    prefix: ["order.*"],
    all: ["*"],
    both: ["order.*", "order.paid"],
    other: ["orders.*", "order.paid.late"],
  };
  for (const [name, eventTypes] of Object.entries(wishes)) {
    const endpoint = await gateway().endpoint({ tenantId, url: receiver.url + name, eventTypes });
    if (name === "both") await gateway().subscribe(endpoint, ["order.paid", "*"]);
  }
  for (const type of ["order.paid", "order.sent", "user.made", "Order.paid"]) await gateway().eventType(type);
  const ids = new Map<string, string>();
  for (const type of ["order.paid", "order.sent", "user.made", "Order.paid"])
    ids.set(type, await gateway().publish(tenantId, type));
  await until(() => receiver.requests.length >= 11, { what: "all have arrived" });
  const pathsOf = (type: string): string =>
    receiver.requests
      .filter((r) => r.headers["webhook-id"] === ids.get(type))
      .map((r) => r.path.slice(1))
      .toSorted((a, b) => a.localeCompare(b))
      .join(" ");
  expect({
    paid: pathsOf("order.paid"),
    sent: pathsOf("order.sent"),
    made: pathsOf("user.made"),
    upper: pathsOf("Order.paid"),
  }).toEqual({
    paid: "all both exact prefix",
    sent: "all both prefix",
    made: "all both",
    upper: "all both",
  });
  expect(receiver.requests).toHaveLength(11);
});

test("nobody else's endpoint gets a tenant's event", async () => {
  const [mine, theirs] = [await receiverOfTest(), await receiverOfTest()];
  const [tenantId, otherId] = [await gateway().tenant(), await gateway().tenant()];
  await gateway().endpoint({ tenantId, url: mine.url });
  await gateway().endpoint({ tenantId: otherId, url: theirs.url });
  await gateway().eventType("order.paid");
  const eventId = await gateway().publish(tenantId, "order.paid");
  await deliveryIn(gateway(), eventId, "delivered");
  const otherEventId = await gateway().publish(otherId, "order.paid");
  await arrival(theirs);
  expect(mine.requests.map((r) => r.headers["webhook-id"])).toEqual([eventId]);
  expect(theirs.requests.map((r) => r.headers["webhook-id"])).toEqual([otherEventId]);
});

test("an event without subscribers is stored, and nothing else", async () => {
  const tenantId = await gateway().tenant();
  await gateway().eventType("order.paid");
  const eventId = await gateway().publish(tenantId, "order.paid");
  expect(await gateway().deliveries(eventId)).toEqual([]);
  expect(await gateway().rows("select type from posthorn.events where tenant_id = $1", [tenantId])).toEqual([
    { type: "order.paid" },
  ]);
});

test("data published in SQL is checked in the deliverer: what breaks the schema fails visibly and is not sent", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("order.checked", {
    type: "object",
    properties: { amount: { type: "integer" } },
    required: ["amount"],
  });
  const wrong = await gateway().publish(tenantId, "order.checked", '{"amount":"12"}');
  const right = await gateway().publish(tenantId, "order.checked", '{"amount":12}');
  expect(await deliveryIn(gateway(), wrong, "failed")).toMatchObject({
    reason: "invalidEvent",
    detail: "the event's data does not match its schema: /amount must be integer",
    attempts: 0,
  });
  await deliveryIn(gateway(), right, "delivered");
  expect(receiver.requests.map((r) => r.headers["webhook-id"])).toEqual([right]);
});

test("a redelivery sends an event whose data is wrong in its endpoint's own form, and nothing is said against it then", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url, payloadFormat: "native" });
  await gateway().eventType("order.weighed", { type: "object", required: ["weight"] });
  const id = await gateway().publish(tenantId, "order.weighed", '{ "amount" : 1.0 }');
  await gateway().redeliver(await deliveryIn(gateway(), id, "failed"));
  expect(await deliveryIn(gateway(), id, "delivered")).toMatchObject({ reason: null, detail: null });
  expect(receiver.requests.map((r) => r.body)).toEqual(['{ "amount" : 1.0 }']);
});

test("what SQL leaves out and every document of the catalog has is missed before anything is sent", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const catalog = catalogOf([typeOf("it.happened", [true])]);
  const [envelope] = catalog.envelopes;
  if (envelope === undefined) throw new Error("no envelope");
  const fields = { ...envelope.fields, source: { pointers: ["/from"], required: true } };
  await install(gateway(), { ...catalog, envelopes: [{ ...envelope, fields }] });
  await gateway().endpoint({ tenantId, url: receiver.url, eventTypes: ["*"], payloadFormat: "native" });
  const id = await publishTo(gateway(), { tenantId, catalog: catalog.catalog, type: "it.happened" }, "1");
  expect(await deliveryIn(gateway(), id, "failed")).toMatchObject({
    reason: "invalidEvent",
    detail: "the event has no source, which every event of its catalog has",
  });
  expect(receiver.requests).toEqual([]);
});

test("of many faults the first are told, in 300 characters", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url });
  const names = Array.from({ length: 40 }, (_, i) => `field${i}`);
  const properties = Object.fromEntries(names.map((name) => [name, { type: "integer" }]));
  await gateway().eventType("order.counted", { type: "object", properties });
  const data = JSON.stringify(Object.fromEntries(names.map((name) => [name, "x"])));
  const id = await gateway().publish(tenantId, "order.counted", data);
  const { detail } = await deliveryIn(gateway(), id, "failed");
  expect(detail).toMatch(/^the event's data does not match its schema: \/field0 must be integer; \/field1 /);
  expect(detail).toHaveLength(300);
});

test("published in a transaction that rolls back, an event is never sent; committed, it is", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("order.paid");
  const publish = `select posthorn.publish('${tenantId}', 'order.paid', '{}')`;
  await gateway().rows(`begin; ${publish}; rollback;`);
  await gateway().rows(`begin; ${publish}; commit;`);
  await arrival(receiver);
  const last = await gateway().publish(tenantId, "order.paid");
  await deliveryIn(gateway(), last, "delivered");
  expect(receiver.requests).toHaveLength(2);
});
