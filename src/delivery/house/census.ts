import { readCensus, takeCensus, type Census } from "#db/sql/house.ts";
import type { Store } from "#db/store.ts";
import { startLoop, type Loop, type LoopLog } from "../loop.ts";

/** Deliverers take turns: the first that finds the count so old counts anew. */
const oldAfterMs = 15_000;
const lookEveryMs = 5_000;
/** Counting may take a tenth of the time, but no count is older than this and the time it took. */
const longestMs = 60_000;
const statementMs = 200;

/** Counts what waits, for all processes, and shows this one the last count. */
export function startCensus(store: Store, log: LoopLog, show: (census: Census) => void): Loop {
  return startLoop(
    "census",
    lookEveryMs,
    log,
    async () => {
      const [taken] = await store.run<{ more: boolean }>(takeCensus, [oldAfterMs, statementMs]);
      const [census] = await store.run<Census>(readCensus, []);
      if (census) show(census);
      return { rows: 0, again: taken?.more === true };
    },
    longestMs,
  );
}
