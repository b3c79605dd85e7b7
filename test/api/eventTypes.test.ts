import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi();
});
afterAll(() => app.close());

const schema = { type: "object", required: ["amount"], properties: { amount: { type: "number" } } };
const create = (body: Json) => app.call("POST", "/v1/event-types", { body });
const put = (path: string, body: Json) => app.call("PUT", `/v1/event-types/${path}`, { body });

describe("an event type", () => {
  test("is registered with its first version", async () => {
    const { status, body } = await create({
      name: "a.one",
      description: "One",
      category: "A",
      schema,
      example: { amount: 1 },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      catalog: "default",
      name: "a.one",
      description: "One",
      category: "A",
      deprecated: false,
    });
    expect(body.versions).toMatchObject([{ version: "1", schema, example: { amount: 1 } }]);
    expect((await app.call("GET", "/v1/event-types/a.one")).body).toEqual(body);
  });

  test("may have no schema, and then no version", async () => {
    const { body } = await create({ name: "a.bare" });
    expect(body.versions).toEqual([]);
  });

  test("keeps the text of its example: numbers and the order of members", async () => {
    const raw = '{"name":"a.raw","example":{"b": 1.0, "a": 1e400, "n": 12345678901234567890}}';
    await app.call("POST", "/v1/event-types", { raw });
    const { text } = await app.call("GET", "/v1/event-types/a.raw");
    expect(text).toContain('"example":{"b":1.0,"a":1e400,"n":12345678901234567890}');
  });

  test("exists once", async () => {
    await create({ name: "a.twice" });
    expect((await create({ name: "a.twice" })).body).toMatchObject({ status: 409, code: "alreadyExists" });
  });

  const refused: [string, object, string, string][] = [
    ["a name of the gateway", { name: "API.Mine" }, "invalidRequest", "/name"],
    ["the gateway's catalog", { name: "mine", catalog: "posthorn" }, "invalidRequest", "/name"],
    ["an unknown catalog", { name: "mine", catalog: "none" }, "unknownCatalog", "/catalog"],
    ["a name with a space", { name: "a b" }, "invalidRequest", "/name"],
    [
      "an example that breaks the schema",
      { name: "mine", schema, example: { amount: "1" } },
      "invalidExample",
      "/example/amount",
    ],
    [
      "a remote reference",
      { name: "mine", schema: { $ref: "https://example.com/s" } },
      "remoteReference",
      "/schema/$ref",
    ],
    ["a pattern that may hang", { name: "mine", schema: { pattern: "^(a+)+$" } }, "unsafePattern", "/schema/pattern"],
    ["a schema that is none", { name: "mine", schema: { type: "float" } }, "invalidSchema", "/schema/type"],
    ["a large schema", { name: "mine", schema: { description: "x".repeat(70_000) } }, "schemaTooLarge", "/schema"],
    ["a large example", { name: "mine", example: "x".repeat(70_000) }, "invalidExample", "/example"],
  ];
  test.each(refused)("is refused with %s", async (_, body, code, pointer) => {
    expect((await create(body)).body).toMatchObject({ status: 422, code, errors: [{ pointer }] });
    expect((await app.call("GET", "/v1/event-types/mine")).status).toBe(404);
  });

  test("is changed and deleted, and then unknown to publishers", async () => {
    await create({ name: "a.gone", description: "x" });
    const changed = await app.call("PATCH", "/v1/event-types/a.gone", {
      body: { description: null, deprecated: true },
    });
    expect(changed.body).toMatchObject({ description: null, deprecated: true });
    expect((await app.call("DELETE", "/v1/event-types/a.gone")).status).toBe(204);
    expect((await app.call("GET", "/v1/event-types/a.gone")).status).toBe(404);
    const event = { type: "a.gone", tenantId: await app.tenant(), data: {} };
    expect((await app.call("POST", "/v1/events", { body: event })).body.code).toBe("unknownEventType");
  });

  test("of the gateway is listed and never changed", async () => {
    expect((await app.call("GET", "/v1/event-types/API.Webhook.Failed")).body.catalog).toBe("posthorn");
    for (const [method, path] of [
      ["PATCH", ""],
      ["DELETE", ""],
      ["PUT", "/versions/1"],
    ]) {
      const { body } = await app.call(method ?? "", `/v1/event-types/API.Webhook.Failed${path}`, { body: {} });
      expect(body).toMatchObject({ status: 403, code: "forbidden" });
    }
  });
});

describe("a version", () => {
  test("is added, is the same when put again, and never changes its schema", async () => {
    await create({ name: "v.one" });
    expect((await put("v.one/versions/1", { schema, example: { amount: 1 } })).status).toBe(201);
    expect((await put("v.one/versions/1", { schema, example: { amount: 2 } })).status).toBe(200);
    const read = await app.call("GET", "/v1/event-types/v.one");
    expect(read.body.versions).toMatchObject([{ version: "1", example: { amount: 2 } }]);
    const other = await put("v.one/versions/1", { schema: { type: "object" } });
    expect(other.body).toMatchObject({ status: 409, code: "versionInUse", errors: [{ pointer: "/schema" }] });
    expect((await put("v.one/versions/1", {})).body).toMatchObject({ code: "versionInUse" });
    expect((await put("v.one/versions/2", { schema: { type: "object" } })).status).toBe(201);
    const both = await app.call("GET", "/v1/event-types/v.one");
    expect(both.body.versions.map((v: Json) => v.version)).toEqual(["2", "1"]);
  });

  test("with a schema is held against what is published at once", async () => {
    await create({ name: "v.strict" });
    const tenantId = await app.tenant();
    const publish = () => app.call("POST", "/v1/events", { body: { type: "v.strict", tenantId, data: {} } });
    expect((await publish()).status).toBe(202);
    await put("v.strict/versions/1", { schema });
    expect((await publish()).body).toMatchObject({ status: 422, code: "invalidData" });
  });

  test("of an unknown type is not found", async () => {
    expect((await put("v.none/versions/1", { schema })).status).toBe(404);
  });
});

test("event types are listed by catalog and name, in pages, each once", async () => {
  for (const name of ["l.b", "l.a", "l.c"]) await create({ name });
  const seen: string[] = [];
  for (let cursor = ""; ;) {
    const { body } = await app.call("GET", `/v1/event-types?limit=3${cursor}`);
    seen.push(...body.data.map((t: Json) => `${t.catalog}/${t.name}`));
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  expect(seen.filter((name) => name.startsWith("default/l."))).toEqual(["default/l.a", "default/l.b", "default/l.c"]);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toContain("posthorn/API.Webhook.Failed");
});
