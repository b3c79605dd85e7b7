import { expect, test } from "vitest";
import { addEndpoint, prepare, publish, testGateway } from "./kit.ts";

test("an endpoint that does nothing but fail for five days is disabled, and takes events again when it is enabled", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  let broken = true;
  const receiver = await gateway.receiver(() => ({ status: broken ? 500 : 204 }));
  const { id } = await addEndpoint(gateway, receiver, {
    eventTypes: ["invoice.paid"],
    retrySchedule: [3_600, 7_200],
  });
  const watcher = await gateway.receiver();
  await addEndpoint(gateway, watcher, { eventTypes: ["API.Webhook.Disabled"] });
  const lane = async () => (await gateway.request("GET", `/v1/tenants/acme/endpoints/${id}`)).body.lane;

  const days = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      await publish(gateway);
      await gateway.advance({ days: 1 });
    }
  };
  await days(4);
  expect((await lane()).reason).not.toBe("disabled");
  await days(2);
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
