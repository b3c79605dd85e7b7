import type { Pool } from "pg";
import { ensurePartitions, forgetKeys, forgetThrottles, promoteDue } from "#db/sql/delivery.ts";
import type { Census } from "#db/sql/house.ts";
import type { Statement, Store } from "#db/store.ts";
import { startCensus } from "./house/census.ts";
import { startReconciliation } from "./house/reconciliation.ts";
import { allOf, startLoop, type Loop, type LoopLog, type Turn } from "./loop.ts";
import { dropExpiredDay } from "./retention.ts";

const promoteEveryMs = 250;
/** A retry that is due waits this much longer at most where promoting takes long. */
const promoteLongestMs = 1_000;
const promotePage = 500;
const partitionsEveryMs = 3_600_000;
const partitionsAheadDays = 14;
const retentionEveryMs = 60_000;
const forgetEveryMs = 10_000;
const forgetPage = 1_000;

export interface HousekeepingOptions {
  readonly store: Store;
  readonly pool: Pool;
  readonly retentionDays: number;
  readonly log: LoopLog;
  /** Shown what waits, every few seconds. */
  readonly showCensus: (census: Census) => void;
}

/** The loops that any live deliverer runs; each statement lets only one of them in, or shares the work by `skip locked`. */
export function startHousekeeping({ store, pool, retentionDays, log, showCensus }: HousekeepingOptions): Loop {
  const pages = (statement: Statement, page: number) => () => runPage(store, statement, page);
  return allOf([
    startLoop("promote", promoteEveryMs, log, pages(promoteDue, promotePage), promoteLongestMs),
    startReconciliation(store, log),
    startLoop("partitions", partitionsEveryMs, log, async () => {
      const [row] = await store.run<{ made: number }>(ensurePartitions, [partitionsAheadDays]);
      return { rows: row?.made ?? 0 };
    }),
    startLoop("retention", retentionEveryMs, log, async () => {
      const day = await dropExpiredDay(pool, retentionDays);
      return day === null ? { rows: 0 } : { rows: 1, again: true };
    }),
    startLoop("idempotency_keys", forgetEveryMs, log, pages(forgetKeys, forgetPage)),
    startLoop("throttles", forgetEveryMs, log, pages(forgetThrottles, forgetPage)),
    startCensus(store, log, showCensus),
  ]);
}

/** Does one page of something that takes its size and answers with one number: how many it did. */
async function runPage(store: Store, statement: Statement, page: number): Promise<Turn> {
  const [row] = await store.run<Record<string, number>>(statement, [page]);
  const [rows = 0] = Object.values(row ?? {});
  return { rows, again: rows === page };
}
