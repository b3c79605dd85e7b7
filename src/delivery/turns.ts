import { setTimeout as sleep } from "node:timers/promises";
import { takeTurns, type TurnsRow } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { Batcher } from "./batcher.ts";
import { persist } from "./persist.ts";

/** A turn that comes within this is waited for; who gets a later one is turned away, and takes no slot meanwhile. */
const aheadMs = 250;
/** A promise holds so long: whoever comes later, because the machine was busy, would stand too close to those behind. */
const lateMs = 5;
const batchSize = 500;

export interface Turns {
  /** Resolves when the endpoint's rate limit lets the next request go out (null), or with the milliseconds until it will. */
  take(endpointId: string): Promise<number | null>;
}

/** The turns of endpoints with a rate limit: exact across any number of deliverers, as the database gives them out. */
export function createTurns(store: Store, signal: AbortSignal): Turns {
  const batcher = new Batcher<string, Turn>({
    maxSize: batchSize,
    maxInFlight: 1,
    delayMs: 2,
    run: async (endpoints) => {
      const counts = new Map<string, number>();
      for (const id of endpoints) counts.set(id, (counts.get(id) ?? 0) + 1);
      const rows = await persist<TurnsRow>(store, signal, takeTurns, [
        [...counts.keys()],
        [...counts.values()],
        aheadMs,
      ]);
      // The delays begin when the database answered: a moment before this, which is on the safe side.
      return shareOut(endpoints, rows, performance.now());
    },
  });
  return {
    async take(endpointId) {
      for (;;) {
        const turn = await batcher.add(endpointId);
        if ("waitMs" in turn) return turn.waitMs;
        const delayMs = turn.atMs - performance.now();
        if (delayMs > 0) await sleep(Math.ceil(delayMs));
        if (performance.now() - turn.atMs <= lateMs) return null;
      }
    },
  };
}

type Turn = { readonly atMs: number } | { readonly waitMs: number };

/** One turn, or one refusal, for each that asked: the earliest turns to those who came first. */
function shareOut(endpoints: readonly string[], rows: readonly TurnsRow[], nowMs: number): Turn[] {
  const left = new Map(
    rows.map(({ endpoint_id: id, delays_ms: delays, wait_ms: waitMs }) => [id, { delays: delays.values(), waitMs }]),
  );
  return endpoints.map((id) => {
    const given = left.get(id);
    const next = given?.delays.next();
    if (next?.done === false) return { atMs: nowMs + next.value };
    return { waitMs: given?.waitMs ?? 0 };
  });
}
