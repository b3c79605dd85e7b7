import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { processIdentity } from "../../../scripts/lock.mjs";
import { errorCode } from "./errors.ts";

/** What `postmaster.pid` says. */
export interface PidFile {
  pid: number;
  port: number;
  /** PostgreSQL writes this last, once it accepts connections. */
  ready: boolean;
}

/** Reads `postmaster.pid`; undefined when there is none or it is not complete yet. */
export function readPidFile(dataDirectory: string): PidFile | undefined {
  try {
    const lines = readFileSync(join(dataDirectory, "postmaster.pid"), "utf8").split("\n");
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    return { pid, port: Number.isInteger(port) ? port : 0, ready: lines[7]?.trim() === "ready" };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** True while the process lives; a zombie counts as dead. */
export function isAlive(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

/** True when the process was started on this data directory: process ids are reused, so a pid file alone is no proof. */
export function servesDirectory(pid: number, dataDirectory: string): boolean {
  return commandLine(pid).includes(dataDirectory);
}

/** Asks the server at `url` for its data directory, within `timeoutMs`. Undefined when it does not answer. */
export async function probe(url: string, timeoutMs = 2000): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>("show data_directory");
    return rows[0]?.data_directory;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Waits until the process is gone, at most `timeoutMs`. */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/**
 * Stops a postmaster: "fast" shutdown (sessions are cut, nothing is lost), after `fastMs` "immediate" (the next start
 * recovers from the log), at last SIGKILL.
 */
export async function stopPostmaster(pid: number, fastMs: number): Promise<void> {
  const steps = [
    { signal: "SIGINT", waitMs: fastMs },
    { signal: "SIGQUIT", waitMs: 2000 },
    { signal: "SIGKILL", waitMs: 1000 },
  ] as const;
  for (const { signal, waitMs } of steps) {
    if (!isAlive(pid)) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (errorCode(error) !== "ESRCH") throw error;
    }
    if (await waitUntilGone(pid, waitMs)) return;
  }
}

function commandLine(pid: number): string[] {
  if (process.platform !== "linux") {
    return spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout.split(/ (?=-|\/)/);
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
