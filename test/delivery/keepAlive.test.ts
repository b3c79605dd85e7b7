import { describe, expect, test } from "vitest";
import { OK, receive, testSender, to } from "./receivers.ts";

// undici frees a connection one turn of the event loop after its response: with more than one allowed, a request sent
// right then opens another.
describe("a connection", () => {
  test("is used again", async () => {
    const receiver = await receive();
    const sender = testSender({ connectionsPerOrigin: 1 });
    for (let i = 0; i < 5; i++) expect(await sender.send(to(receiver.url))).toMatchObject({ outcome: "succeeded" });
    expect(receiver.connections).toBe(1);
  });

  test("is used again after a body that is longer than the excerpt but not long", async () => {
    const body = "x".repeat(50_000);
    const receiver = await receive((socket) =>
      socket.write(`HTTP/1.1 500 X\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
    );
    const sender = testSender({ connectionsPerOrigin: 1 });
    for (let i = 0; i < 3; i++) expect((await sender.send(to(receiver.url))).responseBody).toBe("x".repeat(4096));
    expect(receiver.connections).toBe(1);
  });

  test("is not used again when the receiver says so", async () => {
    const receiver = await receive((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`),
    );
    const sender = testSender({ connectionsPerOrigin: 1 });
    for (let i = 0; i < 3; i++) expect(await sender.send(to(receiver.url))).toMatchObject({ outcome: "succeeded" });
    expect(receiver.connections).toBe(3);
  });

  test("ends with its request where enough are open, but not at an origin that has one", async () => {
    const [busy, other] = [await receive(), await receive()];
    const sender = testSender({ connectionsPerOrigin: 1, keptConnections: 1 });
    for (let i = 0; i < 3; i++)
      for (const { url } of [busy, other]) expect(await sender.send(to(url))).toMatchObject({ outcome: "succeeded" });
    expect([busy.connections, other.connections]).toEqual([1, 3]);
    expect(busy.requests[0]).not.toMatch(/connection: close/i);
    expect(other.requests[0]).toMatch(/connection: close/i);
  });

  test("that is free again serves who waited, and a waiting request whose deadline passed is never sent", async () => {
    const receiver = await receive((socket, _request, nth) => {
      if (nth === 1) setTimeout(() => socket.write(OK), 400);
      else socket.write(OK);
    });
    const sender = testSender({ connectionsPerOrigin: 1 });
    const first = sender.send(to(receiver.url));
    const hasty = sender.send(to(receiver.url, { timeoutMs: 150 }));
    const patient = sender.send(to(receiver.url));
    expect(await hasty).toMatchObject({ failure: "timeout", error: "no connection was ready within 150 ms" });
    expect(await first).toMatchObject({ outcome: "succeeded" });
    expect(await patient).toMatchObject({ outcome: "succeeded" });
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.connections).toBe(1);
  });
});

describe("a kept connection that turns out dead", () => {
  test.each(["reset", "closed"])(
    "because it was %s gets a second try on a fresh one, which delivers once",
    async (how) => {
      const answered: number[] = [];
      const receiver = await receive((socket, _request, nth) => {
        // The second request comes on the kept connection, which dies under it without an answer.
        if (nth === 2) return how === "reset" ? socket.resetAndDestroy() : socket.end();
        answered.push(nth);
        return socket.write(OK);
      });
      const sender = testSender({ connectionsPerOrigin: 1 });
      const first = await sender.send(to(receiver.url));
      const second = await sender.send(to(receiver.url));
      expect(first.retriedSocket).toBeUndefined();
      expect(second).toMatchObject({ outcome: "succeeded", status: 200, retriedSocket: true, address: "127.0.0.1" });
      expect(answered).toEqual([1, 3]);
      expect(receiver.connections).toBe(2);
    },
  );

  test("gets no third try", async () => {
    const receiver = await receive((socket, _request, nth) =>
      nth === 1 ? socket.write(OK) : socket.resetAndDestroy(),
    );
    const sender = testSender({ connectionsPerOrigin: 1 });
    await sender.send(to(receiver.url));
    expect(await sender.send(to(receiver.url))).toMatchObject({
      outcome: "failed",
      failure: "connection",
      retriedSocket: true,
    });
    expect(receiver.requests).toHaveLength(3);
  });

  test("gets no second try once a byte of the response came", async () => {
    const receiver = await receive((socket, _request, nth) => (nth === 1 ? socket.write(OK) : socket.end("HTT")));
    const sender = testSender({ connectionsPerOrigin: 1 });
    await sender.send(to(receiver.url));
    const outcome = await sender.send(to(receiver.url));
    expect(outcome).toMatchObject({ outcome: "failed", status: null });
    expect(outcome.retriedSocket).toBeUndefined();
    expect(receiver.requests).toHaveLength(2);
  });

  test("gets no second try after a timeout, nor does a fresh one after a reset", async () => {
    const receiver = await receive((socket, _request, nth) => {
      if (nth === 1) socket.resetAndDestroy();
      else if (nth === 2) socket.write(OK);
    });
    const sender = testSender({ connectionsPerOrigin: 1 });
    expect(await sender.send(to(receiver.url))).toMatchObject({ failure: "connection" });
    expect(await sender.send(to(receiver.url))).toMatchObject({ outcome: "succeeded" });
    expect(await sender.send(to(receiver.url, { timeoutMs: 200 }))).toMatchObject({ failure: "timeout" });
    expect(receiver.requests).toHaveLength(3);
  });

  test("counts the second try within the same deadline", async () => {
    const receiver = await receive((socket, _request, nth) => {
      if (nth === 1) socket.write(OK);
      else if (nth === 2) socket.resetAndDestroy();
    });
    const sender = testSender({ connectionsPerOrigin: 1 });
    await sender.send(to(receiver.url));
    const outcome = await sender.send(to(receiver.url, { timeoutMs: 300 }));
    expect(outcome).toMatchObject({ failure: "timeout", retriedSocket: true });
    expect(outcome.durationMs).toBeLessThan(1500);
  });
});
