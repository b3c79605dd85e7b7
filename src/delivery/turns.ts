import { setTimeout as sleep } from "node:timers/promises";
import { takeTurns, type TurnsRow } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { Batcher } from "./batcher.ts";
import { persist } from "./persist.ts";

/** A turn that comes within this is waited for; who gets a later one is turned away, and takes no slot meanwhile. */
const aheadMs = 250;
/**
 * A promise holds so long. The database keeps turns 10 ms further apart than the limit asks for (posthorn.turn_lasts): whoever leaves later
 * than that, because the machine was busy, would stand too close to those behind.
 */
const lateMs = 8;
/** The shortest way to the database and back is forgotten by so much with every statement, so that a longer way is believed some time. */
const forgottenMs = 0.25;
const batchSize = 500;

export interface Turns {
  /** Resolves when the endpoint's rate limit lets the next request go out (null), or with the milliseconds until it will. */
  take(endpointId: string): Promise<number | null>;
}

/** The turns of endpoints with a rate limit: exact across any number of deliverers, as the database gives them out. */
export function createTurns(store: Store, signal: AbortSignal): Turns {
  let shortestMs = Infinity;
  const batcher = new Batcher<string, Turn>({
    maxSize: batchSize,
    maxInFlight: 1,
    delayMs: 2,
    run: async (endpoints) => {
      const counts = new Map<string, number>();
      for (const id of endpoints) counts.set(id, (counts.get(id) ?? 0) + 1);
      let askedAt = 0;
      const rows = await persist<TurnsRow>(store, signal, takeTurns, () => {
        askedAt = performance.now();
        return [[...counts.keys()], [...counts.values()], aheadMs];
      });
      const answeredAt = performance.now();
      shortestMs = Math.min(shortestMs + forgottenMs, answeredAt - askedAt);
      // The delays count from some moment in between: never early is from the answer on, and late is what exceeds the shortest way.
      return shareOut(endpoints, rows, answeredAt, askedAt + shortestMs + lateMs);
    },
  });
  return {
    async take(endpointId) {
      for (;;) {
        const turn = await batcher.add(endpointId);
        if ("waitMs" in turn) return turn.waitMs;
        const delayMs = turn.atMs - performance.now();
        if (delayMs > 0) await sleep(Math.ceil(delayMs));
        if (performance.now() <= turn.untilMs) return null;
      }
    },
  };
}

type Turn = { readonly atMs: number; readonly untilMs: number } | { readonly waitMs: number };

/** One turn, or one refusal, for each that asked: the earliest turns to those who came first. */
function shareOut(endpoints: readonly string[], rows: readonly TurnsRow[], fromMs: number, untilMs: number): Turn[] {
  const left = new Map(
    rows.map((row) => [row.endpoint_id, { delays: row.delays_ms.values(), waitMs: row.wait_ms ?? 0 }]),
  );
  return endpoints.map((id) => {
    const given = left.get(id);
    const next = given?.delays.next();
    if (next?.done === false) return { atMs: fromMs + next.value, untilMs: untilMs + next.value };
    return { waitMs: given?.waitMs ?? 0 };
  });
}
