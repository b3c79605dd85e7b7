import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { isAlive } from "#db/embedded/postmaster.ts";
import { type EmbeddedPostgres, startEmbedded } from "#db/embedded/start.ts";
import { fastestFolder } from "#test/folder.ts";
import { until } from "#test/until.ts";

const quiet = (): void => {};

test("the data, the password and the port are kept from one start to the next", async () => {
  const directory = newDirectory();
  const first = await startIn(directory);
  await query(first.url, "create table kept (word text)");
  await query(first.url, "insert into kept values ('here')");
  await first.stop();
  const second = await startIn(directory);
  expect(await query(second.url, "select word from kept")).toEqual([{ word: "here" }]);
  expect(second.url).toBe(first.url);
  expect(second.reused).toBe(false);
  expect(statSync(join(directory, "postgres-password")).mode & 0o777).toBe(0o600);
});

test("it is real PostgreSQL 18, syncs to disk, and listens on loopback only", async () => {
  const { url } = await startIn(newDirectory());
  const rows = await query(
    url,
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync,
       current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets`,
  );
  expect(rows).toEqual([{ version: 18, fsync: "on", addresses: "127.0.0.1", sockets: "" }]);
});

test("a wrong password is refused", async () => {
  const { url } = await startIn(newDirectory());
  const wrong = new URL(url);
  wrong.password = "guessed";
  await expect(query(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
});

test("a server that survived its starter is found and used again", async () => {
  const directory = newDirectory();
  const first = await startIn(directory);
  const second = await startIn(directory);
  expect(second).toMatchObject({ reused: true, pid: first.pid, url: first.url });
});

test("two starts at once end up with one server", async () => {
  const directory = newDirectory();
  const [one, two] = await Promise.all([startIn(directory), startIn(directory)]);
  expect(one.pid).toBe(two.pid);
});

test("after kill -9 of the server, what was committed is there on the next start", async () => {
  const directory = newDirectory();
  const first = await startIn(directory);
  await query(first.url, "create table kept as select 1 as n");
  process.kill(first.pid, "SIGKILL");
  await until(() => !first.isRunning(), { what: "the killed server is gone" });
  const second = await startIn(directory);
  expect(second.reused).toBe(false);
  expect(await query(second.url, "select n from kept")).toEqual([{ n: 1 }]);
});

test("a stale pid file that names a stranger's process does not stop the start, nor the stranger", async () => {
  const directory = newDirectory();
  const first = await startIn(directory);
  const pidFile = join(directory, "postgres", "postmaster.pid");
  const lines = readFileSync(pidFile, "utf8").split("\n");
  await first.stop();
  const stranger = spawn("sleep", ["60"]);
  onTestFinished(() => void stranger.kill());
  writeFileSync(pidFile, [String(stranger.pid), ...lines.slice(1)].join("\n"));
  const second = await startIn(directory);
  expect(second.reused).toBe(false);
  expect(isAlive(stranger.pid ?? 0)).toBe(true);
});

test("a copy of a running clone's folder gets a server of its own", async () => {
  const directory = newDirectory();
  const original = await startIn(directory);
  const copy = newDirectory();
  rmSync(copy, { recursive: true });
  await original.stop();
  cpSync(directory, copy, { recursive: true });
  const restarted = await startIn(directory);
  cpSync(join(directory, "postgres", "postmaster.pid"), join(copy, "postgres", "postmaster.pid"));
  const copied = await startIn(copy);
  expect(copied.reused).toBe(false);
  expect(copied.port).not.toBe(restarted.port);
  expect(restarted.isRunning()).toBe(true);
});

test("what a killed initdb left behind is removed, and the data is made afresh", async () => {
  const directory = newDirectory();
  const leftover = join(directory, "postgres.draft-killed", "data");
  cpSync(import.meta.dirname, leftover, { recursive: true });
  const { url } = await startIn(directory);
  expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
  expect(readdirSync(directory).filter((name) => name.includes("draft"))).toEqual([]);
});

test("stopping cuts open sessions and leaves no process and no pid file", async () => {
  const directory = newDirectory();
  const server = await startIn(directory);
  const session = new Client({ connectionString: server.url });
  session.on("error", quiet);
  await session.connect();
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
  expect(existsSync(join(directory, "postgres", "postmaster.pid"))).toBe(false);
});

function newDirectory(): string {
  const directory = mkdtempSync(join(fastestFolder(), "posthorn-embedded-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function startIn(directory: string): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({ directory, log: quiet });
  onTestFinished(() => server.stop({ fastMs: 1000 }));
  return server;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
