import { describe, expect, test } from "vitest";
import { OK, receive, testSender, to } from "./receivers.ts";

describe("stopping", () => {
  test("a signal interrupts its own request only", async () => {
    const receiver = await receive(() => {});
    const sender = testSender();
    const controller = new AbortController();
    const other = sender.send(to(receiver.url, { timeoutMs: 400 }));
    const interrupted = sender.send(to(receiver.url, { signal: controller.signal }));
    await expect.poll(() => receiver.requests.length).toBe(2);
    controller.abort();
    expect(await interrupted).toMatchObject({ outcome: "failed", failure: "interrupted", status: null });
    expect(await other).toMatchObject({ failure: "timeout" });
  });

  test("a signal that is already aborted sends nothing", async () => {
    const receiver = await receive();
    expect(await testSender().send(to(receiver.url, { signal: AbortSignal.abort() }))).toMatchObject({
      failure: "interrupted",
    });
    expect(receiver.connections).toBe(0);
  });

  test("interrupt ends everything in flight at once, connecting and waiting requests included", async () => {
    const receiver = await receive(() => {});
    const sender = testSender({ connectionsPerOrigin: 2 });
    const outcomes = Array.from({ length: 6 }, () => sender.send(to(receiver.url)));
    expect(sender.inFlight()).toBe(6);
    sender.interrupt();
    expect((await Promise.all(outcomes)).map(({ failure }) => failure)).toEqual(
      Array.from({ length: 6 }, () => "interrupted"),
    );
    expect(sender.inFlight()).toBe(0);
  });

  test("close waits for what is in flight, and takes no more", async () => {
    const receiver = await receive((socket) => {
      setTimeout(() => socket.write(OK), 100);
    });
    const sender = testSender();
    const running = sender.send(to(receiver.url));
    await expect.poll(() => receiver.requests.length).toBe(1);
    const closing = sender.close();
    expect(await sender.send(to(receiver.url))).toMatchObject({ failure: "interrupted" });
    expect(await running).toMatchObject({ outcome: "succeeded" });
    await closing;
    expect(receiver.requests).toHaveLength(1);
  });
});
