import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi({ POSTHORN_ALLOW_TARGETS: "127.0.0.0/8", POSTHORN_MAX_ENDPOINTS: "3" });
});
afterAll(() => app.close());

const url = "https://hooks.example.com/a";

async function register(tenant: string, fields: object = {}): Promise<Json> {
  const { status, body } = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body: { url, ...fields } });
  expect(status).toBe(201);
  return body;
}

describe("registering an endpoint", () => {
  test("answers with its secret once, and reading it does not", async () => {
    const tenant = await app.tenant();
    const made = await register(tenant, { eventTypes: ["invoice.*"] });
    expect(made).toMatchObject({
      url,
      tenantId: tenant,
      timeoutMs: 15_000,
      payloadFormat: "standard",
      signature: "v1",
      mode: "push",
      rateLimit: null,
      lane: {
        state: "open",
        reason: null,
        since: null,
        detail: null,
        waiting: 0,
        waitingIsExact: true,
        inFlight: 0,
        nextAttemptAt: null,
      },
      retrySchedule: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
    });
    const { secret, ...rest } = made;
    expect(secret).toMatch(/^whsec_/);
    const read = await app.call("GET", `/v1/tenants/${tenant}/endpoints/${made.id}`);
    expect(read.body).toEqual(rest);
  });

  test("subscribes it in the same step", async () => {
    const tenant = await app.tenant();
    const made = await register(tenant, { eventTypes: ["invoice.*", "a.b"] });
    const { body } = await app.call("GET", `/v1/tenants/${tenant}/endpoints/${made.id}/subscriptions`);
    expect(body.data).toMatchObject([{ eventTypes: ["invoice.*", "a.b"], endpointId: made.id }]);
  });

  test("takes every field, and shows it as it was given", async () => {
    const tenant = await app.tenant();
    const fields = {
      description: "Billing",
      headers: { "X-Api-Version": "2", authorization: "Bearer s3cret" },
      retrySchedule: [1, 60],
      timeoutMs: 100,
      payloadFormat: "thin",
      metadata: { plan: "pro", nested: { a: [1, 2] } },
    };
    expect(await register(tenant, fields)).toMatchObject(fields);
    expect(await register(tenant, { retrySchedule: [] })).toMatchObject({ retrySchedule: [] });
  });

  test("keeps a secret that was chosen, and shows of a key pair only the public half", async () => {
    const tenant = await app.tenant();
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    expect((await register(tenant, { secret })).secret).toBe(secret);
    const made = await register(tenant, { signature: "v1a" });
    expect(made.secret).toMatch(/^whpk_/);
    const shown = await app.call("GET", `/v1/tenants/${tenant}/endpoints/${made.id}/secret`);
    expect(shown.body.secret).toBe(made.secret);
  });

  test("lets targets through that the operator listed, over plain http too", async () => {
    const tenant = await app.tenant();
    expect(await register(tenant, { url: "http://127.0.0.1:9/hook" })).toMatchObject({
      url: "http://127.0.0.1:9/hook",
    });
  });

  const refused: [string, object, string, string][] = [
    ["a private address", { url: "https://10.0.0.1/" }, "forbiddenUrl", "/url"],
    ["plain http", { url: "http://hooks.example.com/" }, "forbiddenUrl", "/url"],
    ["user information", { url: "https://u:p@hooks.example.com/" }, "forbiddenUrl", "/url"],
    ["a header of the connection", { url, headers: { Host: "a" } }, "forbiddenHeader", "/headers/Host"],
    ["a header of ours", { url, headers: { "webhook-id": "a" } }, "forbiddenHeader", "/headers/webhook-id"],
    ["a header with a line break", { url, headers: { a: "b\r\nc: d" } }, "forbiddenHeader", "/headers/a"],
    ["a header twice", { url, headers: { "X-A": "1", "x-a": "2" } }, "forbiddenHeader", "/headers/x-a"],
    ["a delay of 0", { url, retrySchedule: [0] }, "invalidSchedule", "/retrySchedule"],
    ["21 retries", { url, retrySchedule: Array.from({ length: 21 }, () => 1) }, "invalidSchedule", "/retrySchedule"],
    ["a short secret", { url, secret: "whsec_AAAA" }, "invalidSecret", "/secret"],
    [
      "a shared secret for v1a",
      { url, signature: "v1a", secret: `whsec_${"A".repeat(43)}=` },
      "invalidSecret",
      "/secret",
    ],
    ["a pattern in the middle", { url, eventTypes: ["ok", "a*b"] }, "invalidRequest", "/eventTypes/1"],
    ["no pattern at all", { url, eventTypes: [] }, "invalidRequest", "/eventTypes"],
    ["a short time-out", { url, timeoutMs: 99 }, "invalidRequest", "/timeoutMs"],
    ["an unknown field", { url, colour: "red" }, "invalidRequest", "/colour"],
    ["a mode that there is not", { url, mode: "pull" }, "invalidRequest", "/mode"],
    ["large metadata", { url, metadata: { a: "x".repeat(20_000) } }, "invalidRequest", "/metadata"],
    ["a missing URL", {}, "invalidRequest", "/url"],
  ];
  test.each(refused)("refuses %s", async (_, body, code, pointer) => {
    const tenant = await app.tenant();
    const answer = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body });
    expect(answer.body).toMatchObject({ status: 422, code, errors: [{ pointer }] });
    const { body: list } = await app.call("GET", `/v1/tenants/${tenant}/endpoints`);
    expect(list.data).toEqual([]);
  });

  test("stops at the tenant's bound, and at a tenant that is not there", async () => {
    const tenant = await app.tenant();
    for (let i = 0; i < 3; i++) await register(tenant);
    const fourth = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body: { url } });
    expect(fourth.body).toMatchObject({ status: 409, code: "tooManyEndpoints" });
    const nowhere = await app.call("POST", `/v1/tenants/nobody-here/endpoints`, { body: { url } });
    expect(nowhere.body).toMatchObject({ status: 404, code: "notFound" });
  });
});

