import { expect, test } from "vitest";
import { addEndpoint, prepare, publish, testGateway } from "./kit.ts";

test("a breaker opens after ten failures, probes at growing distances, and closes when the receiver is back", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  let broken = true;
  const receiver = await gateway.receiver(() => ({ status: broken ? 500 : 204 }));
  const { id } = await addEndpoint(gateway, receiver, { eventTypes: ["invoice.paid"], retrySchedule: [86_400] });
  const watcher = await gateway.receiver();
  await addEndpoint(gateway, watcher, { eventTypes: ["API.Webhook.Recovered"] });
  const lane = async () => (await gateway.request("GET", `/v1/tenants/acme/endpoints/${id}`)).body.lane;

  for (let n = 0; n < 10; n++) await publish(gateway);
  await gateway.settled();
  expect(await lane()).toMatchObject({ state: "held", reason: "failing" });
  for (let n = 0; n < 40; n++) await publish(gateway);
  await gateway.settled();
  expect(receiver.requests).toHaveLength(10);
  expect(await lane()).toMatchObject({ waiting: 40 });

  await gateway.advance({ minutes: 30 });
  const probes = receiver.requests.slice(9).map(({ at }) => at.getTime() / 1000);
  const distances = probes.slice(1).map((at, n) => at - (probes[n] ?? 0));
  // Up to 20 % more, and the time that the machine took.
  for (const [n, seconds] of [5, 10, 20, 40, 80, 160, 300, 300].entries()) {
    expect(distances[n]).toBeGreaterThanOrEqual(seconds - 0.1);
    expect(distances[n]).toBeLessThan(seconds * 1.2 + 5);
  }
  expect(watcher.requests).toHaveLength(0);

  broken = false;
  await gateway.advance({ minutes: 6 });
  expect(await lane()).toMatchObject({ state: "open", waiting: 0 });
  const bodies = await Promise.all(watcher.requests.map(({ body }) => JSON.parse(body)));
  expect(bodies).toMatchObject([{ type: "API.Webhook.Recovered", data: { WebhookId: id, AccountId: "acme" } }]);
});
