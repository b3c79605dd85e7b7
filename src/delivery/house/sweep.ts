import type { Swept } from "#db/sql/house.ts";
import type { Statement, Store } from "#db/store.ts";
import type { Turn } from "../loop.ts";

type Place = readonly (string | null)[];

export interface SweepOptions {
  readonly store: Store;
  readonly statement: Statement;
  /** Its first arguments: how old, how many. */
  readonly bounds: readonly number[];
  /** Its other ones where a sweep begins. */
  readonly beginning: Place;
  /** Told where something was mended. */
  readonly onMended: (mended: number) => void;
}

/**
 * Goes through all of something again and again, a page with each step. The place is kept in memory: who begins anew looks twice, and
 * nothing is left out.
 */
export function createSweep({ store, statement, bounds, beginning, onMended }: SweepOptions): () => Promise<Turn> {
  let place = beginning;
  return async () => {
    const [row] = await store.run<Swept>(statement, [...bounds, ...place]);
    const { mended = 0, next = null, next_key: key } = row ?? {};
    place = next === null ? beginning : key === undefined ? [next] : [next, key];
    if (mended > 0) onMended(mended);
    return { rows: mended, again: next !== null };
  };
}
