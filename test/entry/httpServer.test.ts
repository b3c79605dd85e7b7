import { connect } from "node:net";
import { OpenAPIHono } from "@hono/zod-openapi";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ApiEnv } from "#api/env.ts";
import { systemClock } from "#domain/clock.ts";
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

test("all ways to publish are known by method and path", () => {
  const paths = ["/v1/events", "/v1/events/batch", "/v1/catalogs/shop/events", "/v1/catalogs/shop/events?type=a"];
  expect(paths.filter((path) => isPublish("POST", path))).toEqual(paths);
  const others = ["/v1/event-types", "/v1/tenants/a/events", "/v1/events/batches", "/v1/catalogs/a/b/events"];
  expect(others.filter((path) => isPublish("POST", path))).toEqual([]);
  expect(isPublish("GET", "/v1/events")).toBe(false);
});
