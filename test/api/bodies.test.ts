import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi();
});
afterAll(() => app.close());

const put = (
  raw: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
) => app.call("PUT", "/v1/tenants/body-tenant", { raw, headers });
const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => Buffer.from(typeof part === "string" ? part : new Uint8Array(part)))),
  );

describe("a body", () => {
  const refused: [string, string | Uint8Array<ArrayBuffer>, number, string, string | undefined][] = [
    ["that ends early", '{"name":', 400, "malformedJson", undefined],
    ["that is empty", "", 400, "malformedJson", undefined],
    ["with a comment", '{"name":"a"} // hi', 400, "malformedJson", undefined],
    ["that is not UTF-8", bytes('{"name":"', [0xff], '"}'), 400, "malformedUtf8", undefined],
    ["with an overlong encoding", bytes('{"name":"', [0xc0, 0x80], '"}'), 400, "malformedUtf8", undefined],
    ["with an escaped NUL", '{"name":"a\\u0000"}', 422, "invalidText", "/name"],
    ["with half of a pair", '{"metadata":{"a":["\\ud800"]}}', 422, "invalidText", "/metadata/a/0"],
    ["with a NUL in a key", '{"metadata":{"a\\u0000":1}}', 422, "invalidText", "/metadata/a\ufffd"],
    ["with a member twice", '{"name":"a","name":"b"}', 422, "duplicateMember", "/name"],
    [
      "with a member twice further down",
      '{"metadata":{"x":[{"a":1,"a":2}]}}',
      422,
      "duplicateMember",
      "/metadata/x/0/a",
    ],
    ["nested too deeply", `{"metadata":${"[".repeat(64)}${"]".repeat(64)}}`, 422, "tooDeep", undefined],
    ["that is an array", "[]", 422, "invalidRequest", ""],
    ["that is null", "null", 422, "invalidRequest", ""],
    ["with a field of the wrong type", '{"name":1}', 422, "invalidRequest", "/name"],
    ["with a field that is not known", '{"nam~e/":1}', 422, "invalidRequest", "/nam~0e~1"],
    ["with __proto__", '{"__proto__":{"name":"x"}}', 422, "invalidRequest", "/__proto__"],
  ];
  test.each(refused)("%s is refused", async (_, raw, status, code, pointer) => {
    const { body } = await put(raw);
    expect(body).toMatchObject({ status, code });
    expect(body.errors?.[0]?.pointer).toBe(pointer);
    expect((await app.call("GET", "/v1/tenants/body-tenant")).status).toBe(404);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/vnd.api+json"])(
    "of the type %s is refused",
    async (type) => {
      const { body } = await put("{}", { "content-type": type });
      expect(body).toMatchObject({ status: 415, code: "unsupportedMediaType" });
    },
  );

  test("that is compressed is refused", async () => {
    const { body } = await put("{}", { "content-encoding": "gzip" });
    expect(body).toMatchObject({ status: 415, code: "unsupportedMediaType" });
  });

  test("may say its charset", async () => {
    expect((await put("{}", { "content-type": "Application/JSON; charset=utf-8" })).status).toBeLessThan(300);
    await app.call("DELETE", "/v1/tenants/body-tenant");
  });

  test("is cut off at 256 KiB, whatever it says of its length", async () => {
    const big = JSON.stringify({ name: "x".repeat(262_144) });
    expect((await put(big)).body).toMatchObject({ status: 413, code: "bodyTooLarge" });
    expect((await put("{}", { "content-length": "999999" })).body).toMatchObject({ status: 413, code: "bodyTooLarge" });
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    expect((await put(endless)).body).toMatchObject({ status: 413, code: "bodyTooLarge" });
    expect(sent).toBeLessThan(1_000_000);
  });

  test("may be left out where it says nothing that is needed", async () => {
    const tenant = await app.tenant();
    const { body } = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, {
      body: { url: "https://a.example.com/" },
    });
    const path = `/v1/tenants/${tenant}/endpoints/${body.id}/secret/rotate`;
    expect((await app.call("POST", path)).status).toBe(200);
    expect((await app.call("POST", path, { raw: "", headers: { "content-type": "application/json" } })).status).toBe(
      200,
    );
    expect((await app.call("POST", path, { raw: "x", headers: { "content-type": "text/plain" } })).status).toBe(415);
  });
});

