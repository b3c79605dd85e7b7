import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLanesApi, type LanesApi, type TestEndpoint } from "./lanesHarness.ts";

let app: LanesApi;
beforeAll(async () => {
  app = await startLanesApi();
});
afterAll(() => app.close());

const change = ({ path }: TestEndpoint, body: object) => app.call("PATCH", path, { body });

describe("a rate limit", () => {
  test("is shown as it was given, changed, and taken away", async () => {
    const rateLimit = { max: 100_000, windowSeconds: 3600 };
    const endpoint = await app.endpoint({ rateLimit });
    expect((await app.call("GET", endpoint.path)).body).toMatchObject({ rateLimit });
    const other = { max: 1, windowSeconds: 1 };
    expect((await change(endpoint, { rateLimit: other })).body).toMatchObject({ rateLimit: other });
    expect((await change(endpoint, { description: "kept" })).body).toMatchObject({ rateLimit: other });
    expect((await change(endpoint, { rateLimit: null })).body).toMatchObject({ rateLimit: null });
    const { body } = await app.call("GET", `/v1/tenants/${endpoint.tenant}/endpoints`);
    expect(body.data[0].rateLimit).toBeNull();
  });

  test.each([
    ["of zero", { max: 0, windowSeconds: 1 }, "/rateLimit/max"],
    ["below zero", { max: -1, windowSeconds: 1 }, "/rateLimit/max"],
    ["of a thousand million", { max: 1e9, windowSeconds: 1 }, "/rateLimit/max"],
    ["with a fraction", { max: 1.5, windowSeconds: 1 }, "/rateLimit/max"],
    ["that is text", { max: "10", windowSeconds: 1 }, "/rateLimit/max"],
    ["without its most", { windowSeconds: 1 }, "/rateLimit/max"],
    ["without its window", { max: 1 }, "/rateLimit/windowSeconds"],
    ["with a window of zero", { max: 1, windowSeconds: 0 }, "/rateLimit/windowSeconds"],
    ["with a window of a second's part", { max: 1, windowSeconds: 0.5 }, "/rateLimit/windowSeconds"],
    ["with a window of over an hour", { max: 1, windowSeconds: 3601 }, "/rateLimit/windowSeconds"],
    ["with a member too many", { max: 1, windowSeconds: 1, burst: 5 }, "/rateLimit/burst"],
    ["that is a number", 100, "/rateLimit"],
  ])("%s is refused at its place, and changes nothing", async (_, rateLimit, pointer) => {
    const refusal = { status: 422, code: "invalidRequest", errors: [{ pointer }] };
    const tenant = await app.tenant();
    const path = `/v1/tenants/${tenant}/endpoints`;
    const made = await app.call("POST", path, { body: { url: "https://hooks.example.com/a", rateLimit } });
    expect(made.body).toMatchObject(refusal);
    expect((await app.call("GET", path)).body.data).toEqual([]);
    const endpoint = await app.endpoint({ rateLimit: { max: 7, windowSeconds: 7 } });
    expect((await change(endpoint, { rateLimit, description: "lost" })).body).toMatchObject(refusal);
    expect((await app.call("GET", endpoint.path)).body).toMatchObject({ rateLimit: { max: 7 }, description: null });
  });

  test("that is raised lets a throttled lane look at what waits at once", async () => {
    const endpoint = await app.endpoint({ rateLimit: { max: 1, windowSeconds: 3600 } });
    const id = await app.publish(endpoint);
    const [{ uuid } = { uuid: "" }] = await app.rows<{ uuid: string }>(
      "select id as uuid from posthorn.deliveries where endpoint_id = $1",
      [endpoint.id],
    );
    await app.rows("select posthorn.turn_away(array[$1::uuid], '{throttled}', '{3600000}', '{null}')", [uuid]);
    await app.pump();
    const lane = await app.lane(endpoint);
    expect(lane).toMatchObject({ state: "held", reason: "throttled", waiting: 1 });
    expect(Date.parse(lane.nextAttemptAt)).toBeGreaterThan(Date.now() + 3_000_000);
    await change(endpoint, { rateLimit: { max: 100, windowSeconds: 1 } });
    await app.pump();
    expect(await app.delivery(endpoint, id)).toMatchObject({ status: "queued" });
  });
});
