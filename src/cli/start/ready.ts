import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { SupervisedChild } from "./child.ts";
import { StartRefused } from "./state.ts";

const deadlineMs = 60_000;
const tailBytes = 4000;

/** Waits until the API says it is ready. Throws, with the end of the log, when a child cannot start. */
export async function waitUntilReady(
  origin: string,
  children: SupervisedChild[],
  stopping: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!stopping.aborted) {
    if (await answersReady(origin)) return;
    const broken = children.find(({ ends }) => ends.lastCode === 78 || ends.count >= 3);
    if (broken !== undefined) {
      throw new StartRefused(
        `The ${broken.name} does not start.${tailOf(broken)}`,
        broken.ends.lastCode === 78 ? 78 : 1,
      );
    }
    if (performance.now() > deadline) {
      throw new StartRefused(`Not ready after ${deadlineMs / 1000} s.${children.map(tailOf).join("")}`);
    }
    await delay(25);
  }
}

async function answersReady(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

function tailOf({ name, logPath }: SupervisedChild): string {
  if (logPath === undefined) return "";
  const tail = readFileSync(logPath).subarray(-tailBytes).toString().trim();
  return `\nThe end of ${logPath} (${name}):\n${tail}`;
}
