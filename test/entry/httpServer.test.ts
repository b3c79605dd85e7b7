import { connect } from "node:net";
import { OpenAPIHono } from "@hono/zod-openapi";
import { describe, expect, onTestFinished, test } from "vitest";
import { createBodyReader } from "#api/body.ts";
import type { ApiEnv } from "#api/env.ts";
import { systemClock } from "#domain/clock.ts";
import { Problem } from "#domain/problems.ts";
import { freePort } from "#test/clone.ts";
import { until } from "#test/until.ts";
import { createHttpServer } from "../../src/entry/httpServer.ts";
import { createRefusals, isPublish } from "../../src/entry/refusals.ts";

interface Served {
  readonly port: number;
  readonly said: object[];
  readonly counted: string[];
}

/** A server on loopback, before an API that only counts. */
async function serve(isFull: () => boolean): Promise<Served> {
  const said: object[] = [];
  const counted: string[] = [];
  const refusals = createRefusals({
    clock: systemClock,
    log: { warn: (fields) => said.push(fields) },
    metrics: {
      published: (result) => counted.push(`published ${result}`),
      turnedAway: (method) => counted.push(`turned away ${method}`),
      answered: () => {},
      text: async () => ({ body: "", contentType: "text/plain" }),
    },
  });
  const api = new OpenAPIHono<ApiEnv>();
  api.all("*", (c) => c.text("handled"));
  const server = createHttpServer({ api, refusals, maxWaitMs: 1_000, isFull });
  const port = await freePort();
  await server.listen(port, "127.0.0.1");
  onTestFinished(() => server.drain(0));
  return { port, said, counted };
}

/** Sends these bytes and reads until the connection ends. */
function say(port: number, text: string): Promise<{ head: string; body: unknown }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => (answer += String(chunk)));
    socket.on("error", reject);
    socket.on("close", () => {
      const [head = "", body = ""] = answer.split("\r\n\r\n");
      resolve({ head, body: body.startsWith("{") ? JSON.parse(body) : body });
    });
  });
}

describe("what is no HTTP request", () => {
  test.each([
    ["nonsense", "GET / HTTP/9.9\r\n\r\n", 400, "malformedRequest"],
    ["a header without a colon", "GET / HTTP/1.1\r\nhost: a\r\nnonsense\r\n\r\n", 400, "malformedRequest"],
    ["too many headers", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, 431, "headersTooLarge"],
  ])("%s is answered with a problem, and the connection ends", async (_, text, status, code) => {
    const { port } = await serve(() => false);
    const { head, body } = await say(port, text);
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain("\r\ncontent-type: application/problem+json");
    expect(head).toContain("\r\nconnection: close");
    expect(body).toMatchObject({ status, code, requestId: expect.stringMatching(/^req_[0-9a-z]{26}$/) });
  });
});

describe("while events would wait too long", () => {
  const head = "host: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

  test("publishes are turned away unread, with a problem that says when to come again", async () => {
    const { port, said, counted } = await serve(() => true);
    const { head: answer, body } = await say(port, `POST /v1/events HTTP/1.1\r\n${head}`);
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(answer).toContain("\r\nretry-after: 1");
    expect(answer).toContain("\r\ncontent-type: application/problem+json");
    expect(body).toMatchObject({ status: 503, code: "overloaded" });
    expect(counted).toEqual(["turned away POST", "published overloaded"]);
    await until(() => said.length > 0, { what: "it is in the log, once a second" });
    expect(said).toEqual([{ requests: 1, code: "overloaded" }]);
  });

  test.each(["GET /v1/tenants", "POST /v1/tenants/a/endpoints", "GET /healthz"])("%s is handled", async (line) => {
    const { port } = await serve(() => true);
    expect(await say(port, `${line} HTTP/1.1\r\n${head}`)).toMatchObject({ body: "handled" });
  });
});

/** A caller that sends this and never ends its side of the connection. */
function linger(port: number, text: string) {
  const caller = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => caller.write(text));
  const seen = { answer: "" };
  caller.on("data", (chunk) => (seen.answer += String(chunk)));
  caller.on("error", () => {});
  onTestFinished(() => void caller.destroy());
  return { caller, seen };
}

/** A server that reads bodies as the API does, 256 KiB of them at once. */
async function serveReading() {
  const handled: number[] = [];
  const problems: unknown[] = [];
  const api = new OpenAPIHono<ApiEnv>();
  const read = createBodyReader(262_144);
  api.post("*", async (c) => {
    try {
      handled.push((await read(c, 262_144)).length);
    } catch (error) {
      problems.push(error instanceof Problem ? error.code : error);
    }
    return c.text("read");
  });
  const refusals = createRefusals({ clock: systemClock, log: { warn: () => {} } });
  const server = createHttpServer({ api, refusals, maxWaitMs: 1_000, isFull: () => false, requestTimeoutMs: 500 });
  const port = await freePort();
  await server.listen(port, "127.0.0.1");
  onTestFinished(() => server.drain(0));
  return { port, handled, problems };
}

const post = (length: number) => `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`;

describe("a caller that never ends its connection", () => {
  test.each([
    ["a part of a head", "POST / HTTP/1.1\r\nhost: a\r\n", 408],
    ["a part of a body", `${post(204_800)}${"x".repeat(100_000)}`, 408],
    ["a small part of a small body", `${post(1_000)}x`, 408],
    ["nonsense", "GET / HTTP/9.9\r\n\r\n", 400],
  ])("is cut off after %s", async (_, text, status) => {
    const { port } = await serveReading();
    const { caller, seen } = linger(port, text);
    await until(() => seen.answer !== "", { what: "the answer" });
    expect(seen.answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    // What is sent into a connection that is closed comes back as a reset.
    await until(() => (caller.write("x"), caller.destroyed), { what: "the connection is gone", deadlineMs: 5_000 });
  });

  test("gives back what its body held, and what comes after the 408 is not carried out", async () => {
    const { port, handled, problems } = await serveReading();
    const stalled = [1, 2, 3].map(() => linger(port, `${post(80_000)}${"x".repeat(79_999)}`));
    await until(() => stalled.every(({ seen }) => seen.answer !== ""), { what: "the answers" });
    for (const { caller } of stalled) caller.write("x");
    await until(() => problems.length === 3, { what: "all bodies are settled" });
    expect(handled).toEqual([]);
    expect(problems).toEqual(["malformedJson", "malformedJson", "malformedJson"]);
    await say(port, `${post(250_000).replace("host: a", "host: a\r\nconnection: close")}${"x".repeat(250_000)}`);
    expect(handled).toEqual([250_000]);
  });

  test("keeps nobody out with lengths that it only declares", async () => {
    const { port, handled } = await serveReading();
    for (let i = 0; i < 20; i++) linger(port, `${post(200_000)}${"x".repeat(200)}`);
    await say(port, `${post(150_000).replace("host: a", "host: a\r\nconnection: close")}${"x".repeat(150_000)}`);
    expect(handled).toEqual([150_000]);
  });
});

test("all ways to publish are known by method and path", () => {
  const paths = ["/v1/events", "/v1/events/batch", "/v1/catalogs/shop/events", "/v1/catalogs/shop/events?type=a"];
  expect(paths.filter((path) => isPublish("POST", path))).toEqual(paths);
  const others = ["/v1/event-types", "/v1/tenants/a/events", "/v1/events/batches", "/v1/catalogs/a/b/events"];
  expect(others.filter((path) => isPublish("POST", path))).toEqual([]);
  expect(isPublish("GET", "/v1/events")).toBe(false);
});
