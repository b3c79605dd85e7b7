import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPublishingApi, textOf, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let tenantId: string;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  tenantId = await api.tenant();
  type = await api.eventType();
});

afterAll(() => api.close());

describe("publishing one event", () => {
  test("is answered after it is committed, with its delivery and its job", async () => {
    const answer = await api.call("POST", "/v1/events", { type, tenantId, data: { amount: 1 } });
    expect(answer).toMatchObject({ status: 202, json: { tenantId, type } });
    const id = textOf(answer, "id");
    expect(id).toMatch(/^evt_[0-9a-z]{26}$/);
    expect(new Date(textOf(answer, "acceptedAt")).toISOString()).toBe(textOf(answer, "acceptedAt"));
    const list = await api.call("GET", `/v1/tenants/${tenantId}/deliveries?eventId=${id}`);
    expect(list.json).toMatchObject({ data: [{ eventId: id, status: "queued", attempts: 0 }], nextCursor: null });
    const jobs = await api.rows(
      "select 1 from graphile_worker._private_jobs where payload ->> 'id' = (select id::text from posthorn.deliveries d where d.event_id = (select id from posthorn.events e where posthorn.type_id('evt', e.id) = $1))",
      [id],
    );
    expect(jobs).toHaveLength(1);
  });

  test("makes the tenant that it is the first to name", async () => {
    const fresh = `${tenantId}-fresh`;
    expect(await api.call("POST", "/v1/events", { type, tenantId: fresh, data: null })).toMatchObject({ status: 202 });
    expect(await api.rows("select id from posthorn.tenants where id = $1", [fresh])).toHaveLength(1);
  });

  test("an event that nobody subscribes to is stored all the same", async () => {
    const [{ name } = { name: "" }] = await api.rows<{ name: string }>(
      "insert into posthorn.event_types (catalog, name) values ('default', 'unheard.of') returning name",
    );
    const id = textOf(await api.call("POST", "/v1/events", { type: name, tenantId, data: 1 }), "id");
    expect(await api.call("GET", `/v1/tenants/${tenantId}/events/${id}`)).toMatchObject({ json: { id, data: 1 } });
    expect((await api.call("GET", `/v1/tenants/${tenantId}/deliveries?eventId=${id}`)).json).toMatchObject({
      data: [],
    });
  });

  test("keeps data and metadata exactly as they were sent, into the body that is delivered", async () => {
    const data = String.raw`{ "z":1.0,"a":1e400,  "big":12345678901234567890,"-0":-0, "s":"\u00e9\/","list":[ 1.10 ] }`;
    const metadata = '{"n":1.50, "k":"v"}';
    const body = `{"type":"${type}","tenantId":"${tenantId}","metadata": ${metadata} ,"data":${data},"id":"exact-1"}`;
    expect(await api.call("POST", "/v1/events", body)).toMatchObject({ status: 202 });
    const [row] = await api.rows<{ body: string }>("select body from posthorn.events where external_id = 'exact-1'");
    expect(row?.body.endsWith(`"metadata":${metadata},"data":${data}}`)).toBe(true);
    const read = await api.call("GET", `/v1/tenants/${tenantId}/events/exact-1`);
    expect(read.text.endsWith(`"metadata":${metadata},"data":${data}}`)).toBe(true);
  });

  test("the delivered body has the event's fields in the order of the contract", async () => {
    const event = {
      id: "ordered-1",
      type,
      tenantId,
      timestamp: "2026-01-31T10:30:00.5+01:00",
      source: "billing",
      userId: "u1",
      correlationId: "c1",
      orderingKey: "o1",
      data: [],
    };
    expect(await api.call("POST", "/v1/events", event)).toMatchObject({ status: 202 });
    const [row] = await api.rows<{ body: string }>("select body from posthorn.events where external_id = 'ordered-1'");
    expect(row?.body).toBe(
      `{"id":"ordered-1","type":"${type}","timestamp":"2026-01-31T09:30:00.500Z","tenantId":"${tenantId}","source":"billing","userId":"u1","correlationId":"c1","data":[]}`,
    );
  });

  test("takes the request's traceparent where the event names no trace", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await api.call("POST", "/v1/events", { id: "traced-1", type, tenantId, data: 1 }, { traceparent });
    await api.call("POST", "/v1/events", { id: "traced-2", type, tenantId, data: 1, traceId: "own" }, { traceparent });
    await api.call("POST", "/v1/events", { id: "traced-3", type, tenantId, data: 1 }, { traceparent: "00-x-y-01" });
    const rows = await api.rows(
      "select trace_id from posthorn.events where external_id like 'traced-%' order by external_id",
    );
    expect(rows).toEqual([{ trace_id: traceparent }, { trace_id: "own" }, { trace_id: null }]);
  });
});

