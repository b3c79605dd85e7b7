import { setTimeout as sleep } from "node:timers/promises";

export interface Loop {
  stop(): Promise<void>;
}

/**
 * Runs `step` again and again, `intervalMs` after it ended, until stopped. A failed step is logged once, until one succeeds again: the next
 * turn is its retry. A step that answers `again` is run again at once (there was a full page).
 * @param longestMs heavy work may take a tenth of the time: after a long step the pause is nine times as long, but not longer than this. Told
 * only of what may wait: a step is long too where it waited for the database, and a heartbeat must not stay away after that.
 */
export function startLoop(
  name: string,
  intervalMs: number,
  log: { warn(fields: object, message: string): void },
  step: () => Promise<"again" | void>,
  longestMs = intervalMs,
): Loop {
  const stopping = new AbortController();
  let failing = false;
  const turns = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let again = false;
      const begun = performance.now();
      try {
        again = (await step()) === "again";
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ loop: name, err: error }, "a housekeeping step failed and will be tried again");
        failing = true;
      }
      if (again) continue;
      const pauseMs = Math.max(intervalMs, Math.min(longestMs, 9 * (performance.now() - begun)));
      await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
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
