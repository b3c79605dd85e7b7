import { expect, test } from "vitest";
import { addEndpoint, prepare, publish, testGateway } from "./kit.ts";

test("what waits for a rate limit waits for the clock, and is not waited for", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  const receiver = await gateway.receiver();
  await addEndpoint(gateway, receiver, { rateLimit: { max: 2, windowSeconds: 3600 } });
  for (let n = 0; n < 6; n++) await publish(gateway);
  await gateway.settled();
  expect(receiver.requests).toHaveLength(2);
  await gateway.advance({ hours: 4 });
  const times = receiver.requests.map(({ at }) => at.getTime());
  expect(times).toHaveLength(6);
  for (const [n, at] of times.slice(2).entries()) expect(at - (times[n] ?? 0)).toBeGreaterThanOrEqual(3_600_000);
});

test("a replay is waited for until it has completed", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  let broken = true;
  const receiver = await gateway.receiver(() => ({ status: broken ? 500 : 204 }));
  const { id } = await addEndpoint(gateway, receiver, { retrySchedule: [60] });
  const since = gateway.now().toISOString();
  for (let n = 0; n < 4; n++) await publish(gateway);
  await gateway.advance({ days: 1 });
  expect((await gateway.request("GET", "/v1/tenants/acme/deliveries?status=failed")).body.data).toHaveLength(4);
  broken = false;
  const replay = { endpointId: id, since };
  const { status, body } = await gateway.request<{ id: string }>("POST", "/v1/tenants/acme/replays", replay);
  expect(status).toBe(202);
  await gateway.settled();
  const { body: shown } = await gateway.request("GET", `/v1/tenants/acme/replays/${body.id}`);
  expect(shown).toMatchObject({ status: "completed", progress: { matched: 4, delivered: 4 } });
});

test("what a paused endpoint holds is not waited for", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  const receiver = await gateway.receiver();
  const { id } = await addEndpoint(gateway, receiver);
  await gateway.request("POST", `/v1/tenants/acme/endpoints/${id}/pause`);
  await publish(gateway);
  await gateway.advance({ days: 3 });
  expect(receiver.requests).toHaveLength(0);
  await gateway.request("POST", `/v1/tenants/acme/endpoints/${id}/resume`);
  await gateway.settled();
  expect(receiver.requests).toHaveLength(1);
});
