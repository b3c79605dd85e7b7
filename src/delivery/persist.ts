import { setTimeout as sleep } from "node:timers/promises";
import { isUnavailable, StoreUnavailable, type Statement, type Store } from "#db/store.ts";

const firstDelayMs = 50;
const maxDelayMs = 2_000;

/**
 * A statement that is tried until the database has answered it: what was sent must be written down, however long the outage.
 * Everything the deliverer writes is fenced, so that saying it twice does no harm. Ends early only when `signal` aborts.
 * @param values a function where they say how long ago something was: it is asked anew at every try
 * @throws {StoreUnavailable} after the signal; any other error of the statement at once
 */
export async function persist<Row>(
  store: Store,
  signal: AbortSignal,
  statement: Statement,
  values: readonly unknown[] | (() => readonly unknown[]),
): Promise<Row[]> {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
    try {
      return await store.run<Row>(statement, typeof values === "function" ? values() : values);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      if (signal.aborted) throw new StoreUnavailable(error);
      await sleep(delayMs, undefined, { signal }).catch(() => {});
    }
  }
}
