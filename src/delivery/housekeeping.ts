import type { Pool } from "pg";
import { ensurePartitions, forgetKeys, forgetThrottles, promoteDue, reconcile } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { startLoop, type Loop } from "./loop.ts";
import { dropExpiredDay } from "./retention.ts";

const promoteEveryMs = 250;
/** A retry that is due waits this much longer at most where promoting takes long. */
const promoteLongestMs = 1_000;
const promotePage = 500;
const reconcileEveryMs = 5_000;
/** A delivery due for this long without a job has lost it. Far above what an admitted job waits for its turn; within the 30 s promised. */
const reconcileGraceMs = 10_000;
/** With the grace below the 30 s promised. */
const reconcileLongestMs = 15_000;
const reconcilePage = 5_000;
const partitionsEveryMs = 3_600_000;
const partitionsAheadDays = 14;
const retentionEveryMs = 60_000;
const forgetEveryMs = 10_000;
const forgetPage = 1_000;

export interface HousekeepingOptions {
  readonly store: Store;
  readonly pool: Pool;
  readonly retentionDays: number;
  readonly log: { warn(fields: object, message: string): void };
}

/** The loops that any live deliverer runs; each statement lets only one of them in, or shares the work by `skip locked`. */
export function startHousekeeping({ store, pool, retentionDays, log }: HousekeepingOptions): Loop {
  const loops = [
    startLoop("promote", promoteEveryMs, log, () => promote(store), promoteLongestMs),
    startLoop("reconcile", reconcileEveryMs, log, () => mend(store, log), reconcileLongestMs),
    startLoop("partitions", partitionsEveryMs, log, async () => {
      await store.run(ensurePartitions, [partitionsAheadDays]);
    }),
    startLoop("retention", retentionEveryMs, log, async () =>
      (await dropExpiredDay(pool, retentionDays)) === null ? undefined : "again",
    ),
    startLoop("idempotency keys", forgetEveryMs, log, async () => {
      const [row] = await store.run<{ forgotten: number }>(forgetKeys, [forgetPage]);
      return row && row.forgotten === forgetPage ? "again" : undefined;
    }),
    startLoop("throttles", forgetEveryMs, log, async () => {
      const [row] = await store.run<{ forgotten: number }>(forgetThrottles, [forgetPage]);
      return row && row.forgotten === forgetPage ? "again" : undefined;
    }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

async function promote(store: Store): Promise<"again" | void> {
  const [row] = await store.run<{ moved: number }>(promoteDue, [promotePage]);
  return row && row.moved === promotePage ? "again" : undefined;
}

async function mend(store: Store, log: HousekeepingOptions["log"]): Promise<void> {
  const bounds = [reconcileGraceMs, reconcilePage];
  const [row] = await store.run<{ deliveries: number; events: number; lanes: number }>(reconcile, bounds);
  if (row && row.deliveries + row.events + row.lanes > 0) log.warn(row, "gave jobs to what had lost them");
}
