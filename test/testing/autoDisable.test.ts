import { expect, test } from "vitest";
import { addEndpoint, prepare, publish, testGateway } from "./kit.ts";

test("an endpoint that does nothing but fail for five days is disabled, and takes events again when it is enabled", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  let broken = true;
  const receiver = await gateway.receiver(() => ({ status: broken ? 500 : 204 }));
  const { id } = await addEndpoint(gateway, receiver, { eventTypes: ["invoice.paid"] });
  const watcher = await gateway.receiver();
  await addEndpoint(gateway, watcher, { eventTypes: ["API.Webhook.Disabled"] });
  const lane = async () => (await gateway.request("GET", `/v1/tenants/acme/endpoints/${id}`)).body.lane;

  // Its breaker would probe every five minutes; a machine that slept probes when it wakes.
  for (let n = 0; n < 12; n++) await publish(gateway);
  await gateway.settled();
  await gateway.jump({ days: 4, hours: 23 });
  await gateway.settled();
  expect(await lane()).toMatchObject({ state: "held", reason: "failing" });
  await gateway.advance({ hours: 2 });
  expect(await lane()).toMatchObject({ state: "held", reason: "disabled", detail: "failing" });
  const told = watcher.requests.map(({ body }) => JSON.parse(body));
  expect(told).toMatchObject([{ type: "API.Webhook.Disabled", data: { WebhookId: id, Reason: "failing" } }]);

  broken = false;
  const before = receiver.requests.length;
  await publish(gateway);
  await gateway.advance({ days: 1 });
  expect(receiver.requests).toHaveLength(before);
  await gateway.request("POST", `/v1/tenants/acme/endpoints/${id}/enable`);
  await publish(gateway);
  await gateway.settled();
  expect(await lane()).toMatchObject({ state: "open" });
  expect(receiver.requests.length).toBeGreaterThan(before);
});
