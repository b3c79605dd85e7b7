import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGateway, type Gateway, type TestEndpoint } from "#test/gateway.ts";
import { anHourAgo, past } from "../delivery/replaying.ts";
import { startApi, type CallOptions, type TestApi } from "./harness.ts";

let app: TestApi;
let gateway: Gateway;
let endpoint: TestEndpoint;
let path: string;

beforeAll(async () => {
  app = await startApi({ POSTHORN_MAX_REPLAY: "20" });
  gateway = await createGateway(app.databaseUrl);
  const tenantId = await gateway.tenant();
  endpoint = await gateway.endpoint({ tenantId, url: "https://hooks.example.com/" });
  path = `/v1/tenants/${tenantId}/replays`;
  await past(gateway, endpoint, { count: 4, status: "failed" });
  await past(gateway, endpoint, { count: 3, status: "delivered", type: "invoice.sent" });
});
afterAll(async () => {
  await gateway.close();
  await app.close();
});

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

async function ask(more: object = {}, options: CallOptions = {}) {
  return app.call("POST", path, { body: { endpointId: endpoint.publicId, since: anHourAgo(), ...more }, ...options });
}

/** An endpoint of a tenant of its own, with its replays' path. */
async function another() {
  const tenantId = await gateway.tenant();
  const made = await gateway.endpoint({ tenantId, url: "https://hooks.example.com/" });
  return { endpoint: made, path: `/v1/tenants/${tenantId}/replays` };
}

describe("making a replay", () => {
  test("answers 202 with what it has chosen, and shows it", async () => {
    const { status, body } = await ask({ eventTypes: ["order.*"], ratePerSecond: 5 });
    expect(status).toBe(202);
    expect(body).toEqual({
      id: expect.stringMatching(/^rpl_/),
      endpointId: endpoint.publicId,
      since: expect.any(String),
      until: expect.any(String),
      eventTypes: ["order.*"],
      statuses: ["failed"],
      ratePerSecond: 5,
      status: "waiting",
      matched: 4,
      progress: { matched: 4, admitted: 0, skipped: 0, delivered: 0, failed: 0, canceled: 0, remaining: 4 },
      expectedEndAt: null,
      createdAt: expect.any(String),
      startedAt: null,
      endedAt: null,
      createdBy: "operator",
    });
    expect((await app.call("GET", `${path}/${body.id}`)).body).toEqual(body);
    expect(body.until).toBe(body.createdAt);
  });

  test("a dry run gives the count alone, and keeps nothing", async () => {
    const before = await gateway.rows("select id from posthorn.replays");
    const { status, body } = await ask({ statuses: ["failed", "delivered"], dryRun: true });
    expect([status, body]).toEqual([200, { matched: 7 }]);
    expect((await ask({ statuses: ["delivered"], eventTypes: ["order.*"], dryRun: true })).body).toEqual({
      matched: 0,
    });
    expect(await gateway.rows("select id from posthorn.replays")).toEqual(before);
  });

  test("the range is of when deliveries were made: since is inclusive, until exclusive", async () => {
    const { endpoint: other, path: its } = await another();
    await past(gateway, other, { count: 5, status: "failed" });
    const [row] = await gateway.rows<{ at: Date }>(
      "select min(created_at) as at from posthorn.deliveries where endpoint_id = $1",
      [other.id],
    );
    const at = row?.at ?? new Date();
    const counted = async (since: Date | string, until?: Date) => {
      const body = { endpointId: other.publicId, since, until, dryRun: true };
      return (await app.call("POST", its, { body })).body.matched;
    };
    expect(await counted(new Date(at.getTime() - 1000))).toBe(5);
    expect(await counted(anHourAgo(), new Date(at.getTime() - 1000))).toBe(0);
    for (const since of ["2001-01-01T00:00:00Z", "1969-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]) {
      expect(await counted(since)).toBe(5);
    }
    expect(await counted("0001-01-01T00:00:00Z", new Date("1960-01-01T00:00:00Z"))).toBe(0);
  });

  const invalid: readonly (readonly [string, object, string, string])[] = [
    ["no since", { since: undefined }, "invalidRequest", "/since"],
    ["a since ahead of now", { since: inAnHour() }, "invalidRange", "/since"],
    ["an until before since", { until: "2001-01-01T00:00:00Z" }, "invalidRange", "/until"],
    ["an until ahead of now", { until: inAnHour() }, "invalidRange", "/until"],
    ["no such time", { since: "yesterday" }, "invalidRequest", "/since"],
    ["a malformed pattern", { eventTypes: ["ok", "a*b"] }, "invalidRequest", "/eventTypes/1"],
    ["an empty list of types", { eventTypes: [] }, "invalidRequest", "/eventTypes"],
    ["an empty list of statuses", { statuses: [] }, "invalidRequest", "/statuses"],
    ["an unknown status", { statuses: ["queued"] }, "invalidRequest", "/statuses/0"],
    ["a status twice", { statuses: ["failed", "failed"] }, "invalidRequest", "/statuses"],
    ["a rate of zero", { ratePerSecond: 0 }, "invalidRequest", "/ratePerSecond"],
    ["a rate of 10,001", { ratePerSecond: 10_001 }, "invalidRequest", "/ratePerSecond"],
    ["a fraction of a rate", { ratePerSecond: 0.5 }, "invalidRequest", "/ratePerSecond"],
    ["an id that is none", { endpointId: "ep_1" }, "invalidRequest", "/endpointId"],
    ["an unknown field", { status: "failed" }, "invalidRequest", "/status"],
  ];
  test.each(invalid)("refuses %s, with its place", async (_, more, code, pointer) => {
    const { status, body } = await ask(more);
    expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([422, code, pointer]);
  });

  test("an endpoint of another tenant is as one that is not there", async () => {
    const { endpoint: foreign } = await another();
    const answers = [
      await ask({ endpointId: foreign.publicId }),
      await ask({ endpointId: "ep_01jb9yhq6yf8xsragz5a5qs3cy" }),
      await ask({ endpointId: foreign.publicId, dryRun: true }),
    ];
    const [first] = answers;
    for (const { status, text } of answers) {
      expect(status).toBe(404);
      expect(text.replace(/req_\w+/, "")).toBe(first?.text.replace(/req_\w+/, ""));
    }
  });

  test("more than a replay may send is refused, with what to do, and counted no further", async () => {
    const { endpoint: large, path: its } = await another();
    await past(gateway, large, { count: 21, status: "failed" });
    for (const dryRun of [true, false]) {
      const body = { endpointId: large.publicId, since: anHourAgo(), dryRun };
      const answer = await app.call("POST", its, { body });
      expect(answer.body).toMatchObject({
        status: 422,
        code: "replayTooLarge",
        detail: expect.stringContaining("More than 20 deliveries match"),
        errors: [{ pointer: "/since" }],
      });
    }
    expect(await gateway.rows("select from posthorn.replays where endpoint_id = $1", [large.id])).toEqual([]);
  });

  test("a disabled endpoint is to be enabled first", async () => {
    const { endpoint: off, path: its } = await another();
    await gateway.setLane(off, "disable");
    for (const dryRun of [true, false]) {
      const body = { endpointId: off.publicId, since: anHourAgo(), dryRun };
      expect((await app.call("POST", its, { body })).body).toMatchObject({ status: 409, code: "endpointDisabled" });
    }
  });

  test("ten replays of an endpoint may wait, however many ask at once; another endpoint's are its own", async () => {
    const { endpoint: busy, path: its } = await another();
    const body = { endpointId: busy.publicId, since: anHourAgo() };
    const answers = await Promise.all(Array.from({ length: 14 }, () => app.call("POST", its, { body })));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 202);
    for (const answer of refused) expect(answer.body).toMatchObject({ status: 409, code: "tooManyReplays" });
    expect((await ask()).status).toBe(202);
  });
});

