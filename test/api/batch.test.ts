import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPublishingApi, dataOf, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let tenantId: string;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  tenantId = await api.tenant();
  type = await api.eventType({ "1": { type: "object" } });
});

afterAll(() => api.close());

const post = (body: unknown) => api.call("POST", "/v1/events/batch", body);

describe("publishing a batch", () => {
  test("answers in the order sent, each item for itself", async () => {
    const second = await api.tenant();
    const answer = await post({
      events: [
        { id: "b-1", type, tenantId, data: {} },
        { type: "test.unknown", tenantId, data: {} },
        { type, tenantId, data: "no object" },
        { id: "b 3", type, tenantId, data: {} },
        17,
        { type, tenantId: second, data: { x: 1 } },
      ],
    });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      data: [
        { id: "b-1", acceptedAt: expect.any(String) },
        {
          problem: expect.objectContaining({
            code: "unknownEventType",
            status: 422,
            errors: [{ pointer: "/events/1/type", detail: expect.any(String) }],
          }),
        },
        {
          problem: expect.objectContaining({
            code: "invalidData",
            errors: [{ pointer: "/events/2/data", detail: "must be object" }],
          }),
        },
        {
          problem: expect.objectContaining({
            code: "invalidId",
            errors: [{ pointer: "/events/3/id", detail: expect.any(String) }],
          }),
        },
        {
          problem: expect.objectContaining({
            code: "invalidRequest",
            errors: [{ pointer: "/events/4", detail: "must be an object" }],
          }),
        },
        { id: expect.stringMatching(/^evt_/), acceptedAt: expect.any(String) },
      ],
    });
    expect(await api.rows("select 1 from posthorn.events where tenant_id = $1", [second])).toHaveLength(1);
  });

  test("a text that cannot be stored, a doubled member, depth and size harm their own item only", async () => {
    const good = `{"type":"${type}","tenantId":"${tenantId}","data":{"v":1.0}}`;
    const withData = (data: string) => `{"type":"${type}","tenantId":"${tenantId}","data":${data}}`;
    const items = [
      good,
      withData(String.raw`{"a":"\u0000"}`),
      withData('{"a":1,"a":2}'),
      withData(`${'{"a":'.repeat(70)}1${"}".repeat(70)}`),
      withData(`"${"x".repeat(262_144)}"`),
      good,
    ];
    const answer = await post(`{"events":[${items.join(" ,\n")}]}`);
    const codes = dataOf(answer).map((item) => /"code":"(\w+)"/.exec(JSON.stringify(item))?.[1] ?? "accepted");
    expect(codes).toEqual(["accepted", "invalidText", "duplicateMember", "tooDeep", "bodyTooLarge", "accepted"]);
    const bodies = await api.rows<{ body: string }>(
      `select body from posthorn.events where tenant_id = $1 and body like '%"v":1.0%'`,
      [tenantId],
    );
    expect(bodies).toHaveLength(2);
    expect(bodies.every(({ body }) => body.endsWith('"data":{"v":1.0}}'))).toBe(true);
  });

  test("1,000 events are taken, in several statements", async () => {
    const crowd = await api.tenant();
    const answer = await post({
      events: Array.from({ length: 1_000 }, (_, i) => ({ id: `e-${i}`, type, tenantId: crowd, data: { i } })),
    });
    expect(dataOf(answer)).toMatchObject(Array.from({ length: 1_000 }, (_, i) => ({ id: `e-${i}` })));
    const [row] = await api.rows<{ n: number }>(
      "select count(*)::int as n from posthorn.deliveries where tenant_id = $1",
      [crowd],
    );
    expect(row?.n).toBe(1_000);
  });

  test("when none was accepted it is 422, and still says why for each", async () => {
    const answer = await post({ events: [{ type: "test.unknown", tenantId, data: 1 }, {}] });
    expect(answer).toMatchObject({
      status: 422,
      json: {
        code: "noneAccepted",
        data: [{ problem: { code: "unknownEventType" } }, { problem: { code: "invalidRequest" } }],
      },
    });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test.each<[string, number, string, string, unknown]>([
    ["over 1,000 events", 422, "tooManyEvents", "/events", { events: Array.from({ length: 1_001 }, () => 0) }],
    ["no event at all", 422, "invalidRequest", "/events", { events: [] }],
    ["events that are no list", 422, "invalidRequest", "/events", { events: {} }],
    ["no events", 422, "invalidRequest", "/events", {}],
    ["another member", 422, "invalidRequest", "/atomic", { events: [0], atomic: true }],
    ["a list", 422, "invalidRequest", "", [0]],
    ["events that stand twice", 422, "duplicateMember", "/events", '{"events":[0],"events":[0]}'],
  ])("%s: %i %s", async (_what, status, code, pointer, body) => {
    expect(await post(body)).toMatchObject({ status, json: { code, errors: [{ pointer }] } });
  });

  test("malformed JSON is 400, and too large a batch is 413 before it is read", async () => {
    expect(await post("{")).toMatchObject({ status: 400, json: { code: "malformedJson" } });
    expect(await post(`{"events":["${"x".repeat(16_777_216)}"]}`)).toMatchObject({
      status: 413,
      json: { code: "bodyTooLarge" },
    });
  });
});
