import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "#test/clone.ts";
import { createTestDatabase, type TestDatabase } from "#test/database.ts";
import { startDropProxy } from "#test/dropProxy.ts";
import { until } from "#test/until.ts";

// Real processes: what only an entry does.
const entry = join(import.meta.dirname, "../../src/node.ts");
const operatorKey = "operator-key-of-the-tests-0123456789";
const authorization = `Bearer ${operatorKey}`;
const required = {
  POSTHORN_SECRET_KEYS: `test:${"A".repeat(43)}=`,
  POSTHORN_OPERATOR_KEY: operatorKey,
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  /** What it has written to stderr so far: JSON lines, all of them once it has ended. */
  log(): string;
  readonly ended: Promise<number | null>;
}

async function start(environment: Record<string, string>, stdio: "pipe" | "ipc" = "pipe"): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env.PATH, PORT: String(port), DATABASE_URL: database.url, ...required, ...environment },
    stdio: stdio === "ipc" ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.stderr === null) throw new Error("A pipe was asked for.");
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (written: string) => void (log += written));
  const ended = Promise.all([once(child, "exit"), once(child.stderr, "end")]).then(([[code]]) => Number(code));
  return { child, port, url: `http://127.0.0.1:${port}`, log: () => log, ended };
}

async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; body: string; ms: number }> {
  const begun = performance.now();
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
    return { status: response.status, body: await response.text(), ms: performance.now() - begun };
  } catch {
    return { status: 0, body: "", ms: performance.now() - begun };
  }
}
const ready = (api: Running) =>
  until(async () => (await ask(`${api.url}/readyz`)).status === 200, { deadlineMs: 30_000, what: "the API is ready" });
const tenant = (api: Running, id: string) =>
  ask(`${api.url}/v1/tenants/${id}`, {
    method: "PUT",
    headers: { authorization, "content-type": "application/json" },
    body: "{}",
  });

describe("the API process refuses to start", () => {
  test("without its keys, with one message and exit code 78", async () => {
    const api = await start({ POSTHORN_SECRET_KEYS: "", POSTHORN_OPERATOR_KEY: "short", POSTHORN_COLOUR: "red" });
    expect(await api.ended).toBe(78);
    const log = api.log();
    for (const name of ["POSTHORN_SECRET_KEYS", "POSTHORN_OPERATOR_KEY", "POSTHORN_COLOUR"])
      expect(log).toContain(name);
    expect(log).not.toMatch(/^\s+at /m);
  });

  test.each([
    [
      "older",
      "delete from posthorn_migrations.applied where id = (select max(id) from posthorn_migrations.applied)",
      /npm run migrate/,
    ],
    [
      "newer",
      `insert into posthorn_migrations.applied (hash, created_at) values ('x', 9000000000000);
       update posthorn.schema_compatibility set oldest = 9000000000000`,
      /upgrade this process/,
    ],
    ["missing", "drop schema posthorn_migrations cascade", /npm run migrate/],
  ])("on a schema that is %s than it knows, with a sentence", async (_, statement, sentence) => {
    const own = await createTestDatabase();
    onTestFinished(() => own.drop());
    const client = new Client({ connectionString: own.url });
    await client.connect();
    await client.query(statement);
    await client.end();
    const api = await start({ DATABASE_URL: own.url });
    expect(await api.ended).toBe(78);
    expect(api.log()).toMatch(sentence);
    expect(api.log()).not.toMatch(/^\s+at /m);
  });

  test("on a port that is taken, and says which variable changes it", async () => {
    const first = await start({});
    await ready(first);
    const second = await start({ PORT: String(first.port) });
    expect(await second.ended).toBe(1);
    expect(second.log()).toContain(`port ${first.port} is taken: choose another with PORT=`);
  });
});

