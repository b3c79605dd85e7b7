import { existsSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { ApiProcess } from "#test/processes.ts";

/** What the process has in memory, and has had at most, in MB; NaN where there is no /proc. */
export function memoryOf({ pid }: ApiProcess): { nowMb: number; peakMb: number } {
  const file = `/proc/${pid}/status`;
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const mbOf = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1]) / 1024);
  return { nowMb: mbOf("VmRSS"), peakMb: mbOf("VmHWM") };
}

/** Whether it answers, asked five times a second as who watches over it does. */
export interface HealthWatch {
  /** Ends it: the slowest answer, and what was no 200 within half a minute. */
  stop(): Promise<{ slowestMs: number; failures: string[] }>;
}

export function watchHealth(api: ApiProcess): HealthWatch {
  const stopping = new AbortController();
  const failures: string[] = [];
  let slowestMs = 0;
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const begunMs = performance.now();
      const status = await healthOf(api);
      if (status !== "200") failures.push(status);
      slowestMs = Math.max(slowestMs, performance.now() - begunMs);
      await delay(200);
    }
  };
  const done = watch();
  return {
    async stop() {
      stopping.abort();
      await done;
      return { slowestMs: Math.round(slowestMs), failures };
    },
  };
}

/** On a connection of its own, and without fetch, which gives up connecting after ten seconds. */
function healthOf({ url }: ApiProcess): Promise<string> {
  return new Promise((resolve) => {
    const asking = get(`${url}/healthz`, { agent: false, timeout: 30_000 }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(String(answer.statusCode)));
    });
    asking.once("timeout", () => asking.destroy(new Error("nothing for half a minute")));
    asking.once("error", (error) => resolve(error.message));
  });
}
