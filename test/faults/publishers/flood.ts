import { spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { floodResult, type FloodOptions, type FloodResult } from "./floodMessages.ts";

/** Publishes at a fixed rate, whatever the answers are, from a process of its own. */
export async function flood(options: FloodOptions): Promise<FloodResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "floodProcess.ts"), JSON.stringify(options)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("message", (message) => resolve(floodResult.parse(message)));
    child.once("exit", (code) => reject(new Error(`the flood ended with ${code} before it told what it saw`)));
  });
}

/** The time within which that part of the accepted was answered. */
export function percentileMs({ accepted }: FloodResult, part: number): number {
  const sorted = accepted.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