const wrong = (more: object) => ({ type, tenantId, id: "bad-1", data: 1, ...more });
const raw = (members: string) => `{"type":"${type}","tenantId":"${tenantId}","id":"bad-1",${members}}`;

describe("a bad event is refused, with its code and its place, and nothing is written", () => {
  const later = new Date(Date.now() + 2 * 86_400_000).toISOString();
  const deep = `${"[".repeat(70)}${"]".repeat(70)}`;

  test.each<[string, number, string, string | null, () => unknown]>([
    ["malformed JSON", 400, "malformedJson", null, () => "{"],
    ["a list", 422, "invalidRequest", "", () => []],
    ["an unknown member", 422, "invalidRequest", "/extra", () => wrong({ extra: 1 })],
    ["no data", 422, "invalidRequest", "/data", () => ({ type, tenantId })],
    ["no tenant", 422, "invalidRequest", "/tenantId", () => ({ type, data: 1 })],
    ["no type", 422, "invalidRequest", "/type", () => ({ tenantId, data: 1 })],
    ["a tenant's id that is none", 422, "invalidId", "/tenantId", () => wrong({ tenantId: "a b" })],
    ["an id that is none", 422, "invalidId", "/id", () => wrong({ id: "a/b" })],
    ["an id that is too long", 422, "invalidId", "/id", () => wrong({ id: "a".repeat(129) })],
    ["a text that is too long", 422, "invalidRequest", "/userId", () => wrong({ userId: "u".repeat(257) })],
    ["a text that is empty", 422, "invalidRequest", "/source", () => wrong({ source: "" })],
    ["a text that is a number", 422, "invalidRequest", "/orderingKey", () => wrong({ orderingKey: 1 })],
    ["metadata that is no object", 422, "invalidRequest", "/metadata", () => wrong({ metadata: [] })],
    [
      "metadata that is too large",
      422,
      "invalidRequest",
      "/metadata",
      () => wrong({ metadata: { a: "x".repeat(17_000) } }),
    ],
    [
      "a timestamp that is none",
      422,
      "invalidRequest",
      "/timestamp",
      () => wrong({ timestamp: "2026-02-30T00:00:00Z" }),
    ],
    [
      "a timestamp without zone",
      422,
      "invalidRequest",
      "/timestamp",
      () => wrong({ timestamp: "2026-02-03T00:00:00" }),
    ],
    [
      "an early timestamp",
      422,
      "timestampOutOfRange",
      "/timestamp",
      () => wrong({ timestamp: "1999-12-31T23:59:59Z" }),
    ],
    ["a late timestamp", 422, "timestampOutOfRange", "/timestamp", () => wrong({ timestamp: later })],
    ["an unknown type", 422, "unknownEventType", "/type", () => wrong({ type: "test.nobody.knows" })],
    ["a type that is no name", 422, "unknownEventType", "/type", () => wrong({ type: "no name" })],
    ["a type of another catalog", 422, "unknownEventType", "/type", () => wrong({ catalog: "other" })],
    [
      "a type of the gateway",
      422,
      "reservedEventType",
      "/type",
      () => wrong({ type: "API.Webhook.Test", catalog: "posthorn" }),
    ],
    ["an unknown version", 422, "unknownVersion", "/version", () => wrong({ version: "9" })],
    ["NUL as an escape", 422, "invalidText", "/data/a", () => raw(String.raw`"data":{"a":"x\u0000"}`)],
    ["NUL in the envelope", 422, "invalidText", "/userId", () => raw(String.raw`"userId":"\u0000","data":1`)],
    ["a lone surrogate", 422, "invalidText", "/data", () => raw(String.raw`"data":"\ud800"`)],
    ["a member that stands twice", 422, "duplicateMember", "/data/a/0/b", () => raw('"data":{"a":[{"b":1,"b":1}]}')],
    ["data that stands twice", 422, "duplicateMember", "/data", () => raw('"data":1,"data":2')],
    ["nesting that is too deep", 422, "tooDeep", "", () => raw(`"data":${deep}`)],
    ["a body over 256 KiB", 413, "bodyTooLarge", null, () => wrong({ data: "x".repeat(262_144) })],
  ])("%s: %i %s at %j", async (_what, status, code, pointer, body) => {
    const answer = await api.call("POST", "/v1/events", body());
    const place = pointer === null ? {} : { errors: [{ pointer }] };
    expect(answer).toMatchObject({
      status,
      json: { code, status, type: expect.stringContaining("/docs/errors#"), ...place },
    });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await api.rows("select 1 from posthorn.events where external_id = 'bad-1'")).toEqual([]);
    expect(await api.rows("select 1 from posthorn.event_keys where key = 'id:bad-1'")).toEqual([]);
  });

  test("the size is that of the bytes: 256 KiB exactly are taken, two-byte characters count twice", async () => {
    const frame = JSON.stringify({ type, tenantId, data: "" }).length;
    const fits = JSON.stringify({ type, tenantId, data: "x".repeat(262_144 - frame) });
    expect(await api.call("POST", "/v1/events", fits)).toMatchObject({ status: 202 });
    const over = JSON.stringify({ type, tenantId, data: "é".repeat((262_144 - frame) / 2 + 1) });
    expect(await api.call("POST", "/v1/events", over)).toMatchObject({ status: 413 });
  });

  test("another content type is 415", async () => {
    const text = await api.call("POST", "/v1/events", "{}", { "content-type": "text/plain" });
    expect(text).toMatchObject({ status: 415, json: { code: "unsupportedMediaType" } });
  });

  test("a body that is not UTF-8 is 400", async () => {
    const text = JSON.stringify({ type, tenantId, data: "é" });
    const answer = await api.call("POST", "/v1/events", new Uint8Array(Buffer.from(text, "latin1")));
    expect(answer).toMatchObject({ status: 400, json: { code: "malformedUtf8" } });
  });

  test("several faults are told at once", async () => {
    const answer = await api.call("POST", "/v1/events", { type, tenantId: "?", id: "?", extra: 1, data: 1 });
    expect(answer.json).toMatchObject({
      errors: [{ pointer: "/extra" }, { pointer: "/id" }, { pointer: "/tenantId" }],
    });
  });
});

