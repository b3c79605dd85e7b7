import { setTimeout as sleep } from "node:timers/promises";
import { correctTurns, takeTurns, type TurnsRow } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { Batcher } from "./batcher.ts";
import { persist } from "./persist.ts";

/** A turn that comes within this is waited for; who gets a later one is turned away, and takes no slot meanwhile. */
const aheadMs = 250;
/** The database keeps turns 30 ms further apart than the limit asks for (posthorn.turn_lasts): what arrives so late needs no correction. */
const punctualMs = 15;
/** A request that has left has arrived when its answer is there, or after this at the latest: longer ways are not the gateway's to judge. */
const underWayMs = 25;
/** Who wakes later than this (the process stood still) asks anew: others may have been promised what follows already. */
const lateMs = 250;
const batchSize = 500;
const delayMs = 2;

/** The moment at which the next request to an endpoint may leave; it has come. */
export interface Turn {
  /** To be called when the request leaves … */
  readonly onLeaving: () => void;
  /** … and when its answer is there. */
  readonly onAnswer: () => void;
}

export interface Turns {
  /** Resolves when the endpoint's rate limit lets the next request go out, or with the milliseconds until it will. */
  take(endpointId: string): Promise<Turn | number>;
}

/** When the database let a request go, by this process's monotonic clock: from `atMs` on, and not sooner than `earliestMs` ago. */
interface Promised {
  readonly earliestMs: number;
  readonly atMs: number;
}

interface Correction {
  readonly endpointId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The turns of endpoints with a rate limit: exact across any number of deliverers, as the database gives them out. What leaves later than it
 * was promised, because a connection had to be made first or the process was busy, is told to it: else it stood too close to those behind.
 */
export function createTurns(store: Store, signal: AbortSignal): Turns {
  const taker = new Batcher<string, Promised | number>({
    maxSize: batchSize,
    maxInFlight: 1,
    delayMs,
    run: async (endpoints) => {
      const counts = new Map<string, number>();
      for (const id of endpoints) counts.set(id, (counts.get(id) ?? 0) + 1);
      let askedMs = 0;
      const rows = await persist<TurnsRow>(store, signal, takeTurns, () => {
        askedMs = performance.now();
        return [[...counts.keys()], [...counts.values()], aheadMs];
      });
      return shareOut(endpoints, rows, askedMs);
    },
  });
  const corrector = new Batcher<Correction, true>({
    maxSize: batchSize,
    maxInFlight: 1,
    delayMs,
    run: async (late) => {
      const nowMs = performance.now();
      const ago = (ms: number): number => Math.round(nowMs - ms);
      await store.run(correctTurns, [
        late.map((c) => c.endpointId),
        late.map((c) => ago(c.fromMs)),
        late.map((c) => ago(c.toMs)),
      ]);
      return late.map(() => true);
    },
  });
  const correct = (endpointId: string, { earliestMs, atMs }: Promised): void => {
    const toMs = performance.now();
    if (toMs - earliestMs <= punctualMs) return;
    // Without the database nothing is given out either, and its moment passes.
    corrector.add({ endpointId, fromMs: atMs, toMs }).catch(() => {});
  };
  const turnOf = (endpointId: string, promised: Promised): Turn => {
    let underWay: NodeJS.Timeout | undefined;
    let arrived = false;
    const arrive = (): void => {
      if (arrived) return;
      arrived = true;
      clearTimeout(underWay);
      correct(endpointId, promised);
    };
    return {
      onLeaving() {
        clearTimeout(underWay);
        underWay = setTimeout(arrive, underWayMs);
      },
      onAnswer() {
        // Else it never left.
        if (underWay !== undefined) arrive();
      },
    };
  };
  return {
    async take(endpointId) {
      for (;;) {
        const promised = await taker.add(endpointId);
        if (typeof promised === "number") return promised;
        const inMs = promised.atMs - performance.now();
        if (inMs > 0) await sleep(Math.ceil(inMs));
        if (performance.now() - promised.atMs <= lateMs) return turnOf(endpointId, promised);
      }
    },
  };
}

/** One promise, or the milliseconds to wait, for each that asked: the earliest moments to those who came first. */
function shareOut(endpoints: readonly string[], rows: readonly TurnsRow[], askedMs: number): (Promised | number)[] {
  const answeredMs = performance.now();
  const left = new Map(
    rows.map((row) => [row.endpoint_id, { delays: row.delays_ms.values(), waitMs: row.wait_ms ?? 0 }]),
  );
  return endpoints.map((id) => {
    const given = left.get(id);
    const next = given?.delays.next();
    // The delays count from some moment between the question and the answer.
    if (next?.done === false) return { earliestMs: askedMs + next.value, atMs: answeredMs + next.value };
    return given?.waitMs ?? 0;
  });
}
