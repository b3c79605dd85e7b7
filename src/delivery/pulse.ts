import { farewell, heartbeat, reap, unlockForgotten } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { startLoop, type Loop, type LoopLog } from "./loop.ts";

/** Says that this process lives, this often … */
const beatMs = 1_000;
/** … and is taken for dead after this long: its jobs are unlocked for the others. */
export const timeToLiveMs = 4_000;
/** Locked jobs that this process does not know of are given back when they are this old: younger ones may be on their way to it. */
const forgottenAfterMs = 10_000;

export interface PulseOptions {
  readonly store: Store;
  readonly poolId: string;
  readonly hostname: string;
  readonly pid: number;
  readonly version: string;
  readonly knownJobs: () => readonly string[];
  readonly log: LoopLog;
}

export interface Pulse {
  /** False when no heartbeat has been written for the time to live: others may have taken this process's jobs. */
  alive(): boolean;
  /** Stops, and takes the process off the list, so that nobody waits for it. */
  stop(): Promise<void>;
}

/**
 * Heartbeat, reaper, and the search for forgotten jobs, in one loop. It reaps only after its own heartbeats have come through for a whole
 * time to live: after an outage of the database everybody's heartbeat is old, and the first one back must not take the others for dead.
 */
export function startPulse({ store, poolId, hostname, pid, version, knownJobs, log }: PulseOptions): Pulse {
  let lastBeat = performance.now();
  let steadySince = performance.now();
  let beats = 0;
  const loop: Loop = startLoop("pulse", beatMs, log, async () => {
    const before = performance.now();
    const [row] = await store.run<{ known: boolean }>(heartbeat, [poolId, hostname, pid, version]);
    if (before - lastBeat > timeToLiveMs / 2 || (row?.known === false && beats > 0)) steadySince = before;
    lastBeat = before;
    if (before - steadySince < timeToLiveMs) return;
    const dead = await store.run<{ id: string }>(reap, [timeToLiveMs]);
    if (dead.length > 0) log.warn({ dead: dead.map((d) => d.id) }, "unlocked the jobs of deliverers that are gone");
    if (++beats % 5 === 0) {
      const [found] = await store.run<{ unlocked: number }>(unlockForgotten, [poolId, knownJobs(), forgottenAfterMs]);
      if (found && found.unlocked > 0)
        log.warn({ jobs: found.unlocked }, "gave back jobs that a lost reply had left with us");
    }
  });
  return {
    alive: () => performance.now() - lastBeat < timeToLiveMs,
    async stop() {
      await loop.stop();
      await store.run(farewell, [poolId]).catch(() => {});
    },
  };
}