describe("data is checked against the schema of its type", () => {
  const schema = { type: "object", required: ["amount"], properties: { amount: { type: "number", maximum: 1e308 } } };

  test("of the latest version, whose name the event then bears", async () => {
    const checked = await api.eventType({ "1": null, "2": schema });
    const bad = await api.call("POST", "/v1/events", { type: checked, tenantId, data: { amount: "1" } });
    expect(bad).toMatchObject({
      status: 422,
      json: { code: "invalidData", errors: [{ pointer: "/data/amount", detail: "must be number" }] },
    });
    const good = await api.call("POST", "/v1/events", { type: checked, tenantId, data: { amount: 1 } });
    const [row] = await api.rows<{ body: string }>("select body from posthorn.events where type = $1", [checked]);
    expect(JSON.parse(row?.body ?? "")).toMatchObject({ id: textOf(good, "id"), version: "2" });
  });

  test("of the version that it names", async () => {
    const checked = await api.eventType({ "1": schema, "2": null });
    const bad = await api.call("POST", "/v1/events", { type: checked, tenantId, version: "1", data: {} });
    expect(bad).toMatchObject({ json: { code: "invalidData", errors: [{ pointer: "/data" }] } });
    expect(await api.call("POST", "/v1/events", { type: checked, tenantId, version: "2", data: {} })).toMatchObject({
      status: 202,
    });
  });

  test("a number beyond the range of a double is still a number", async () => {
    const checked = await api.eventType({ "1": { properties: { amount: { type: "number" } } } });
    const body = `{"type":"${checked}","tenantId":"${tenantId}","data":{"amount":1e400}}`;
    expect(await api.call("POST", "/v1/events", body)).toMatchObject({ status: 202 });
  });

  test("a schema that changed after this process learned it is learned anew before anything is accepted", async () => {
    const changing = await api.eventType({ "1": null });
    expect(await api.call("POST", "/v1/events", { type: changing, tenantId, data: 1 })).toMatchObject({ status: 202 });
    await api.rows(
      `with v as (insert into posthorn.event_type_versions (catalog, name, version, schema, created_at)
         values ('default', $1, '2', '{"type":"string"}', clock_timestamp()))
       update posthorn.event_types set revision = revision + 1, has_schema = true where name = $1`,
      [changing],
    );
    expect(await api.call("POST", "/v1/events", { type: changing, tenantId, data: 1 })).toMatchObject({
      status: 422,
      json: { code: "invalidData" },
    });
    expect(await api.call("POST", "/v1/events", { type: changing, tenantId, data: "x" })).toMatchObject({
      status: 202,
    });
  });

  test("a type that was removed is unknown at once", async () => {
    const removed = await api.eventType();
    expect(await api.call("POST", "/v1/events", { type: removed, tenantId, data: 1 })).toMatchObject({ status: 202 });
    await api.rows("delete from posthorn.event_types where name = $1", [removed]);
    expect(await api.call("POST", "/v1/events", { type: removed, tenantId, data: 1 })).toMatchObject({
      json: { code: "unknownEventType" },
    });
  });
});
