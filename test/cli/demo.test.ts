import { afterEach, expect, test } from "vitest";
import { readExamples } from "#cli/demo/examples.ts";
import { readOptions } from "#cli/demo/options.ts";
import { createProgress } from "#cli/demo/progress.ts";
import { plan } from "#cli/demo/publish.ts";
import { type DemoReceiver, type Temper, openReceiver } from "#cli/demo/receivers.ts";
import type { DemoTenant } from "#cli/demo/tenants.ts";
import { paintFor } from "#cli/terminal.ts";
import { generateSecret, importSigningKey, sign } from "#verify/index.ts";

const opened: DemoReceiver[] = [];

afterEach(() => opened.splice(0).forEach((receiver) => receiver.close()));

async function open(temper: Temper, random?: () => number): Promise<DemoReceiver> {
  const receiver = await openReceiver(temper, random);
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

test("the five documents each give at least one example, with types in their own naming", () => {
  const documents = readExamples();
  expect(documents).toHaveLength(5);
  const types = documents.map(({ examples }) => examples.map(({ type }) => type));
  expect(types.every((list) => list.length > 0)).toBe(true);
  expect(types.flat()).toEqual(
    expect.arrayContaining([
      "User.Login.Succeeded",
      "tenant.member_joined",
      "TICKET_STATUS_CHANGED",
      "UserRegistered",
      "user.competency_verified",
    ]),
  );
});

test("an event with an envelope of its own is published whole where its document asks for it, else its data alone", () => {
  const examples = readExamples().flatMap((document) => document.examples);
  const dataOf = (wanted: string) => examples.find(({ type }) => type === wanted)?.data;
  expect(dataOf("UserRegistered")).toMatchObject({ eventType: "UserRegistered", data: { userId: "user-1" } });
  expect(dataOf("tenant.member_joined")).toMatchObject({ roleName: "member" });
});

test("the healthy receiver counts what it accepts by webhook-id", async () => {
  const receiver = await open("healthy");
  const secret = generateSecret();
  receiver.trust(secret);
  expect(await deliver(receiver.url, secret, "a")).toBe(204);
  expect(await deliver(receiver.url, secret, "a")).toBe(204);
  expect(receiver.tally).toMatchObject({ requests: 2, troubled: 0, accepted: new Map([["a", 2]]) });
});

test("the flaky receiver fails a first try by an error, by silence or by a reset, and accepts the second", async () => {
  // Each pair of draws: whether to fail (below 0.2), and how.
  const draws = [0.1, 0, 0.1, 0.5, 0.1, 0.9];
  const receiver = await open("flaky", () => draws.shift() ?? 1);
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

test("the plan gives every example to every tenant, deals the others out, and names each event once", async () => {
  const tempers: Temper[] = ["healthy", "flaky", "dead"];
  const tenants: DemoTenant[] = [];
  for (const temper of tempers) {
    tenants.push({ id: temper, temper, receiver: await open(temper), published: new Set() });
  }
  const examples = readExamples().flatMap((document) => document.examples);
  const planned = plan("run", tenants, examples, 2000);
  expect(planned).toHaveLength(3 * examples.length + 2000);
  expect(new Set(planned.map(({ id }) => id)).size).toBe(planned.length);
  const counts = tempers.map((temper) => planned.filter(({ tenant }) => tenant.temper === temper).length);
  expect(counts).toEqual([1000, 700, 300].map((n) => n + examples.length));
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
