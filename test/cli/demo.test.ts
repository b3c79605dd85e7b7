import { afterEach, expect, test } from "vitest";
import { readOptions } from "#cli/demo/options.ts";
import { createProgress } from "#cli/demo/progress.ts";
import { type DemoReceiver, type ReceiverOptions, type Temper, openReceiver } from "#cli/demo/receivers.ts";
import { paintFor } from "#cli/terminal.ts";
import { generateSecret, importSigningKey, sign } from "#verify/index.ts";

const opened: DemoReceiver[] = [];

afterEach(() => opened.splice(0).forEach((receiver) => receiver.close()));

async function open(temper: Temper, options?: ReceiverOptions): Promise<DemoReceiver> {
  const receiver = await openReceiver(temper, options);
  opened.push(receiver);
  return receiver;
}

async function deliver(url: string, secret: string, id: string): Promise<number> {
  const [timestamp, body] = [Math.floor(Date.now() / 1000), "{}"];
  const signature = await sign({ id, timestamp, body }, await importSigningKey(secret));
  const headers = { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  const response = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(500) });
  await response.body?.cancel();
  return response.status;
}

test("the healthy receiver counts what it accepts by webhook-id, and has each body inspected", async () => {
  const inspected: string[] = [];
  const receiver = await open("healthy", { inspect: (id, body) => inspected.push(`${id} ${body}`) });
  const secret = generateSecret();
  receiver.trust(secret);
  expect(await deliver(receiver.url, secret, "a")).toBe(204);
  expect(await deliver(receiver.url, secret, "a")).toBe(204);
  expect(receiver.tally).toMatchObject({ requests: 2, troubled: 0, accepted: new Map([["a", 2]]) });
  expect(inspected).toEqual(["a {}", "a {}"]);
});

test("the flaky receiver fails a first try by an error, by silence or by a reset, and accepts the second", async () => {
  // Each pair of draws: whether to fail (below 0.2), and how.
  const draws = [0.1, 0, 0.1, 0.5, 0.1, 0.9];
  const receiver = await open("flaky", { random: () => draws.shift() ?? 1 });
  const secret = generateSecret();
  receiver.trust(secret);
  expect(await deliver(receiver.url, secret, "error")).toBe(500);
  await expect(deliver(receiver.url, secret, "silence")).rejects.toThrow(/timeout/i);
  await expect(deliver(receiver.url, secret, "reset")).rejects.toThrow("fetch failed");
  for (const id of ["error", "silence", "reset"]) expect(await deliver(receiver.url, secret, id)).toBe(204);
  expect(receiver.tally).toMatchObject({ troubled: 3, requests: 6 });
});

test("nothing listens at the dead receiver", async () => {
  const receiver = await open("dead");
  await expect(deliver(receiver.url, generateSecret(), "a")).rejects.toThrow("fetch failed");
});

test("a request whose signature does not hold is not accepted, and is remembered", async () => {
  const receiver = await open("healthy");
  receiver.trust(generateSecret());
  expect(await deliver(receiver.url, generateSecret(), "a")).toBe(400);
  expect(receiver.tally.accepted.size).toBe(0);
  expect(receiver.tally.badSignatures).toHaveLength(1);
});

test("progress is plain lines where there is no terminal, one every two seconds and one at the end", () => {
  const said: string[] = [];
  let nowMs = 0;
  const stream = Object.assign(Object.create(process.stdout), {
    isTTY: false,
    write: (text: string) => said.push(text),
  });
  const show = createProgress(stream, paintFor(stream, {}), () => nowMs);
  const tenants = [{ name: "flaky", published: 1000, delivered: 10, failed: 0, troubled: 2 }];
  for (; nowMs < 4000; nowMs += 100) show(tenants);
  show(tenants, true);
  expect(said).toHaveLength(3);
  expect(said[0]).toBe("   0 s  flaky 10 of 1,000 delivered, 2 first tries failed\n");
});

test("progress counts what arrived before its publisher's 202, and its bar stays in its width", () => {
  const said: string[] = [];
  const show = (isTTY: boolean): void => {
    const stream = Object.assign(Object.create(process.stdout), { isTTY, write: (text: string) => said.push(text) });
    createProgress(
      stream,
      paintFor({ isTTY: false }, {}),
      () => 0,
    )([{ name: "flaky", published: 1, delivered: 3, failed: 0, troubled: 0 }], true);
  };
  show(false);
  show(true);
  expect(said[0]).toBe("   0 s  flaky 3 of 3 delivered\n");
  expect(said[1]).toContain(`${"█".repeat(28)}  3 of 3 delivered`);
});

test("colours stay away where NO_COLOR is set or no terminal listens", () => {
  expect(paintFor({ isTTY: true }, {}).good("yes")).toBe("\u001B[32myes\u001B[39m");
  expect(paintFor({ isTTY: true }, { NO_COLOR: "1" }).good("yes")).toBe("yes");
  expect(paintFor({ isTTY: false }, {}).good("yes")).toBe("yes");
});

test("options that cannot be used are refused with a sentence", () => {
  expect(() => readOptions(["--events", "many"], {})).toThrow("--events must be a whole number up to 20000");
  expect(() => readOptions(["--url", "localhost"], {})).toThrow("--url must begin with http:// or https://");
  expect(readOptions([], { PORT: "9090" })).toMatchObject({ origin: "http://127.0.0.1:9090", named: false });
});
