import { describe, expect, test } from "vitest";
import { answering, drip, receive, testSender, to } from "./receivers.ts";

describe("a receiver that misbehaves", () => {
  test("and never answers costs the deadline and no more", async () => {
    const receiver = await receive(() => {});
    const outcome = await testSender().send(to(receiver.url, { timeoutMs: 200 }));
    expect(outcome).toMatchObject({
      failure: "timeout",
      status: null,
      address: "127.0.0.1",
      error: "no response came within 200 ms",
    });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(190);
    expect(outcome.durationMs).toBeLessThan(1500);
    await expect.poll(() => receiver.ended).toBe(1);
  });

  test("and drips its headers costs the deadline", async () => {
    const receiver = await receive((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nx: ");
      drip(socket, "y");
    });
    expect(await testSender().send(to(receiver.url, { timeoutMs: 300 }))).toMatchObject({
      failure: "timeout",
      status: null,
    });
  });

  test("and drips 103s for ever costs the deadline", async () => {
    const receiver = await receive((socket) => drip(socket, "HTTP/1.1 103 Early Hints\r\n\r\n"));
    expect(await testSender().send(to(receiver.url, { timeoutMs: 300 }))).toMatchObject({
      failure: "timeout",
      status: null,
    });
  });

  test("and pours out 103s is cut off", async () => {
    const receiver = await receive((socket) => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500)));
    const outcome = await testSender().send(to(receiver.url));
    expect(outcome).toMatchObject({ failure: "protocol", error: expect.stringContaining("interim") });
  });

  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["a status line without a number", "HTTP/1.1 OK\r\n\r\n"],
    ["two content lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    ["headers without end", `HTTP/1.1 200 OK\r\n${"x: yyyyyyyyyyyyyyyy\r\n".repeat(2000)}`],
    [
      "an upgrade nobody asked for",
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    ],
  ])("and speaks %s is a protocol failure", async (_name, text) => {
    const receiver = await answering(text);
    expect(await testSender().send(to(receiver.url))).toMatchObject({
      outcome: "failed",
      failure: "protocol",
      status: null,
    });
  });

  test("and resets the connection is a connection failure", async () => {
    const receiver = await receive((socket) => socket.resetAndDestroy());
    expect(await testSender().send(to(receiver.url))).toMatchObject({
      failure: "connection",
      status: null,
      address: "127.0.0.1",
    });
  });

  test("and half-closes before it answers is a connection failure", async () => {
    const receiver = await receive(
      () => {},
      (socket) => socket.end(),
    );
    expect(await testSender().send(to(receiver.url))).toMatchObject({ failure: "connection", status: null });
  });

  test("and answers before it has read everything is heard", async () => {
    const receiver = await receive(
      () => {},
      (socket) => socket.write("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"),
    );
    const outcome = await testSender().send(to(receiver.url, { body: "x".repeat(2 ** 20) }));
    expect(outcome.outcome).toBe("failed");
    expect(["httpStatus", "connection", "protocol"]).toContain(outcome.failure);
  });
});