describe("a query", () => {
  test.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "limit=1&limit=2",
    "limit=",
    "colour=red",
    "cursor=",
    `cursor=${"a".repeat(2000)}`,
  ])("with %s is refused", async (query) => {
    const { body } = await app.call("GET", `/v1/tenants?${query}`);
    expect(body).toMatchObject({ status: 400, code: "invalidParameter" });
    expect(body.errors[0].pointer).toMatch(/^query\/(limit|cursor|colour)$/);
  });

  test("with a cursor that was changed, or is of another list or filter, is refused", async () => {
    for (let i = 0; i < 3; i++) await app.call("PUT", `/v1/tenants/cursor-${i}`, { body: {} });
    const { body } = await app.call("GET", "/v1/tenants?limit=1");
    const cursor: string = body.nextCursor;
    const [key = "", signature = ""] = cursor.split(".");
    const other = Buffer.from(Buffer.from(key, "base64url").toString().replace("cursor", "cursot")).toString(
      "base64url",
    );
    const types = await app.call("GET", "/v1/event-types?limit=1&catalog=posthorn");
    const bad: [string, string][] = [
      ["/v1/tenants", `${other}.${signature}`],
      ["/v1/tenants", `${key}.${signature.slice(1)}A`],
      ["/v1/tenants", key],
      ["/v1/tenants", "%00"],
      ["/v1/api-keys", cursor],
      ["/v1/event-types", types.body.nextCursor],
    ];
    for (const [path, text] of bad) {
      expect((await app.call("GET", `${path}?cursor=${text}`)).body).toMatchObject({
        status: 400,
        code: "invalidCursor",
      });
    }
    expect((await app.call("GET", `/v1/tenants?cursor=${cursor}`)).status).toBe(200);
  });
});

test("bodies that are being read hold so much at most together, and no longer than they are read", async () => {
  const bounded = await startApi({ POSTHORN_MAX_READING_BYTES: String(1024 * 1024) });
  const begun: ReadableStreamDefaultController<Uint8Array>[] = [];
  const half = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(700 * 1024).fill(32));
        begun.push(controller);
      },
    });
  const send = () => bounded.call("POST", "/v1/events/batch", { raw: half() });
  const first = send();
  expect((await send()).body).toMatchObject({ status: 503, code: "overloaded" });
  begun[0]?.error(new Error("the connection ended"));
  expect((await first).body).toMatchObject({ status: 400, code: "malformedJson" });
  const third = send();
  begun[2]?.close();
  expect((await third).body).toMatchObject({ status: 400, code: "malformedJson" });
  expect(bounded.logged.map(({ level }) => level)).toEqual(["warn"]);
  await bounded.close();
});

describe("an answer", () => {
  test("has an id of its own, also when something is wrong", async () => {
    const answers = [await app.call("GET", "/healthz"), await app.call("GET", "/v1/nothing"), await put("{")];
    const ids = answers.map(({ headers }) => headers.get("x-request-id"));
    for (const id of ids) expect(id).toMatch(/^req_[0-9a-z]{26}$/);
    expect(new Set(ids).size).toBe(3);
    expect(answers[1]?.body.requestId).toBe(ids[1]);
    expect(answers[2]?.headers.get("content-type")).toBe("application/problem+json");
  });

  test("does not take the caller's word for the request's id", async () => {
    const { headers } = await app.call("GET", "/healthz", { headers: { "x-request-id": "req_mine" } });
    expect(headers.get("x-request-id")).not.toBe("req_mine");
  });

  test("to a method that the path does not have names those that it has", async () => {
    const answer = await app.call("POST", "/v1/tenants/acme", { body: {} });
    expect(answer.body).toMatchObject({ status: 405, code: "methodNotAllowed" });
    expect(answer.headers.get("allow")?.split(", ").toSorted()).toEqual(["DELETE", "GET", "PATCH", "PUT"]);
  });

  test("shows nothing of a fault of ours, which is logged with the request's id", async () => {
    const broken = await startApi({}, { ready: () => Promise.reject(new Error("the secret of our fault")) });
    const answer = await broken.call("GET", "/readyz", { key: null });
    expect(answer.body).toMatchObject({ status: 500, code: "internal" });
    expect(answer.text).not.toContain("fault of ours");
    expect(answer.text).not.toContain("secret of our");
    expect(broken.logged).toHaveLength(1);
    const fields: Json = broken.logged[0]?.fields;
    expect(fields).toMatchObject({ requestId: answer.body.requestId, code: "internal" });
    expect(fields.err.message).toBe("the secret of our fault");
    await broken.close();
  });

  test("says that a gateway is not ready, and why", async () => {
    const away = await startApi({}, { ready: async () => ({ ready: false, reason: "it is shutting down" }) });
    const answer = await away.call("GET", "/readyz", { key: null });
    expect(answer.body).toMatchObject({
      status: 503,
      code: "notReady",
      detail: "The gateway is not ready: it is shutting down.",
    });
    expect((await away.call("GET", "/healthz", { key: null })).status).toBe(200);
    await away.close();
  });
});
