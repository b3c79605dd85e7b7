import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeId } from "#domain/ids.ts";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
let database: Client;
beforeAll(async () => {
  app = await startApi();
  database = new Client({ connectionString: app.databaseUrl });
  await database.connect();
  await app.call("POST", "/v1/event-types", { body: { name: "invoice.paid", example: { amount: 1 } } });
  await app.call("POST", "/v1/event-types", { body: { name: "invoice.plain" } });
});
afterAll(async () => {
  await database.end();
  await app.close();
});

async function endpoint(fields: object = {}): Promise<{ tenant: string; path: string; body: Json }> {
  const tenant = await app.tenant();
  const body = { url: "https://hooks.example.com/a", eventTypes: ["*"], ...fields };
  const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body });
  return { tenant, path: `/v1/tenants/${tenant}/endpoints/${made.body.id}`, body: made.body };
}

const act = async (path: string, action: string) => (await app.call("POST", `${path}/${action}`)).body;

describe("a lane", () => {
  test("is paused and resumed, and twice is once", async () => {
    const { path } = await endpoint();
    expect((await act(path, "pause")).lane).toMatchObject({ state: "held", reason: "paused", detail: "by operator" });
    const again = await act(path, "pause");
    expect(again.lane.since).toMatch(/Z$/);
    expect((await act(path, "resume")).lane).toMatchObject({ state: "open", reason: null, since: null, detail: null });
    expect((await act(path, "resume")).lane.state).toBe("open");
  });

  test("that is disabled is neither paused nor resumed, but enabled", async () => {
    const { path } = await endpoint();
    expect((await act(path, "disable")).lane).toMatchObject({
      state: "held",
      reason: "disabled",
      detail: "by operator",
    });
    expect(await act(path, "pause")).toMatchObject({ status: 409, code: "endpointDisabled" });
    expect(await act(path, "resume")).toMatchObject({ status: 409, code: "endpointDisabled" });
    expect(await act(path, "test")).toMatchObject({ status: 409, code: "endpointDisabled" });
    expect((await act(path, "enable")).lane.state).toBe("open");
  });

  test("that is paused holds what is published", async () => {
    const { tenant, path } = await endpoint();
    await act(path, "pause");
    await app.call("POST", "/v1/events", { body: { tenantId: tenant, type: "invoice.paid", data: {} } });
    const { body } = await app.call("GET", `${path}/stats`);
    expect(body.deliveries).toMatchObject({ held: 1, queued: 0 });
  });
});

describe("the test button", () => {
  test("sends one event to this endpoint alone, whatever it subscribes to", async () => {
    const { path } = await endpoint({ eventTypes: ["other.type"] });
    const { status, body } = await app.call("POST", `${path}/test`);
    expect(status).toBe(202);
    expect(body).toMatchObject({ eventId: expect.stringMatching(/^evt_/), deliveryId: expect.stringMatching(/^dlv_/) });
    expect(body.status).toBe("queued");
  });

  test("sends the newest example of a type", async () => {
    const { path } = await endpoint();
    const { body } = await app.call("POST", `${path}/test`, { body: { eventType: "invoice.paid" } });
    const { rows } = await database.query("select body from posthorn.events where id = $1", [
      decodeId("event", body.eventId),
    ]);
    expect(JSON.parse(rows[0].body)).toMatchObject({ type: "invoice.paid", data: { amount: 1 } });
    expect((await app.call("POST", `${path}/test`, { body: { eventType: "invoice.plain" } })).status).toBe(202);
  });

  test("refuses a type that is not there", async () => {
    const { path } = await endpoint();
    const { body } = await app.call("POST", `${path}/test`, { body: { eventType: "no.such" } });
    expect(body).toMatchObject({ status: 422, code: "unknownEventType", errors: [{ pointer: "/eventType" }] });
  });
});

describe("statistics", () => {
  test("of an endpoint that had nothing are zeros", async () => {
    const { path } = await endpoint();
    const { body } = await app.call("GET", `${path}/stats`);
    expect(body).toMatchObject({
      deliveries: { held: 0, scheduled: 0, queued: 0, delivered: 0, failed: 0, canceled: 0, skipped: 0 },
      attempts: { total: 0, succeeded: 0, successRate: null, p50Ms: null, p95Ms: null },
      lastAttemptAt: null,
      lastSuccessAt: null,
      lastFailureAt: null,
    });
  });

  test("count deliveries and attempts, and know the middle of the durations", async () => {
    const { tenant, path, body: made } = await endpoint();
    const publish = { body: { tenantId: tenant, type: "invoice.paid", data: {} } };
    for (let i = 0; i < 2; i++) await app.call("POST", "/v1/events", publish);
    await database.query(
      `insert into posthorn.attempts (id, tenant_id, endpoint_id, delivery_id, number, started_at, duration_ms, outcome, failure)
       select posthorn.new_id(), tenant_id, endpoint_id, id, n, now(), n * 100, case n when 3 then 'failed' else 'succeeded' end,
         case n when 3 then 'timeout' end
       from (select * from posthorn.deliveries where endpoint_id = $1 limit 1) d, generate_series(1, 3) n`,
      [decodeId("endpoint", made.id)],
    );
    const { body } = await app.call("GET", `${path}/stats`);
    expect(body.deliveries.queued).toBe(2);
    expect(body.attempts).toEqual({ total: 3, succeeded: 2, successRate: 2 / 3, p50Ms: 200, p95Ms: 300 });
    expect(body.lastFailureAt).toMatch(/Z$/);
  });
});

describe("the secret", () => {
  test("is rotated with an overlap, in which the old one is told to sign still", async () => {
    const { path, body: made } = await endpoint();
    const rotated = await app.call("POST", `${path}/secret/rotate`);
    expect(rotated.status).toBe(200);
    expect(rotated.headers.get("cache-control")).toBe("no-store");
    expect(rotated.body.secret).not.toBe(made.secret);
    expect(rotated.body.previous).toHaveLength(1);
    const untilMs = Date.parse(rotated.body.previous[0].expiresAt) - Date.now();
    expect(untilMs).toBeGreaterThan(86_000_000);
    expect((await app.call("GET", `${path}/secret`)).body).toEqual(rotated.body);
  });

  test("is rotated without an overlap, and to one that was chosen", async () => {
    const { path } = await endpoint();
    const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
    const { body } = await app.call("POST", `${path}/secret/rotate`, { body: { overlapSeconds: 0, secret } });
    expect(body).toMatchObject({ secret, previous: [] });
  });

  test("cannot be rotated until nobody can read the header", async () => {
    const { path } = await endpoint();
    for (let i = 0; i < 9; i++) expect((await app.call("POST", `${path}/secret/rotate`)).status).toBe(200);
    const tenth = await app.call("POST", `${path}/secret/rotate`);
    expect(tenth.body).toMatchObject({ status: 409, code: "tooManySecrets" });
  });

  test.each([{ overlapSeconds: -1 }, { overlapSeconds: 604_801 }, { secret: "x" }])("refuses %o", async (body) => {
    const { path } = await endpoint();
    expect((await app.call("POST", `${path}/secret/rotate`, { body })).status).toBe(422);
  });

  test("of the database is not the secret", async () => {
    const { body: made } = await endpoint();
    const { rows } = await database.query("select * from posthorn.endpoint_secrets where endpoint_id = $1", [
      decodeId("endpoint", made.id),
    ]);
    expect(rows).toHaveLength(1);
    expect(Buffer.from(rows[0].ciphertext).toString("latin1")).not.toContain(made.secret.slice(6));
  });
});
