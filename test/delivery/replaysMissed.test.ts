import { expect, test } from "vitest";
import { receiverOfTest } from "#test/delivering.ts";
import { until } from "#test/until.ts";
import { completed, read, replay, useReplaying } from "./replaying.ts";

const running = useReplaying();

async function tenantWithTypes() {
  const { gateway } = running();
  for (const type of ["order.paid", "order.sent", "invoice.made"]) await gateway.eventType(type);
  return gateway.tenant();
}

async function settled(tenantId: string): Promise<void> {
  const open = () =>
    running().gateway.rows(
      `select from posthorn.events e where e.tenant_id = $1 and e.fan_out_after is not null
       union all select from posthorn.deliveries d where d.tenant_id = $1 and d.status = 'queued'`,
      [tenantId],
    );
  await until(async () => (await open()).length === 0, { what: "all is settled" });
}

test("what an endpoint missed while it was disabled is made, once, and what it had is left alone", async () => {
  const { gateway } = running();
  const tenantId = await tenantWithTypes();
  const receiver = await receiverOfTest();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["order.*"] });
  for (let n = 0; n < 5; n++) await gateway.publish(tenantId, "order.paid", `{"n":${n}}`);
  await until(() => receiver.requests.length === 5, { what: "five are there" });
  await gateway.setLane(endpoint, "disable");
  for (let n = 5; n < 125; n++) await gateway.publish(tenantId, "order.sent", `{"n":${n}}`);
  await gateway.publish(tenantId, "invoice.made", "{}");
  expect((await replay(running(), endpoint, { statuses: ["missed"], dryRun: true })).body).toMatchObject({
    status: 409,
    code: "endpointDisabled",
  });
  await gateway.setLane(endpoint, "enable");
  const dry = await replay(running(), endpoint, { statuses: ["missed"], dryRun: true });
  expect(dry.body).toEqual({ matched: 120 });
  const { body } = await replay(running(), endpoint, { statuses: ["missed", "failed"] });
  const { progress } = await completed(running(), tenantId, body.id);
  expect(progress).toMatchObject({ matched: 120, admitted: 120, skipped: 0, delivered: 120 });
  const numbers = receiver.requests.map((request) => Number(JSON.parse(request.body).data.n));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 125 }, (_, n) => n));
  expect((await replay(running(), endpoint, { statuses: ["missed"], dryRun: true })).body).toEqual({ matched: 0 });
});

test("of a new subscription the filter leaves out, the transform makes the body, and the throttle does not hold", async () => {
  const { gateway } = running();
  const tenantId = await tenantWithTypes();
  const receiver = await receiverOfTest();
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["nothing.yet"] });
  for (let n = 0; n < 30; n++) await gateway.publish(tenantId, "order.paid", `{"n":${n}}`);
  await gateway.subscribe(endpoint, ["order.*"]);
  await gateway.rows(
    `update posthorn.subscriptions set filter = 'data.n >= 10', transform = '{"number": data.n}', throttle = '{"max": 1, "windowSeconds": 60}'
     where endpoint_id = $1 and 'order.' = any (prefixes)`,
    [endpoint.id],
  );
  const { body: made } = await replay(running(), endpoint, { statuses: ["missed"] });
  const { progress } = await completed(running(), tenantId, made.id);
  expect(progress).toMatchObject({ matched: 30, admitted: 20, skipped: 10, delivered: 20, remaining: 0 });
  const bodies = receiver.requests.map((request) => request.body).toSorted();
  expect(bodies).toEqual(Array.from({ length: 20 }, (_, n) => `{"number":${n + 10}}`).toSorted());
});

test("types that no subscription asks for come in the endpoint's format, where they are named", async () => {
  const { gateway } = running();
  const tenantId = await tenantWithTypes();
  const receiver = await receiverOfTest();
  const endpoint = await gateway.endpoint({
    tenantId,
    url: receiver.url,
    eventTypes: ["nothing.yet"],
    payloadFormat: "thin",
  });
  const id = await gateway.publish(tenantId, "invoice.made", '{"sum":1}');
  await gateway.publish(tenantId, "order.paid", "{}");
  const { body: none } = await replay(running(), endpoint, { statuses: ["missed"], dryRun: true });
  expect(none).toEqual({ matched: 0 });
  const { body } = await replay(running(), endpoint, { statuses: ["missed"], eventTypes: ["invoice.*"] });
  const { progress } = await completed(running(), tenantId, body.id);
  expect(progress).toMatchObject({ matched: 1, delivered: 1 });
  const [request] = receiver.requests;
  expect(JSON.parse(request?.body ?? "")).toEqual({
    id,
    type: "invoice.made",
    timestamp: expect.any(String),
    tenantId,
  });
  const [delivery] = await gateway.deliveries(id);
  expect(delivery).toMatchObject({ subscription_id: null, status: "delivered" });
});

test("neither test events of another endpoint nor operational ones that were not asked for are missed", async () => {
  const { gateway, api } = running();
  const tenantId = await tenantWithTypes();
  const receiver = await receiverOfTest();
  const other = await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["API.*", "order.*"] });
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["*"] });
  const path = `/v1/tenants/${tenantId}/endpoints/${other.publicId}/test`;
  await api.call("POST", path, { body: {} });
  await api.call("POST", path, { body: { eventType: "order.paid" } });
  await settled(tenantId);
  // The other endpoint asked for API.Request.Received as well, which is made of these calls a little later.
  const events = await gateway.rows(
    "select type from posthorn.events where tenant_id = $1 and operational and type <> 'API.Request.Received'",
    [tenantId],
  );
  expect(events).toHaveLength(2);
  expect((await replay(running(), endpoint, { statuses: ["missed"], dryRun: true })).body).toEqual({ matched: 0 });
  const named = { statuses: ["missed"], eventTypes: ["API.Webhook.Test", "order.paid", "*"], dryRun: true };
  expect((await replay(running(), endpoint, named)).body).toEqual({ matched: 0 });
});

test("the deliveries that are found missing keep the endpoint's order and its lane", async () => {
  const { gateway } = running();
  const tenantId = await tenantWithTypes();
  const receiver = await receiverOfTest(() => ({ delayMs: 5 }));
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["nothing.yet"] });
  for (let n = 0; n < 40; n++) {
    await gateway.rows(
      "select posthorn.publish(tenant_id => $1, type => 'order.paid', data => $2::json, ordering_key => $3)",
      [tenantId, `{"n":${n}}`, `k${n % 2}`],
    );
  }
  await gateway.subscribe(endpoint, ["order.*"]);
  await gateway.rows("update posthorn.subscriptions set ordering = 'skip' where endpoint_id = $1", [endpoint.id]);
  await gateway.setLane(endpoint, "pause");
  const { body } = await replay(running(), endpoint, { statuses: ["missed"] });
  expect(body.matched).toBe(40);
  expect((await read(running(), tenantId, body.id)).status).toBe("waiting");
  await gateway.setLane(endpoint, "resume");
  await completed(running(), tenantId, body.id);
  const numbers = receiver.requests.map((request) => Number(JSON.parse(request.body).data.n));
  for (const key of [0, 1]) {
    const ofKey = numbers.filter((n) => n % 2 === key);
    expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    expect(ofKey).toHaveLength(20);
  }
});
