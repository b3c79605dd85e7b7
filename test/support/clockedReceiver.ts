import { fork } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import { onTestFinished } from "vitest";

/** A receiver of the calling test in a process of its own, which notes when requests arrive however busy the test is. It answers 200. */
export interface ClockedReceiver {
  readonly url: string;
  /** Milliseconds since 1970 of each arrival so far. */
  times(): Promise<number[]>;
}

export async function startClockedReceiver(): Promise<ClockedReceiver> {
  const child = fork(new URL("./arrivals.ts", import.meta.url));
  onTestFinished(() => void child.kill());
  const [port]: unknown[] = await once(child, "message");
  return {
    url: `http://127.0.0.1:${z.number().parse(port)}/`,
    async times() {
      child.send("times");
      const [times]: unknown[] = await once(child, "message");
      return z.array(z.number()).parse(times);
    },
  };
}
