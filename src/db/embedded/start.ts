import { spawn } from "node:child_process";
import {
  closeSync,
  fchownSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { lock } from "../../../scripts/lock.mjs";
import { errorCode } from "./errors.ts";
import { type Cluster, databaseName, prepareCluster } from "./cluster.ts";
import { isAlive, probe, readPidFile, servesDirectory, stopPostmaster } from "./postmaster.ts";
import { type Settings, embeddedSettings, settingArguments } from "./settings.ts";

/** How to run an embedded server. */
export interface EmbeddedOptions {
  /** Holds the data (`postgres/`), its log, port and password. Made when missing. */
  directory: string;
  /** Takes one line for a person, for what is out of the ordinary. */
  log: (line: string) => void;
  /** Over the defaults of `embeddedSettings`. */
  settings?: Settings;
}

/** A running PostgreSQL 18 on loopback. It outlives this process unless stopped. */
export interface EmbeddedPostgres {
  /** Superuser, database `posthorn`. */
  url: string;
  port: number;
  /** The postmaster's process id. */
  pid: number;
  /** True when a server that survived an earlier process was found. */
  reused: boolean;
  /** False once the postmaster is gone. */
  isRunning(): boolean;
  /** Fast shutdown; immediate after `fastMs` (default 6,000). Ends within `fastMs` + 3 s. */
  stop(options?: { fastMs?: number }): Promise<void>;
}

const startDeadlineMs = 120_000;
const maxLogBytes = 10 * 1024 * 1024;

/**
 * Runs the PostgreSQL of this directory: reuses the one that still runs on it, else starts it, first making its data.
 * Safe to call from several processes: they take turns. Throws an Error with a sentence for a person.
 */
export async function startEmbedded({ directory, log, settings = {} }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const held = await lock(join(directory, "postgres.lock"));
  try {
    const cluster = prepareCluster(directory, log);
    const survivor = await findSurvivor(cluster);
    const server = survivor ?? (await launch(realpathSync(directory), cluster, { ...embeddedSettings, ...settings }));
    await ensureDatabase(cluster, server.port);
    return {
      ...server,
      url: urlOf(cluster, server.port, databaseName),
      reused: survivor !== undefined,
      isRunning: () => isAlive(server.pid),
      stop: ({ fastMs = 6000 } = {}) => stopPostmaster(server.pid, fastMs),
    };
  } finally {
    held.release();
  }
}

// The postmaster outlives a kill -9 of the process that started it. While it is starting, recovering or shutting down
// it does not answer yet: wait for either outcome.
async function findSurvivor(cluster: Cluster): Promise<{ pid: number; port: number } | undefined> {
  const deadline = performance.now() + startDeadlineMs;
  while (performance.now() < deadline) {
    const found = readPidFile(cluster.dataDirectory);
    if (found === undefined || !isAlive(found.pid)) break;
    const serves = await probe(urlOf(cluster, found.port, "postgres"));
    if (serves === cluster.dataDirectory) return { pid: found.pid, port: found.port };
    if (!servesDirectory(found.pid, cluster.dataDirectory)) break;
    await delay(50);
  }
  // Its process is dead or something else by now. PostgreSQL itself would refuse to start if a process of the same
  // user happened to have got that id.
  rmSync(join(cluster.dataDirectory, "postmaster.pid"), { force: true });
  return undefined;
}

async function launch(directory: string, cluster: Cluster, settings: Settings): Promise<{ pid: number; port: number }> {
  const portFile = join(directory, "postgres-port");
  let port = await freePort(readPort(portFile));
  const deadline = performance.now() + startDeadlineMs;
  for (;;) {
    const logFile = openLog(directory, cluster);
    const outcome = await run(cluster, port, settings, logFile);
    if ("pid" in outcome) {
      writeFileSync(portFile, `${port}\n`);
      return { pid: outcome.pid, port };
    }
    const reason = outcome.failure;
    const mayPass = /pre-existing shared memory|could not bind|could not create any TCP|Address already in use/;
    if (!mayPass.test(reason) || performance.now() > deadline) {
      throw new Error(`PostgreSQL did not start; its log is ${logFile.path}\n${reason}`);
    }
    // Either the sessions of a killed postmaster are still ending, or somebody took the port in between.
    await delay(200);
    port = await freePort(undefined);
  }
}

interface LogFile {
  path: string;
  descriptor: number;
  offset: number;
}

// Its own session (detached): a Ctrl-C in the terminal must not reach it before its clients have ended.
async function run(
  cluster: Cluster,
  port: number,
  settings: Settings,
  log: LogFile,
): Promise<{ pid: number } | { failure: string }> {
  const flags = ["-D", cluster.dataDirectory, "-p", String(port), ...settingArguments(settings)];
  const { command, args, options } = cluster.account.invoke(cluster.binaries.postgres, flags);
  const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", log.descriptor, log.descriptor] });
  closeSync(log.descriptor);
  const ended: string[] = [];
  child.once("error", (error) => ended.push(error.message));
  child.once("exit", (code, signal) => ended.push(`It ended (${signal ?? `exit ${code}`}).`));
  child.unref();
  const deadline = performance.now() + startDeadlineMs;
  while (ended.length === 0) {
    const file = readPidFile(cluster.dataDirectory);
    if (file?.ready && file.pid === child.pid) return { pid: file.pid };
    if (performance.now() > deadline) break;
    await delay(10);
  }
  if (child.pid !== undefined) await stopPostmaster(child.pid, 1000);
  const what = ended[0] ?? `It did not accept connections within ${startDeadlineMs / 1000} s.`;
  return { failure: `${what}\n${readFileSync(log.path).subarray(log.offset).toString().trim()}` };
}

function openLog(directory: string, { account }: Cluster): LogFile {
  const path = join(directory, "postgres.log");
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const descriptor = openSync(path, size > maxLogBytes ? "w" : "a", 0o600);
  if (account.owner) fchownSync(descriptor, account.owner.uid, account.owner.gid);
  return { path, descriptor, offset: size > maxLogBytes ? 0 : size };
}

async function ensureDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new Client({ connectionString: urlOf(cluster, port, "postgres"), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [databaseName]);
    if (rowCount === 0) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}

function urlOf({ password }: Cluster, port: number, database: string): string {
  return `postgres://${databaseName}:${password}@127.0.0.1:${port}/${database}`;
}

// Keeping the last port lets processes that know its URL reconnect after a restart.
async function freePort(preferred: number | undefined): Promise<number> {
  for (const port of preferred === undefined ? [0] : [preferred, 0]) {
    const got = await tryListen(port);
    if (got !== undefined) return got;
  }
  throw new Error("No free port on 127.0.0.1.");
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
    });
  });
}

function readPort(path: string): number | undefined {
  try {
    const port = Number(readFileSync(path, "utf8"));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
