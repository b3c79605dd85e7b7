import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPublishingApi, dataOf, textOf, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let other: PublishingApi;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  other = await api.another();
  type = await api.eventType();
});

afterAll(() => api.close());

async function countsOf(tenantId: string): Promise<{ events: number; deliveries: number }> {
  const [row] = await api.rows<{ events: number; deliveries: number }>(
    `select (select count(*)::int from posthorn.events where tenant_id = $1) as events,
       (select count(*)::int from posthorn.deliveries where tenant_id = $1) as deliveries`,
    [tenantId],
  );
  return row ?? { events: -1, deliveries: -1 };
}

describe("the same event 50 times at once", () => {
  test.each([
    ["by its id, in one process", { id: "same" }, {}, 1],
    ["by its id, over two processes", { id: "same" }, {}, 2],
    ["by a key, in one process", {}, { "idempotency-key": "same-key" }, 1],
    ["by a key, over two processes", {}, { "idempotency-key": "same-key" }, 2],
    ["by both, over two processes", { id: "same" }, { "idempotency-key": "same-key" }, 2],
  ])("%s, is one event with one delivery, and 50 equal answers", async (_how, more, headers, processes) => {
    const tenantId = await api.tenant();
    const body = { type, tenantId, data: { amount: 1 }, ...more };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % processes === 0 ? api : other).call("POST", "/v1/events", body, headers),
      ),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    expect(answers.filter(({ headers: h }) => h.get("idempotent-replayed") === "true")).toHaveLength(49);
    expect(await countsOf(tenantId)).toEqual({ events: 1, deliveries: 1 });
  });
});

describe("the same id or key again", () => {
  test("with another body is refused, and the first event stays as it was", async () => {
    const tenantId = await api.tenant();
    const first = { id: "one", type, tenantId, data: { a: 1 } };
    await api.call("POST", "/v1/events", first);
    for (const more of [{ data: { a: 2 } }, { userId: "u" }, { metadata: {} }, { timestamp: "2026-01-01T00:00:00Z" }]) {
      const answer = await api.call("POST", "/v1/events", { ...first, ...more });
      expect(answer).toMatchObject({ status: 422, json: { code: "idConflict" } });
    }
    expect(await api.call("POST", "/v1/events", first)).toMatchObject({ status: 202, json: { id: "one" } });
    expect(await countsOf(tenantId)).toEqual({ events: 1, deliveries: 1 });
  });

  test("another body under a key is refused", async () => {
    const tenantId = await api.tenant();
    const headers = { "idempotency-key": "k-1" };
    const first = await api.call("POST", "/v1/events", { type, tenantId, data: 1 }, headers);
    const replay = await api.call("POST", "/v1/events", { type, tenantId, data: 1 }, headers);
    expect(replay.text).toBe(first.text);
    const answer = await api.call("POST", "/v1/events", { type, tenantId, data: 2 }, headers);
    expect(answer).toMatchObject({ status: 422, json: { code: "idempotencyConflict" } });
  });

  test("an event refused for its key leaves its id free", async () => {
    const tenantId = await api.tenant();
    const headers = { "idempotency-key": "k-1" };
    await api.call("POST", "/v1/events", { type, tenantId, data: 1 }, headers);
    const refused = await api.call("POST", "/v1/events", { id: "free", type, tenantId, data: 2 }, headers);
    expect(refused).toMatchObject({ json: { code: "idempotencyConflict" } });
    const taken = await api.call("POST", "/v1/events", { id: "free", type, tenantId, data: 3 });
    expect(taken).toMatchObject({ status: 202, json: { id: "free" } });
    expect(taken.headers.get("idempotent-replayed")).toBeNull();
  });

  test("is the same event although its type got a new version in between", async () => {
    const tenantId = await api.tenant();
    const versioned = await api.eventType({ "1": null });
    const body = { id: "v", type: versioned, tenantId, data: 1 };
    const first = await api.call("POST", "/v1/events", body);
    await api.rows(
      `with v as (insert into posthorn.event_type_versions (catalog, name, version, created_at) values ('default', $1, '2', clock_timestamp()))
       update posthorn.event_types set revision = revision + 1 where name = $1`,
      [versioned],
    );
    const again = await api.call("POST", "/v1/events", body);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
  });

  test("after 24 hours is a new event", async () => {
    const tenantId = await api.tenant();
    const body = { id: "daily", type, tenantId, data: 1 };
    await api.call("POST", "/v1/events", body);
    await api.rows(
      "update posthorn.event_keys set created_at = created_at - interval '25 hours' where tenant_id = $1",
      [tenantId],
    );
    const answer = await api.call("POST", "/v1/events", { ...body, data: 2 });
    expect(answer).toMatchObject({ status: 202, json: { id: "daily" } });
    expect(answer.headers.get("idempotent-replayed")).toBeNull();
    expect(await countsOf(tenantId)).toEqual({ events: 2, deliveries: 2 });
    expect((await api.call("GET", `/v1/tenants/${tenantId}/events/daily`)).json).toMatchObject({ data: 2 });
  });

  test("of another tenant is another event", async () => {
    const [a, b] = [await api.tenant(), await api.tenant()];
    await api.call("POST", "/v1/events", { id: "shared", type, tenantId: a, data: 1 });
    expect(await api.call("POST", "/v1/events", { id: "shared", type, tenantId: b, data: 2 })).toMatchObject({
      status: 202,
    });
  });

  test.each(["", "a b", "é", "x".repeat(256)])("the key %j is none", async (key) => {
    const encoded = Buffer.from(key).toString("latin1");
    const answer = await api.call(
      "POST",
      "/v1/events",
      { type, tenantId: "t", data: 1 },
      { "idempotency-key": encoded },
    );
    expect(answer).toMatchObject({
      json: { code: "invalidParameter", errors: [{ pointer: "header/idempotency-key" }] },
    });
  });
});

