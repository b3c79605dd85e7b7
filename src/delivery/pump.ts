import { admit, type Admitted } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { BUDGET, nextBudget } from "#domain/lanes.ts";
import type { LoopLog } from "./loop.ts";
import type { Replays } from "./replays.ts";
import { startRounds } from "./rounds.ts";

/** Deliveries that one statement lets through at most. */
const page = 500;
/** All lanes that are due are looked at this often, sooner where one is said to be due sooner … */
const roundEveryMs = 250;
/** … but not more often than this: another deliverer may be at it. */
const roundLeastMs = 10;
/** A poke waits so long for company, and longer and longer where pokes let nothing through: replays poke as well, and need none of it. */
const gatherMs = { least: 3, most: 100 };
/** Waits of live deliveries that are remembered of one moment. */
const waitsKept = 2_000;

export interface Pump {
  /** Something of this endpoint has ended, or its lane was opened: the next of those that wait may go. */
  poke(endpointId: string): void;
  /** A live delivery was due for so long before its turn came: backlogs give way to live traffic. */
  waited(waitMs: number): void;
  stop(): Promise<void>;
}

export interface PumpOptions {
  readonly store: Store;
  readonly replays: Replays;
  readonly log: LoopLog;
}

/**
 * Lets waiting deliveries through: of every lane that is due, again and again, and of those that are poked, at once. What may go is decided
 * in the database (drizzle/0013_admission.sql); any number of deliverers may ask.
 */
export function startPump({ store, replays, log }: PumpOptions): Pump {
  const budget = createBudget();
  const ask = async (endpoints: readonly string[] | null): Promise<Admitted> => {
    const [admitted] = await store.run<Admitted>(admit, [endpoints, page, budget.now()]);
    budget.used(admitted?.moved ?? 0);
    return admitted ?? { moved: 0, next_ms: null };
  };
  const all = startRounds("lanes", log, async () => {
    const { moved, next_ms: nextMs } = await ask(null);
    if (moved >= page) return { rows: moved, pauseMs: 0 };
    return { rows: moved, pauseMs: Math.min(Math.max(nextMs ?? roundEveryMs, roundLeastMs), roundEveryMs) };
  });
  const again = startRounds("replays", log, async () => {
    const { moved, nextMs } = await replays.step(budget.now());
    budget.used(moved);
    return { rows: moved, pauseMs: Math.min(Math.max(nextMs ?? roundEveryMs, roundLeastMs), roundEveryMs) };
  });
  let poked = new Set<string>();
  let gathering: NodeJS.Timeout | undefined;
  let companyMs = gatherMs.least;
  const those = startRounds("poked_lanes", log, async () => {
    const endpoints = [...poked];
    poked = new Set();
    if (endpoints.length === 0) return { rows: 0, pauseMs: idleMs };
    const { moved } = await ask(endpoints);
    companyMs = moved > 0 ? gatherMs.least : Math.min(2 * companyMs, gatherMs.most);
    // A whole page: there is more, and the endpoints that stand last have had no turn.
    if (moved >= page) for (const id of endpoints) poked.add(id);
    return { rows: moved, pauseMs: poked.size === 0 ? idleMs : 0 };
  });
  return {
    poke(endpointId) {
      poked.add(endpointId);
      gathering ??= setTimeout(() => {
        gathering = undefined;
        those.wake();
      }, companyMs);
    },
    waited: (waitMs) => budget.waited(waitMs),
    async stop() {
      clearTimeout(gathering);
      await Promise.all([all.stop(), again.stop(), those.stop()]);
    },
  };
}

/** Nothing to do until woken. */
const idleMs = 60_000;

/** How much of one endpoint's backlog may be under way: see `nextBudget`. */
function createBudget() {
  let budget: number = BUDGET.first;
  let waitsMs: number[] = [];
  let moved = 0;
  let since = performance.now();
  return {
    waited(waitMs: number): void {
      if (waitsMs.length < waitsKept) waitsMs.push(waitMs);
    },
    used(deliveries: number): void {
      moved += deliveries;
    },
    now(): number {
      if (performance.now() - since >= roundEveryMs) {
        budget = nextBudget(budget, { waitsMs, moved });
        waitsMs = [];
        moved = 0;
        since = performance.now();
      }
      return budget;
    },
  };
}
