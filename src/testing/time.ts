import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import { ensurePartitions, forgetKeys, forgetThrottles, promoteDue } from "#db/sql/delivery.ts";
import { isUnavailable, type Store } from "#db/store.ts";
import { persist } from "#delivery/persist.ts";
import { dropExpiredDay } from "#delivery/retention.ts";
import type { MovedClock } from "./clock.ts";
import { lookAtDue, type Due } from "./due.ts";
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
  jump(duration: Duration): Promise<void>;
  settled(): Promise<void>;
}

const patienceMs = 30_000;
const lookEveryMs = 5;
const page = 1_000;
const dayMs = 86_400_000;
/** As the deliverers make them: a jump of up to so many days lands on one that is there. */
const daysAhead = 14;

/** The passing of time: the clock is moved from one moment at which something becomes due to the next, and what is due gets done there. */
export function createTime({ store, pool, clock, retentionDays, warnings }: TimeOptions): Time {
  const never = new AbortController().signal;

  const settle = async (): Promise<Due> => {
    const end = performance.now() + patienceMs;
    for (;;) {
      const [due] = await store.run<Due>(lookAtDue, []);
      if (due === undefined) throw new Error("the database gave no answer");
      if (isNothing(due.left)) return due;
      if (performance.now() > end) throw new Error(describe(due, warnings));
      // The deliverer looks by itself, but only every quarter of a second.
      if (due.left["retries due"] !== 0) await persist(store, never, promoteDue, [page]);
      await sleep(lookEveryMs);
    }
  };

  /** What deliverers do once an hour or a minute, by their own clocks. */
  const keepHouse = async (): Promise<void> => {
    await persist(store, never, ensurePartitions, [daysAhead]);
    while ((await dropOneDay(pool, retentionDays)) !== null);
    for (const forget of [forgetKeys, forgetThrottles]) {
      for (let forgotten = page; forgotten === page;) {
        const [row] = await persist<{ forgotten: number }>(store, never, forget, [page]);
        forgotten = row?.forgotten ?? 0;
      }
    }
  };

  return {
    async advance(duration) {
      const end = clock.now() + milliseconds(duration);
      for (;;) {
        const { next_ms, day_ms } = await settle();
        const leftMs = end - clock.now();
        if (leftMs <= 0) return;
        const stepMs = Math.min(leftMs, day_ms, Math.max(next_ms ?? Infinity, 1));
        await clock.move(stepMs);
        if (stepMs === day_ms) await keepHouse();
      }
    },
    async jump(duration) {
      const end = clock.now() + milliseconds(duration);
      for (let leftMs = end - clock.now(); leftMs > 0; leftMs = end - clock.now()) {
        await clock.move(Math.min(leftMs, (daysAhead - 1) * dayMs));
        await persist(store, never, ensurePartitions, [daysAhead]);
      }
      await keepHouse();
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

function isNothing(left: Due["left"]): boolean {
  return Object.values(left).every((count) => count === 0);
}

function describe({ left }: Due, warnings: readonly string[]): string {
  const parts = Object.entries(left).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
  const said = warnings.length === 0 ? "" : `\nThe gateway said:\n${warnings.slice(-5).join("\n")}`;
  return `Not settled within ${patienceMs / 1000} s: ${parts.join(", ")}.${said}`;
}
