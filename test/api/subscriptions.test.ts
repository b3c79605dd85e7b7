import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi({ POSTHORN_MAX_SUBSCRIPTIONS: "2" });
});
afterAll(() => app.close());

async function endpoint(): Promise<string> {
  const tenant = await app.tenant();
  const body = { url: "https://hooks.example.com/a" };
  const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body });
  return `/v1/tenants/${tenant}/endpoints/${made.body.id}`;
}

const subscribe = (path: string, eventTypes: Json) =>
  app.call("POST", `${path}/subscriptions`, { body: { eventTypes } });

describe("a subscription", () => {
  test("is made, read, changed and deleted", async () => {
    const path = await endpoint();
    const { status, body } = await subscribe(path, ["invoice.paid", "customer.*", "*"]);
    expect(status).toBe(201);
    const own = `${path}/subscriptions/${body.id}`;
    expect((await app.call("GET", own)).body).toEqual(body);
    const changed = await app.call("PATCH", own, { body: { eventTypes: ["x"] } });
    expect(changed.body).toMatchObject({ id: body.id, eventTypes: ["x"] });
    expect((await app.call("PATCH", own, { body: {} })).body).toEqual(changed.body);
    expect((await app.call("DELETE", own)).status).toBe(204);
    expect((await app.call("GET", own)).status).toBe(404);
  });

  test("may name a type that no catalog has yet", async () => {
    expect((await subscribe(await endpoint(), ["not.yet.there"])).status).toBe(201);
  });

  test.each([
    [["a*b"], "/eventTypes/0"],
    [["ok", "a b"], "/eventTypes/1"],
    [[""], "/eventTypes/0"],
    [["**"], "/eventTypes/0"],
    [[], "/eventTypes"],
    [Array.from({ length: 501 }, (_, i) => `t.${i}`), "/eventTypes"],
    ["invoice.*", "/eventTypes"],
  ])("refuses %o", async (eventTypes, pointer) => {
    const { body } = await subscribe(await endpoint(), eventTypes);
    expect(body).toMatchObject({ status: 422, code: "invalidRequest", errors: [{ pointer }] });
  });

  test("is one of a bounded number", async () => {
    const path = await endpoint();
    await subscribe(path, ["a"]);
    await subscribe(path, ["b"]);
    expect((await subscribe(path, ["c"])).body).toMatchObject({ status: 409, code: "tooManySubscriptions" });
    const { body } = await app.call("GET", `${path}/subscriptions`);
    expect(body.data.map((s: Json) => s.eventTypes[0])).toEqual(["b", "a"]);
  });

  test("belongs to its endpoint: under another it is not found", async () => {
    const [path, other] = [await endpoint(), await endpoint()];
    const { body } = await subscribe(path, ["a"]);
    for (const method of ["GET", "DELETE"]) {
      expect((await app.call(method, `${other}/subscriptions/${body.id}`)).status).toBe(404);
    }
    expect((await subscribe(`${path.slice(0, -1)}${path.endsWith("0") ? "1" : "0"}`, ["a"])).status).toBe(404);
  });

  test("that is changed governs what is published from then on", async () => {
    await app.call("POST", "/v1/event-types", { body: { name: "sub.one" } });
    const path = await endpoint();
    const [, , , tenantId] = path.split("/");
    const publish = () => app.call("POST", "/v1/events", { body: { type: "sub.one", tenantId, data: {} } });
    const queued = async () => (await app.call("GET", `${path}/stats`)).body.deliveries.queued;
    const { body } = await subscribe(path, ["sub.two"]);
    await publish();
    expect(await queued()).toBe(0);
    await app.call("PATCH", `${path}/subscriptions/${body.id}`, { body: { eventTypes: ["sub.*"] } });
    await publish();
    expect(await queued()).toBe(1);
  });
});
