import { admitReplays } from "#db/sql/replays.ts";
import type { Store } from "#db/store.ts";

/** Deliveries of a replay that one statement admits at most. */
const page = 500;

export interface Replays {
  /**
   * Moves every replay on that is due. What may go is decided in the database (drizzle/0015_replays.sql); any number of deliverers may ask.
   * @param budget deliveries of one endpoint's replay that may be under way
   * @returns how many were admitted, and in how many milliseconds there is more to do; null: nothing is known of
   */
  step(budget: number): Promise<{ readonly moved: number; readonly nextMs: number | null }>;
}

export function createReplays({ store }: { readonly store: Store }): Replays {
  return {
    async step(budget) {
      const [row] = await store.run<{ moved: number; next_ms: number | null }>(admitReplays, [page, budget]);
      return { moved: row?.moved ?? 0, nextMs: row?.next_ms ?? null };
    },
  };
}
