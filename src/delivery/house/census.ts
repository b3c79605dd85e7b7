import { readCensus, takeCensus, type Census } from "#db/sql/house.ts";
import type { Store } from "#db/store.ts";
import type { Loop, LoopLog } from "../loop.ts";
import { startRounds } from "../rounds.ts";

/** Deliverers take turns: the first that finds the count so old counts anew. */
const oldAfterMs = 15_000;
const lookEveryMs = 5_000;
/** A statement counts for so long, and then lets the others have the processors: in one go, a fifth of a second of it stood before live deliveries. */
const statementMs = 10;
const betweenMs = 40;

/** Counts what waits, for all processes, and shows this one the last count. */
export function startCensus(store: Store, log: LoopLog, show: (census: Census) => void): Loop {
  return startRounds("census", log, async () => {
    const [taken] = await store.run<{ more: boolean }>(takeCensus, [oldAfterMs, statementMs]);
    if (taken?.more === true) return { rows: 0, pauseMs: betweenMs };
    const [census] = await store.run<Census>(readCensus, []);
    if (census) show(census);
    return { rows: 0, pauseMs: lookEveryMs };
  });
}