describe("changing an endpoint", () => {
  test("changes the fields that are given, and null takes one back to its default", async () => {
    const tenant = await app.tenant();
    const made = await register(tenant, { description: "Billing", timeoutMs: 500, retrySchedule: [1] });
    const path = `/v1/tenants/${tenant}/endpoints/${made.id}`;
    const { body } = await app.call("PATCH", path, {
      body: { timeoutMs: null, retrySchedule: null, headers: { a: "b" } },
    });
    expect(body).toMatchObject({ description: "Billing", timeoutMs: 15_000, headers: { a: "b" }, url });
    expect(body.retrySchedule).toHaveLength(9);
    const empty = await app.call("PATCH", path, { body: {} });
    expect(empty.body).toEqual(body);
  });

  test.each(["signature", "secret", "eventTypes"])("refuses %s with a hint where it changes", async (field) => {
    const tenant = await app.tenant();
    const made = await register(tenant);
    const path = `/v1/tenants/${tenant}/endpoints/${made.id}`;
    const { body } = await app.call("PATCH", path, { body: { [field]: "v1a" } });
    expect(body).toMatchObject({ code: "invalidRequest", errors: [{ pointer: `/${field}` }] });
    expect(body.errors[0].detail).toMatch(/another endpoint|rotate|subscriptions/);
  });

  test("checks the URL again", async () => {
    const tenant = await app.tenant();
    const made = await register(tenant);
    const path = `/v1/tenants/${tenant}/endpoints/${made.id}`;
    const { body } = await app.call("PATCH", path, { body: { url: "https://169.254.169.254/latest" } });
    expect(body).toMatchObject({ code: "forbiddenUrl" });
  });
});

describe("endpoints", () => {
  test("are listed newest first, in pages that do not shift", async () => {
    const tenant = await app.tenant();
    const ids = [];
    for (let i = 0; i < 3; i++) ids.unshift((await register(tenant)).id);
    const first = await app.call("GET", `/v1/tenants/${tenant}/endpoints?limit=2`);
    expect(first.body.data.map((e: Json) => e.id)).toEqual(ids.slice(0, 2));
    const path = `/v1/tenants/${tenant}/endpoints?limit=2&cursor=${first.body.nextCursor}`;
    const second = await app.call("GET", path);
    expect(second.body).toMatchObject({ data: [{ id: ids[2] }], nextCursor: null });
  });

  test("are gone once deleted, and their number is free again", async () => {
    const tenant = await app.tenant();
    const made = await register(tenant);
    const path = `/v1/tenants/${tenant}/endpoints/${made.id}`;
    expect((await app.call("DELETE", path)).status).toBe(204);
    expect((await app.call("GET", path)).status).toBe(404);
    expect((await app.call("DELETE", path)).status).toBe(404);
    for (let i = 0; i < 3; i++) await register(tenant);
  });

  test("show support the names of their headers, not the values", async () => {
    const tenant = await app.tenant();
    const made = await register(tenant, { headers: { authorization: "Bearer s3cret" } });
    const support = await app.key("support");
    const { text } = await app.call("GET", `/v1/tenants/${tenant}/endpoints/${made.id}`, { key: support });
    expect(text).toContain('"authorization":"(hidden)"');
    expect(text).not.toContain("s3cret");
  });
});
