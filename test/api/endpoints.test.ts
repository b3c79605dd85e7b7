import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi();
});
afterAll(() => app.close());

const url = "https://hooks.example.com/a";

describe("an endpoint", () => {
  test("is registered with its secret, and read without it", async () => {
    const tenant = await app.tenant();
    const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, {
      body: { url, eventTypes: ["invoice.*"] },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      url,
      tenantId: tenant,
      timeoutMs: 15_000,
      payloadFormat: "standard",
      signature: "v1",
      lane: { state: "open", reason: null, since: null, detail: null },
      retrySchedule: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
    });
    expect(made.body.secret).toMatch(/^whsec_/);
    const { secret, ...rest } = made.body;
    const read = await app.call("GET", `/v1/tenants/${tenant}/endpoints/${made.body.id}`);
    expect(read.body).toEqual(rest);
    const shown = await app.call("GET", `/v1/tenants/${tenant}/endpoints/${made.body.id}/secret`);
    expect(shown.body).toMatchObject({ secret, previous: [] });
    const subscriptions = await app.call("GET", `/v1/tenants/${tenant}/endpoints/${made.body.id}/subscriptions`);
    expect(subscriptions.body.data).toMatchObject([{ eventTypes: ["invoice.*"], endpointId: made.body.id }]);
  });
});
