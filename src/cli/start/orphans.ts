// After a kill -9 of the supervisor its children end by themselves, but not at once: they finish their requests, and
// hold the port meanwhile. The supervisor keeps a list, by which its successor knows them.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { errorCode } from "#db/embedded/errors.ts";
import { z } from "zod";
import { processIdentity } from "../../../scripts/lock.mjs";

const listSchema = z.array(z.object({ name: z.string(), pid: z.int(), identity: z.string() }));
type Entry = z.infer<typeof listSchema>[number];

/** Keeps the list of running children in a file. */
export function trackProcesses(path: string): (name: string, pid: number) => void {
  const entries = new Map<string, Entry>();
  return (name, pid) => {
    const identity = processIdentity(pid);
    if (identity === undefined) return;
    entries.set(name, { name, pid, identity });
    writeFileSync(path, JSON.stringify([...entries.values()]));
  };
}

/** Waits for the children of a killed supervisor, at most `patienceMs`, then kills them. */
export async function waitForOrphans(path: string, patienceMs: number, log: (line: string) => void): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (const { name, pid, identity } of readList(path)) {
    const lives = (): boolean => processIdentity(pid) === identity;
    if (lives()) log(`Waiting for the ${name} of an earlier start (process ${pid}) to end`);
    while (lives() && performance.now() < deadline) await delay(20);
    if (lives()) process.kill(pid, "SIGKILL");
    while (lives() && performance.now() < deadline + 1000) await delay(20);
  }
}

function readList(path: string): Entry[] {
  try {
    const parsed = listSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.data : [];
  } catch (error) {
    if (errorCode(error) === "ENOENT" || error instanceof SyntaxError) return [];
    throw error;
  }
}
