import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import { admit, ensurePartitions, forgetKeys, forgetThrottles, promoteDue } from "#db/sql/delivery.ts";
import { isUnavailable, type Store } from "#db/store.ts";
import { persist } from "#delivery/persist.ts";
import { dropExpiredDay } from "#delivery/retention.ts";
import type { MovedClock } from "./clock.ts";
import { leftToDo, lookAtDue, type Due } from "./due.ts";
import { milliseconds, type Duration } from "./duration.ts";

export interface TimeOptions {
  readonly store: Store;
  readonly pool: Pool;
  readonly clock: MovedClock;
  readonly retentionDays: number;
  readonly warnings: readonly string[];
}

/** How a test lets time pass. */
export interface Time {
  advance(duration: Duration): Promise<void>;
  settled(): Promise<void>;
}

const patienceMs = 30_000;
const lookEveryMs = 5;
const page = 1_000;
const dayMs = 86_400_000;
/** Partitions, as the deliverers make them … */
const daysAhead = 14;
/** … so that the clock may move by so much before the next must be made. Each new one makes every statement be planned anew. */
const makeEveryMs = (daysAhead - 1) * dayMs;

/** The passing of time: the clock is moved from one moment at which something becomes due to the next, and what is due gets done there. */
export function createTime({ store, pool, clock, retentionDays, warnings }: TimeOptions): Time {
  const never = new AbortController().signal;

  const settle = async (): Promise<Due> => {
    const end = performance.now() + patienceMs;
    for (;;) {
      const [due] = await store.run<Due>(lookAtDue, []);
      if (due === undefined) throw new Error("the database gave no answer");
      const left = leftToDo(due);
      if (left === "") return due;
      if (performance.now() > end)
        throw new Error(`Not settled within ${patienceMs / 1000} s: ${left}.${said(warnings)}`);
      // The deliverer looks by itself, but only every quarter of a second.
      if (due.retries_due > 0) await persist(store, never, promoteDue, [page]);
      if (due.lanes_due > 0) await persist(store, never, admit, [null, page, page]);
      await sleep(lookEveryMs);
    }
  };

  let madeAt = clock.now();
  const makeDays = async (): Promise<void> => {
    await persist(store, never, ensurePartitions, [daysAhead]);
    madeAt = clock.now();
  };
  let sweptAt = clock.now();
  const sweep = async (): Promise<void> => {
    while ((await dropOneDay(pool, retentionDays)) !== null);
    for (const forget of [forgetKeys, forgetThrottles]) {
      for (let forgotten = page; forgotten === page;) {
        const [row] = await persist<{ forgotten: number }>(store, never, forget, [page]);
        forgotten = row?.forgotten ?? 0;
      }
    }
    sweptAt = clock.now();
  };

  return {
    async advance(duration) {
      const end = clock.now() + milliseconds(duration);
      for (;;) {
        const { next_ms } = await settle();
        const nowMs = clock.now();
        if (nowMs >= end) break;
        const stop = Math.min(end, nowMs + Math.max(next_ms ?? Infinity, 1), madeAt + makeEveryMs);
        await clock.move(stop - nowMs);
        if (clock.now() >= madeAt + makeEveryMs) await makeDays();
      }
      // Deliverers do it each minute; here once for all days on the way.
      if (dayOf(clock.now()) !== dayOf(sweptAt)) await sweep();
    },
    async settled() {
      await settle();
    },
  };
}

/** Its locks have short time-outs, as publishing must not wait for it. */
async function dropOneDay(pool: Pool, retentionDays: number): Promise<string | null> {
  for (let tries = 1; ; tries++) {
    try {
      return await dropExpiredDay(pool, retentionDays);
    } catch (error) {
      if (tries === 50 || !isUnavailable(error)) throw error;
      await sleep(lookEveryMs * tries);
    }
  }
}

function said(warnings: readonly string[]): string {
  return warnings.length === 0 ? "" : `\nThe gateway said:\n${warnings.slice(-5).join("\n")}`;
}

function dayOf(ms: number): number {
  return Math.floor(ms / dayMs);
}
