import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "#test/until.ts";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi({}, { clientAddress: () => "192.0.2.7" });
});
afterAll(() => app.close());

/** A tenant whose first endpoint hears of everything about endpoints. */
async function listener(eventTypes: string[]): Promise<string> {
  const tenant = await app.tenant();
  const body = { url: "https://hooks.example.com/listener", eventTypes };
  await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body });
  return tenant;
}

/** The tenant's events, oldest first, with their data. */
async function heard(tenant: string): Promise<Json[]> {
  const { body } = await app.call("GET", `/v1/tenants/${tenant}/events?limit=100`);
  const events = [];
  for (const { id } of body.data.toReversed())
    events.push((await app.call("GET", `/v1/tenants/${tenant}/events/${id}`)).body);
  return events;
}

describe("a tenant that asked for them hears of", () => {
  test("every change of its endpoints, and of no secret", async () => {
    const tenant = await listener(["API.Webhook.*"]);
    const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, {
      body: { url: "https://hooks.example.com/b", eventTypes: ["x.*"], headers: { authorization: "Bearer s3cret" } },
    });
    const path = `/v1/tenants/${tenant}/endpoints/${made.body.id}`;
    await app.call("PATCH", path, { body: { timeoutMs: 1000, description: null } });
    const subscription = await app.call("POST", `${path}/subscriptions`, { body: { eventTypes: ["y"] } });
    await app.call("PATCH", `${path}/subscriptions/${subscription.body.id}`, { body: { eventTypes: ["z"] } });
    await app.call("DELETE", `${path}/subscriptions/${subscription.body.id}`);
    for (const action of ["pause", "pause", "resume", "disable", "enable"]) await app.call("POST", `${path}/${action}`);
    const rotated = await app.call("POST", `${path}/secret/rotate`);
    await app.call("DELETE", path);
    const events = await heard(tenant);
    const common = { WebhookId: made.body.id, AccountId: tenant, Timestamp: expect.stringMatching(/Z$/) };
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      [
        "API.Webhook.Registered",
        { ...common, Url: "https://hooks.example.com/b", Events: ["x.*"], RegisteredBy: "operator" },
      ],
      ["API.Webhook.Updated", { ...common, UpdatedBy: "operator", Fields: ["description", "timeoutMs"] }],
      ["API.Webhook.Updated", { ...common, UpdatedBy: "operator", Fields: ["subscriptions"] }],
      ["API.Webhook.Updated", { ...common, UpdatedBy: "operator", Fields: ["subscriptions"] }],
      ["API.Webhook.Updated", { ...common, UpdatedBy: "operator", Fields: ["subscriptions"] }],
      ["API.Webhook.Updated", { ...common, UpdatedBy: "operator", Fields: ["lane"] }],
      ["API.Webhook.Updated", { ...common, UpdatedBy: "operator", Fields: ["lane"] }],
      ["API.Webhook.Disabled", { ...common, Reason: "manual", DisabledBy: "operator" }],
      ["API.Webhook.Enabled", { ...common, EnabledBy: "operator" }],
      ["API.Webhook.SecretRotated", { ...common, RotatedBy: "operator", OverlapSeconds: 86_400 }],
      ["API.Webhook.Deleted", { ...common, DeletedBy: "operator" }],
    ]);
    const all = JSON.stringify(events);
    for (const secret of [made.body.secret, rotated.body.secret, "s3cret"]) expect(all).not.toContain(secret);
  });

  test("requests to the API about it, but not of publishing", async () => {
    const tenant = await listener(["API.Request.Received"]);
    await app.call("POST", "/v1/event-types", { body: { name: "noted.one" } });
    const key = await app.key("tenant", tenant);
    // Processes learn of a new wish within two seconds.
    const path = `/v1/tenants/${tenant}/endpoints/ep_01jb9yhq6yf8xsragz5a5qs3cy`;
    const first = async () => {
      const answer = await app.call("GET", path, { key });
      const found = (await heard(tenant)).find(({ data }) => data.RequestId === answer.body.requestId);
      return found ?? false;
    };
    const event = await until(first, { what: "a request was noted", everyMs: 100 });
    expect(event.data).toMatchObject({
      Endpoint: "/v1/tenants/{tenantId}/endpoints/{endpointId}",
      Method: "GET",
      ApiKeyId: key.split(".")[0],
      AccountId: tenant,
      IPAddress: "192.0.2.7",
    });
    await app.call("POST", "/v1/events", { body: { type: "noted.one", tenantId: tenant, data: {} } });
    expect((await heard(tenant)).filter(({ data }) => data.Endpoint === "/v1/events")).toEqual([]);
  });
});

test("a tenant that subscribes to everything with * alone hears of none of them", async () => {
  const tenant = await listener(["*"]);
  const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, {
    body: { url: "https://hooks.example.com/b" },
  });
  await app.call("DELETE", `/v1/tenants/${tenant}/endpoints/${made.body.id}`);
  expect(await heard(tenant)).toEqual([]);
});