describe("a batch sent again", () => {
  test("under its key is the same batch, item by item", async () => {
    const tenantId = await api.tenant();
    const body = { events: [1, 2, 3].map((data) => ({ type, tenantId, data })) };
    const headers = { "idempotency-key": "batch-1" };
    const [first, again] = await Promise.all([
      api.call("POST", "/v1/events/batch", body, headers),
      other.call("POST", "/v1/events/batch", body, headers),
    ]);
    expect(first.status).toBe(202);
    expect(again.text).toBe(first.text);
    expect(await countsOf(tenantId)).toEqual({ events: 3, deliveries: 3 });
  });

  test("an id that stands in it twice is one event, or a conflict", async () => {
    const tenantId = await api.tenant();
    const item = { id: "twin", type, tenantId, data: 1 };
    const answer = await api.call("POST", "/v1/events/batch", { events: [item, item, { ...item, data: 2 }] });
    const [first, second, third] = dataOf(answer);
    expect(second).toEqual(first);
    expect(third).toMatchObject({ problem: { code: "idConflict" } });
    expect(await countsOf(tenantId)).toEqual({ events: 1, deliveries: 1 });
  });

  test("many batches with the same ids in any order neither deadlock nor double", async () => {
    const tenantId = await api.tenant();
    const items = Array.from({ length: 40 }, (_, i) => ({ id: `id-${i}`, type, tenantId, data: i }));
    const batches = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? items : items.toReversed()));
    const answers = await Promise.all(
      batches.map((events, i) => (i % 3 === 0 ? other : api).call("POST", "/v1/events/batch", { events })),
    );
    expect(answers.map(({ status }) => status)).toEqual(batches.map(() => 202));
    expect(answers.flatMap(dataOf).filter((item) => JSON.stringify(item).includes("problem"))).toEqual([]);
    expect(await countsOf(tenantId)).toEqual({ events: 40, deliveries: 40 });
    expect(textOf(await api.call("GET", `/v1/tenants/${tenantId}/events/id-7`), "id")).toBe("id-7");
  });
});