describe("reading and canceling", () => {
  test("the list is the newest first, in pages, of this tenant alone", async () => {
    const { endpoint: mine, path: its } = await another();
    const body = { endpointId: mine.publicId, since: anHourAgo() };
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await app.call("POST", its, { body })).body.id);
    const first = await app.call("GET", `${its}?limit=3`);
    const second = await app.call("GET", `${its}?limit=3&cursor=${first.body.nextCursor}`);
    const shown = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id);
    expect(shown).toEqual(ids.toReversed());
    expect(second.body.nextCursor).toBeNull();
    const foreign = await app.call("GET", `${path}?cursor=${first.body.nextCursor}`);
    expect(foreign.body).toMatchObject({ code: "invalidCursor", errors: [{ pointer: "query/cursor" }] });
    expect((await app.call("GET", `${path}/${ids[0]}`)).status).toBe(404);
    expect((await app.call("POST", `${path}/${ids[0]}/cancel`)).status).toBe(404);
  });

  test("cancelling twice is cancelling once; one that has completed is not cancelled any more", async () => {
    const { endpoint: mine, path: its } = await another();
    await past(gateway, mine, { count: 3, status: "failed" });
    const body = { endpointId: mine.publicId, since: anHourAgo() };
    const { id } = (await app.call("POST", its, { body })).body;
    const once = await app.call("POST", `${its}/${id}/cancel`);
    const twice = await app.call("POST", `${its}/${id}/cancel`);
    expect(once).toMatchObject({
      status: 200,
      body: { status: "canceled", endedAt: expect.any(String), progress: { matched: 3, admitted: 0, remaining: 0 } },
    });
    expect(twice.body).toEqual(once.body);
    await gateway.rows("update posthorn.replays set status = 'completed', delivered = 0 where endpoint_id = $1", [
      mine.id,
    ]);
    expect((await app.call("POST", `${its}/${id}/cancel`)).body).toMatchObject({
      status: 409,
      code: "replayCompleted",
    });
  });

  test("no end is expected of one whose lane a person, or failures, may hold for any time", async () => {
    const { endpoint: other, path: its } = await another();
    await past(gateway, other, { count: 5, status: "failed" });
    const { body } = await app.call("POST", its, { body: { endpointId: other.publicId, since: anHourAgo() } });
    await gateway.rows(
      "update posthorn.replays set status = 'running', started_at = now() - interval '1 minute', skipped = 2 where endpoint_id = $1",
      [other.id],
    );
    const end = async () => (await app.call("GET", `${its}/${body.id}`)).body.expectedEndAt;
    expect(Date.parse(await end())).toBeGreaterThan(Date.now());
    for (const reason of ["failing", "paused", "disabled"]) {
      await gateway.rows("update posthorn.endpoints set lane = 'held', lane_reason = $2 where id = $1", [
        other.id,
        reason,
      ]);
      expect([reason, await end()]).toEqual([reason, null]);
    }
  });

  test("the tenant's own key and support may replay, a publisher may not", async () => {
    const [tenant, support, publisher] = [
      await app.key("tenant", endpoint.tenantId),
      await app.key("support"),
      await app.key("publisher"),
    ];
    for (const key of [tenant, support]) {
      const { status, body } = await ask({}, { key });
      expect(status).toBe(202);
      expect(body.createdBy).toMatch(/^key_/);
      expect((await app.call("POST", `${path}/${body.id}/cancel`, { key })).status).toBe(200);
    }
    expect((await ask({}, { key: publisher })).status).toBe(403);
  });
});