describe("while the database is away", () => {
  test("writes are answered 503 within two seconds, and it recovers by itself", async () => {
    const proxy = await startDropProxy(database.url);
    const api = await start({ DATABASE_URL: proxy.url });
    await ready(api);
    expect((await tenant(api, "before")).status).toBe(201);
    proxy.cut();
    const refused = await Promise.all(Array.from({ length: 20 }, () => tenant(api, "during")));
    for (const { status, body, ms } of refused) {
      expect(status).toBe(503);
      expect(JSON.parse(body).code).toBe("unavailable");
      expect(ms).toBeLessThan(2000);
    }
    // The last answer to "is the database there" holds for a quarter of a second.
    const unready = async (): Promise<boolean> => (await ask(`${api.url}/readyz`)).status === 503;
    await until(unready, { deadlineMs: 2000, what: "the API says that it is not ready" });
    expect((await ask(`${api.url}/healthz`)).status).toBe(200);
    proxy.mend();
    await ready(api);
    expect((await tenant(api, "after")).status).toBe(201);
  });

  test("that takes statements and never answers, it is the same", async () => {
    const proxy = await startDropProxy(database.url);
    const api = await start({ DATABASE_URL: proxy.url });
    await ready(api);
    proxy.holdReplies();
    const refused = await Promise.all(Array.from({ length: 20 }, () => tenant(api, "silent")));
    expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 503));
    expect(Math.max(...refused.map(({ ms }) => ms))).toBeLessThan(2300);
  });

  test("it starts all the same, and is ready when the database is there", async () => {
    const proxy = await startDropProxy(database.url);
    proxy.cut();
    const api = await start({ DATABASE_URL: proxy.url });
    await until(async () => (await ask(`${api.url}/healthz`)).status === 200, { deadlineMs: 30_000, what: "it lives" });
    expect(JSON.parse((await ask(`${api.url}/readyz`)).body).code).toBe("notReady");
    proxy.mend();
    await ready(api);
  });

  test("and not there yet, as while a backup is restored, it waits and names what it waits for", async () => {
    const url = new URL(database.url);
    url.pathname = "/no_such_database";
    const api = await start({ DATABASE_URL: url.href });
    const isUnready = async (): Promise<boolean> => (await ask(`${api.url}/readyz`)).status === 503;
    await until(isUnready, { deadlineMs: 30_000, what: "it lives, and is not ready" });
    const names = (): boolean => /no_such_database.*waiting for the database/.test(api.log());
    await until(names, { deadlineMs: 30_000, what: "it names the database that it waits for" });
    api.child.kill("SIGTERM");
    expect(await api.ended).toBe(0);
  });
});

describe("a signal", () => {
  test("ends the process with 0 after the requests that are under way", async () => {
    const api = await start({});
    await ready(api);
    const upload = request(`${api.url}/v1/tenants/slow`, {
      method: "PUT",
      headers: { authorization, "content-type": "application/json", "content-length": "2" },
    });
    upload.write("{");
    await new Promise((resolve) => upload.once("socket", (socket: Socket) => socket.once("connect", resolve)));
    // The server must have begun to read it: another request on another connection comes after.
    expect((await ask(`${api.url}/healthz`)).status).toBe(200);
    api.child.kill("SIGTERM");
    await until(async () => (await ask(`${api.url}/readyz`)).status !== 200, { what: "it takes no more requests" });
    const answered = once(upload, "response");
    upload.end("}");
    const [response] = await answered;
    expect(response.statusCode).toBe(201);
    expect(response.headers.connection).toBe("close");
    response.resume();
    expect(await api.ended).toBe(0);
  });

  test("is not needed when the launching process is gone", async () => {
    const api = await start({}, "ipc");
    await ready(api);
    api.child.disconnect();
    expect(await api.ended).toBe(0);
  });

  test("cuts off what is still under way after POSTHORN_DRAIN_MS", async () => {
    const api = await start({ POSTHORN_DRAIN_MS: "300" });
    await ready(api);
    const stalled = connect(api.port, "127.0.0.1");
    stalled.on("error", () => {});
    stalled.write(
      `PUT /v1/tenants/x HTTP/1.1\r\nhost: a\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{`,
    );
    await once(stalled, "connect");
    expect((await ask(`${api.url}/healthz`)).status).toBe(200);
    api.child.kill("SIGINT");
    expect(await api.ended).toBe(0);
  });
});

describe("slow and large requests", () => {
  test("200 stalled uploads harm nobody else", async () => {
    const api = await start({});
    await ready(api);
    const head = `PUT /v1/tenants/stalled HTTP/1.1\r\nhost: a\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n`;
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect(api.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(`${head}content-length: 200000\r\n\r\n{"name":"`);
      onTestFinished(() => void socket.destroy());
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    const answers = [];
    for (let i = 0; i < 20; i++) answers.push(await tenant(api, `quick-${i}`));
    expect(answers.every(({ status, ms }) => status === 201 && ms < 500)).toBe(true);
  });

  test("a body that is too large gets its answer, whether it says so first or not", async () => {
    const api = await start({});
    await ready(api);
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify({ name: "x".repeat(2_000_000) });
    const declared = await ask(`${api.url}/v1/tenants/big`, { method: "PUT", headers, body });
    expect(declared).toMatchObject({ status: 413, body: expect.stringContaining("bodyTooLarge") });
    const chunked = request(`${api.url}/v1/tenants/big`, { method: "PUT", headers });
    chunked.on("error", () => {});
    const answered = once(chunked, "response");
    chunked.end(body);
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    expect((await tenant(api, "afterwards")).status).toBe(201);
  });
});

test("the log holds neither keys nor bodies, at any level", async () => {
  const api = await start({ POSTHORN_LOG_LEVEL: "debug" });
  await ready(api);
  await fetch(`${api.url}/v1/tenants/quiet`, {
    method: "PUT",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ name: "a very private name" }),
  });
  await ask(`${api.url}/v1/tenants`, { headers: { authorization: "Bearer wrong-but-secret" } });
  api.child.kill("SIGTERM");
  await api.ended;
  const log = api.log();
  expect(log).toContain("listening");
  expect(log).not.toMatch(/private name|wrong-but-secret|operator-key/);
});
