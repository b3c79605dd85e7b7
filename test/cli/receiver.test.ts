import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { type Arrival, block } from "#cli/receiver/block.ts";
import { indentJson } from "#cli/receiver/indent.ts";
import { createReceiver } from "#cli/receiver/server.ts";
import { paintFor } from "#cli/terminal.ts";
import { generateSecret, importSigningKey, sign } from "#verify/index.ts";

const plain = paintFor({ isTTY: false }, {});
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listening(secrets: string[], settings: { status?: number; failFirst?: number } = {}) {
  const arrivals: Arrival[] = [];
  const server = createReceiver({
    secrets,
    status: settings.status ?? 204,
    failFirst: settings.failFirst ?? 0,
    onArrival: (arrival) => arrivals.push(arrival),
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const port = address.port;
  return { arrivals, url: `http://127.0.0.1:${port}/`, port };
}

async function deliver(url: string, secret: string, body: string, id = "evt_1"): Promise<number> {
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = await sign({ id, timestamp, body }, await importSigningKey(secret));
  const headers = { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  const response = await fetch(url, { method: "POST", body, headers });
  await response.text();
  return response.status;
}

test("a request signed with the given secret is shown as one whose signature holds", async () => {
  const secret = generateSecret();
  const { arrivals, url } = await listening([secret]);
  expect(await deliver(url, secret, '{"type":"user.created","data":{"amount":1.0}}')).toBe(204);
  expect(arrivals).toHaveLength(1);
  const text = arrivals.map((arrival) => block(arrival, plain)).join("");
  expect(text).toContain("user.created  evt_1");
  expect(text).toContain("signature  holds (v1, the secret)");
  expect(text).toContain('"amount": 1.0');
});

test("a request signed with another secret is shown as one whose signature does not hold, with the reason", async () => {
  const { arrivals, url } = await listening([generateSecret()]);
  await deliver(url, generateSecret(), "{}");
  const text = arrivals.map((arrival) => block(arrival, plain)).join("");
  expect(text).toContain("does NOT hold");
  expect(text).toContain("(noMatchingSignature)");
});

test("while a secret is rotated, either of two secrets holds, and the block says which", async () => {
  const [before, after] = [generateSecret(), generateSecret()];
  const { arrivals, url } = await listening([before, after]);
  await deliver(url, after, "{}");
  expect(arrivals[0]?.signature).toEqual({ verdict: "holds", version: "v1", secret: "secret 2" });
});

test("without a secret nothing is claimed about the signature", async () => {
  const { arrivals, url } = await listening([]);
  await deliver(url, generateSecret(), "{}");
  expect(arrivals.map((arrival) => block(arrival, plain)).join("")).toContain("signature  not checked");
});

test("the first requests can be made to fail, and a webhook that comes again is called so", async () => {
  const secret = generateSecret();
  const { arrivals, url } = await listening([secret], { failFirst: 1, status: 200 });
  expect([await deliver(url, secret, "{}"), await deliver(url, secret, "{}")]).toEqual([500, 200]);
  expect(arrivals.map((arrival) => arrival.times)).toEqual([1, 2]);
  expect(arrivals.map((arrival) => block(arrival, plain)).join("")).toContain("time 2: sent again");
});

test("control characters in what arrives cannot steer the terminal", async () => {
  const { arrivals, url } = await listening([]);
  await deliver(url, generateSecret(), "not JSON \u001B[2J\u009B1A");
  const text = arrivals.map((arrival) => block(arrival, plain)).join("");
  expect(text).toContain(String.raw`not JSON \x1b[2J\x9b1A`);
});

test("a long body is shown in part", async () => {
  const { arrivals, url } = await listening([]);
  await deliver(url, generateSecret(), JSON.stringify(Array.from({ length: 500 }, (_, n) => n)));
  const text = arrivals.map((arrival) => block(arrival, plain)).join("");
  expect(text.split("\n").length).toBeLessThan(50);
  expect(text).toContain("more lines");
});

test("JSON is laid out with every number and every string as it arrived", () => {
  const text = '{"b":1.0,"a":[1e400,12345678901234567890],"s":"a,{\\"b\\":[]}","empty":{},"none":[]}';
  const laidOut = indentJson(text);
  expect(laidOut.split("\n")).toHaveLength(10);
  expect(laidOut.replaceAll(/\n *|(?<=":) /g, "")).toBe(text);
});

test("a taken port is one line that names the option to change it", async () => {
  const { port } = await listening([]);
  const child = spawn(process.execPath, ["src/cli/receiver.ts", "--port", String(port)]);
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const [code] = await once(child, "close");
  expect(code).toBe(1);
  expect(Buffer.concat(said).toString()).toBe(`receiver: port ${port} is taken: choose another with --port\n`);
});

test("an event that comes to two paths is two endpoints' and not a repetition", async () => {
  const secret = generateSecret();
  const { arrivals, url } = await listening([secret]);
  await deliver(`${url}one`, secret, "{}");
  await deliver(`${url}two`, secret, "{}");
  expect(arrivals.map((arrival) => arrival.times)).toEqual([1, 1]);
  expect(arrivals.map((arrival) => block(arrival, plain)).join("")).toContain("for the first time at /two");
});
