import { setTimeout as sleep } from "node:timers/promises";

export interface Loop {
  stop(): Promise<void>;
}

/** What a step did. */
export interface Turn {
  readonly rows: number;
  /** There is more to do: the next step begins at once. */
  readonly again?: boolean;
}

/** One step of a loop, as whoever counts hears of it. */
export interface LoopRun {
  readonly loop: string;
  readonly seconds: number;
  readonly rows: number;
  readonly failed: boolean;
}

/** Who hears of a loop. */
export interface LoopLog {
  warn(fields: object, message: string): void;
  ran?(run: LoopRun): void;
}

/**
 * Runs `step` again and again, `intervalMs` after it ended, until stopped. A failed step is logged once, until one succeeds again: the next
 * turn is its retry. A step that answers `again` is run again at once (there was a full page).
 * @param longestMs heavy work may take a tenth of the time: after long steps the pause is nine times as long, but not longer than this. Told
 * only of what may wait: a step is long too where it waited for the database, and a heartbeat must not stay away after that.
 */
export function startLoop(
  name: string,
  intervalMs: number,
  log: LoopLog,
  step: () => Promise<Turn | "again" | void>,
  longestMs = intervalMs,
): Loop {
  const stopping = new AbortController();
  const turn = watched(name, log, step);
  const turns = async (): Promise<void> => {
    let begun = performance.now();
    while (!stopping.signal.aborted) {
      if (await turn()) continue;
      const pauseMs = Math.max(intervalMs, Math.min(longestMs, 9 * (performance.now() - begun)));
      await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      begun = performance.now();
    }
  };
  const done = turns();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** Several loops as one. */
export function allOf(loops: readonly Loop[]): Loop {
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

/** The step, told of and never failing: whether there is more to do. */
function watched(name: string, log: LoopLog, step: () => Promise<Turn | "again" | void>): () => Promise<boolean> {
  let failing = false;
  return async () => {
    const begun = performance.now();
    const tell = (rows: number, failed: boolean): void =>
      log.ran?.({ loop: name, seconds: (performance.now() - begun) / 1_000, rows, failed });
    try {
      const done = await step();
      failing = false;
      const { rows, again = false } = typeof done === "object" ? done : { rows: 0, again: done === "again" };
      tell(rows, false);
      return again;
    } catch (error) {
      if (!failing) log.warn({ loop: name, err: error }, "a housekeeping step failed and will be tried again");
      failing = true;
      tell(0, true);
      return false;
    }
  };
}
