import { setTimeout as sleep } from "node:timers/promises";
import type { LoopLog } from "./loop.ts";

/** What a round did, and in how many milliseconds the next one is to begin. */
export interface Round {
  readonly rows: number;
  readonly pauseMs: number;
}

export interface Rounds {
  /** The next round begins now, or as soon as the present one has ended. */
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Makes rounds until stopped: each says in how many milliseconds the next one is to begin, unless it is woken before. What fails is logged
 * once, until a round succeeds again.
 */
export function startRounds(name: string, log: LoopLog, round: () => Promise<Round>): Rounds {
  const afterFailureMs = 250;
  const stopping = new AbortController();
  let woken = false;
  let napping = new AbortController();
  let failing = false;
  const turns = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      woken = false;
      let pauseMs = afterFailureMs;
      let rows = 0;
      const begun = performance.now();
      try {
        ({ pauseMs, rows } = await round());
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ loop: name, err: error }, "a round failed and will be made again");
        failing = true;
      }
      log.ran?.({ loop: name, seconds: (performance.now() - begun) / 1_000, rows, failed: failing });
      if (stopping.signal.aborted || (woken && !failing)) continue;
      napping = new AbortController();
      await sleep(pauseMs, undefined, { signal: napping.signal, ref: false }).catch(() => {});
    }
  };
  const done = turns();
  const wake = (): void => {
    woken = true;
    napping.abort();
  };
  return {
    wake,
    async stop() {
      stopping.abort();
      wake();
      await done;
    },
  };
}
