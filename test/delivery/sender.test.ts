import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { answering, drip, OK, receive, testSender, to } from "./receivers.ts";

describe("a request", () => {
  test("is a POST with the body, the headers and the user agent, and nothing that invites compression", async () => {
    const receiver = await receive();
    const body = Buffer.from('{"emoji":"😀","n":1e400}');
    const outcome = await testSender().send(to(`${receiver.url}?a=1&b=%20`, { body }));
    expect(outcome).toEqual({
      outcome: "succeeded",
      failure: null,
      status: 200,
      durationMs: expect.any(Number),
      error: null,
      responseBody: "ok",
      address: "127.0.0.1",
      retryAfter: null,
    });
    const [head = "", sent = ""] = (receiver.requests[0] ?? "").split("\r\n\r\n");
    expect(Buffer.from(sent, "latin1")).toEqual(body);
    expect(head.split("\r\n")).toEqual([
      "POST /in?a=1&b=%20 HTTP/1.1",
      `host: 127.0.0.1:${receiver.port}`,
      "connection: keep-alive",
      "user-agent: Posthorn/test",
      "content-type: application/json",
      "webhook-id: evt_1",
      `content-length: ${body.length}`,
    ]);
  });

  test("with a header that cannot be written is an outcome, not an exception", async () => {
    const receiver = await receive();
    const outcome = await testSender().send(to(receiver.url, { headers: { "x-bad": "a\nb" } }));
    expect(outcome).toMatchObject({ outcome: "failed", failure: "protocol", error: expect.stringContaining("x-bad") });
    expect(receiver.requests).toEqual([]);
  });

  test("many at once over few connections all arrive", async () => {
    const receiver = await receive();
    const sender = testSender({ connectionsPerOrigin: 8 });
    const outcomes = await Promise.all(Array.from({ length: 400 }, () => sender.send(to(receiver.url))));
    expect(outcomes.filter(({ outcome }) => outcome !== "succeeded")).toEqual([]);
    expect(receiver.requests).toHaveLength(400);
    expect(receiver.connections).toBe(8);
    expect(sender.inFlight()).toBe(0);
  });
});

describe("an answer", () => {
  test.each([200, 201, 202, 204, 226, 299])("%i is success", async (status) => {
    const receiver = await answering(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`);
    expect(await testSender().send(to(receiver.url))).toMatchObject({
      outcome: "succeeded",
      failure: null,
      status,
      error: null,
    });
  });

  test.each([300, 304, 400, 410, 418, 429, 500, 503, 599])("%i is failure by its status", async (status) => {
    const receiver = await answering(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`);
    const outcome = await testSender().send(to(receiver.url));
    expect(outcome).toMatchObject({ outcome: "failed", failure: "httpStatus", status, responseBody: null });
    expect(outcome.error).toContain(`the receiver answered ${status}`);
  });

  test("Retry-After is handed on as it came", async () => {
    const receiver = await answering("HTTP/1.1 429 X\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n");
    expect(await testSender().send(to(receiver.url))).toMatchObject({ status: 429, retryAfter: "120" });
  });

  test.each([301, 302, 303, 307, 308])("a redirect (%i) is not followed", async (status) => {
    const trap = await receive();
    const receiver = await answering(`HTTP/1.1 ${status} X\r\nlocation: ${trap.url}\r\ncontent-length: 0\r\n\r\n`);
    expect(await testSender().send(to(receiver.url))).toMatchObject({ failure: "httpStatus", status });
    expect(trap.connections).toBe(0);
  });

  test("in HTTP/1.0, ended by closing, is read", async () => {
    const receiver = await answering("HTTP/1.0 200 OK\r\n\r\nhello");
    expect(await testSender().send(to(receiver.url))).toMatchObject({ outcome: "succeeded", responseBody: "hello" });
  });

  test("after a few 103s counts", async () => {
    const receiver = await receive((socket) =>
      socket.write(`${"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n".repeat(3)}${OK}`),
    );
    expect(await testSender().send(to(receiver.url))).toMatchObject({ outcome: "succeeded", status: 200 });
  });

  test("of 2xx stays success when its body breaks off", async () => {
    const receiver = await answering("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this");
    expect(await testSender().send(to(receiver.url))).toMatchObject({
      outcome: "succeeded",
      status: 200,
      responseBody: "only this",
    });
  });

  test("of 2xx stays success when its chunks are garbage", async () => {
    const receiver = await answering("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense");
    expect(await testSender().send(to(receiver.url))).toMatchObject({ outcome: "succeeded", status: 200 });
  });

  test("of 2xx stays success when its body outlasts the deadline", async () => {
    const receiver = await receive((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
      drip(socket, "x");
    });
    const outcome = await testSender().send(to(receiver.url, { timeoutMs: 300 }));
    expect(outcome).toMatchObject({ outcome: "succeeded", status: 200 });
    expect(outcome.durationMs).toBeLessThan(1500);
    await expect.poll(() => receiver.ended).toBe(1);
  });

  test("of 5xx is failure by its status even when its body outlasts the deadline", async () => {
    const receiver = await receive((socket) => socket.write("HTTP/1.1 500 X\r\ncontent-length: 10\r\n\r\nx"));
    expect(await testSender().send(to(receiver.url, { timeoutMs: 200 }))).toMatchObject({
      failure: "httpStatus",
      status: 500,
      responseBody: "x",
    });
  });
});

describe("the excerpt of a response", () => {
  test("is text without NUL and without lone surrogates", async () => {
    const body = Buffer.from([0x61, 0x00, 0x62, 0xff, 0xed, 0xa0, 0x80, 0x63]);
    const receiver = await receive((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    });
    const { responseBody } = await testSender().send(to(receiver.url));
    expect(responseBody).toMatch(/^ab\uFFFD+c$/);
    expect(responseBody?.isWellFormed()).toBe(true);
  });

  test("has 4 KiB at most, and a character cut in two leaves no trace", async () => {
    const body = `${"a".repeat(4095)}é${"b".repeat(1000)}`;
    const receiver = await receive((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
    );
    expect((await testSender().send(to(receiver.url))).responseBody).toBe("a".repeat(4095));
  });

  test("of a 10 GiB body is read and no more: the connection ends", async () => {
    const receiver = await receive((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${10 * 2 ** 30}\r\n\r\n`);
      const block = Buffer.alloc(65_536, "x");
      const pour = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on("drain", pour);
      pour();
    });
    const outcome = await testSender().send(to(receiver.url));
    expect(outcome).toMatchObject({ outcome: "succeeded", responseBody: "x".repeat(4096) });
    await expect.poll(() => receiver.ended).toBe(1);
    expect(receiver.sockets[0]?.bytesWritten).toBeLessThan(64 * 2 ** 20);
  });

  test("of an endless body without a length is read and no more, in HTTP/1.0 too", async () => {
    const receiver = await receive((socket) => socket.write(`HTTP/1.0 200 OK\r\n\r\n${"x".repeat(200_000)}`));
    expect((await testSender().send(to(receiver.url))).responseBody).toBe("x".repeat(4096));
    await expect.poll(() => receiver.ended).toBe(1);
  });

  test("of a gzip bomb is not inflated", async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20, "a"));
    const receiver = await receive((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });
    const { responseBody } = await testSender().send(to(receiver.url));
    expect(responseBody?.length).toBeLessThanOrEqual(4096);
    expect(responseBody).not.toContain("aaaa");
  });
});
