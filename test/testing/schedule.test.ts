import { expect, test } from "vitest";
import { DEFAULT_RETRY_SCHEDULE } from "#domain/retry.ts";
import { addEndpoint, prepare, publish, testGateway } from "./kit.ts";

test("a delivery to a server that only fails goes through the whole schedule of three days, and ends as failed", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  const receiver = await gateway.receiver(() => ({ status: 500 }));
  const { secret } = await addEndpoint(gateway, receiver);
  await publish(gateway);

  await gateway.advance({ days: 4 });

  const { requests } = receiver;
  const pausesSeconds = requests.slice(1).map(({ at }, n) => (at.getTime() - (requests[n]?.at.getTime() ?? 0)) / 1000);
  expect(pausesSeconds).toHaveLength(DEFAULT_RETRY_SCHEDULE.length);
  for (const [n, seconds] of DEFAULT_RETRY_SCHEDULE.entries()) {
    expect(pausesSeconds[n]).toBeGreaterThanOrEqual(seconds - 0.1);
    expect(pausesSeconds[n]).toBeLessThan(seconds + 10);
  }
  for (const request of requests) {
    expect((await request.verify(secret)).timestamp.getTime()).toBeCloseTo(request.at.getTime(), -4);
  }
  const { body } = await gateway.request("GET", "/v1/tenants/acme/deliveries");
  expect(body.data).toMatchObject([{ status: "failed", attempts: 10 }]);
});
