import * as sql from "#db/sql/house.ts";
import type { Statement, Store } from "#db/store.ts";
import { allOf, startLoop, type Loop, type LoopLog } from "../loop.ts";
import { createSweep } from "./sweep.ts";

/** What has waited for this long without a job has lost it: an admitted delivery has its job from the first moment on. */
const graceMs = 5_000;
const everyMs = 5_000;
/** With the grace below the 30 s promised, as long as a sweep takes less than ten: it takes about 2 s over 500,000 that are queued. */
const longestMs = 15_000;
const nil = "00000000-0000-0000-0000-000000000000";

interface Reconciled {
  /** Of the loop, and of what is looked through. */
  readonly name: string;
  readonly statement: Statement;
  readonly bounds: readonly number[];
  readonly beginning: readonly (string | null)[];
  readonly mending: string;
}

const all: readonly Reconciled[] = [
  {
    name: "reconcile_deliveries",
    statement: sql.reconcileDeliveries,
    bounds: [graceMs, 250_000],
    beginning: ["-infinity"],
    mending: "gave jobs to deliveries that had lost them",
  },
  {
    name: "reconcile_events",
    statement: sql.reconcileEvents,
    bounds: [graceMs, 50_000],
    beginning: [nil],
    mending: "gave jobs to events that had lost them",
  },
  {
    name: "reconcile_lanes",
    statement: sql.reconcileLanes,
    bounds: [1_000],
    beginning: [nil],
    mending: "woke lanes that nobody looked at",
  },
  {
    name: "reconcile_keys",
    statement: sql.reconcileKeys,
    bounds: [graceMs, 20_000],
    beginning: [nil, null],
    mending: "let deliveries go whose ordering key was free",
  },
];

/** Finds, whatever the cause, what is due and has nobody who would send it: see drizzle/0017_keeping_house.sql. */
export function startReconciliation(store: Store, log: LoopLog): Loop {
  return allOf(
    all.map(({ name, statement, bounds, beginning, mending }) => {
      const onMended = (mended: number): void => log.warn({ mended }, mending);
      const step = createSweep({ store, statement, bounds, beginning, onMended });
      return startLoop(name, everyMs, log, step, longestMs);
    }),
  );
}
