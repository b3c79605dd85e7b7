import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Logger, run, type Runner, type TaskList, type WorkerEventMap, type WorkerEvents } from "graphile-worker";
import type { Pool } from "pg";
import { z } from "zod";
import type { Store } from "#db/store.ts";
import { startHousekeeping, type HousekeepingOptions } from "./housekeeping.ts";
import type { LoopLog } from "./loop.ts";
import type { Pump } from "./pump.ts";
import { startPulse, type Pulse } from "./pulse.ts";
import { makeResilient } from "./resilientPool.ts";
import { runPurge, runRelease } from "./tasks.ts";

export interface EngineLog extends LoopLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EngineOptions {
  readonly pool: Pool;
  readonly store: Store;
  /** Sends one delivery and records it. */
  readonly deliver: (deliveryId: string) => Promise<void>;
  /** Makes the deliveries of one event. */
  readonly fanOut: (eventId: string) => Promise<void>;
  readonly pump: Pick<Pump, "poke">;
  /** Aborts when writing must be given up. */
  readonly giveUp: AbortSignal;
  /** Slots for requests. */
  readonly concurrency: number;
  readonly localQueueSize: number;
  readonly drainMs: number;
  readonly retentionDays: number;
  readonly showCensus: HousekeepingOptions["showCensus"];
  readonly host: { readonly name: string; readonly pid: number; readonly version: string };
  readonly log: EngineLog;
}

export interface Engine {
  /** Whether this process may still send: see Pulse. */
  alive(): boolean;
  /** Takes no more jobs, gives back those not begun, waits for those under way. */
  stop(): Promise<void>;
}

/** How often graphile-worker looks for jobs by itself; new ones are announced by NOTIFY, so this only catches a lost announcement. */
const pollMs = 1_000;
const restartDelayMs = 1_000;

/**
 * Jobs that run beside those that have a slot for their request: what finds its lane held, or no slot, must not wait for the few slots that a
 * hanging endpoint left. With none, 5,000 deliveries to five endpoints that hang kept those of others waiting for ten seconds.
 */
function jobsAtOnce(slots: number): number {
  return slots + Math.min(64, Math.ceil(slots / 4));
}

const byId = z.object({ id: z.uuid() });
const byTenant = z.object({ tenantId: z.string(), before: z.uuid() });

/**
 * Runs jobs until stopped. graphile-worker's runner can end by itself after database errors, as a success or a failure alike: either is a
 * fault here, and a new one is started under a new pool id; what the old one had locked is unlocked as a dead process's is.
 */
export function startEngine(options: EngineOptions): Engine {
  const { store, giveUp, log } = options;
  const paged = { store, signal: giveUp };
  const tasks: TaskList = {
    deliver: (payload) => options.deliver(byId.parse(payload).id),
    fan_out: (payload) => options.fanOut(byId.parse(payload).id),
    release: (payload) => runRelease(paged, options.pump, byId.parse(payload).id),
    purge_tenant: (payload) => {
      const { tenantId, before } = byTenant.parse(payload);
      return runPurge(paged, tenantId, before);
    },
  };
  const housekeeping = startHousekeeping(options);
  const stopping = new AbortController();
  let current: { runner: Runner; pulse: Pulse } | undefined;

  const turns = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      current = undefined;
      try {
        current = await startRunner(options, tasks);
        // `stop` may have come while the runner was starting.
        if (stopping.signal.aborted) await current.runner.stop();
        await current.runner.promise;
        if (!stopping.signal.aborted) log.error({}, "the job runner ended by itself; starting another");
      } catch (error) {
        if (!stopping.signal.aborted) log.error({ err: error }, "the job runner failed; starting another");
      }
      await current?.pulse.stop();
      await sleep(restartDelayMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const done = turns();
  return {
    // A runner's first jobs may be there before its pulse is: it has only just come to life.
    alive: () => current?.pulse.alive() ?? true,
    async stop() {
      stopping.abort();
      await housekeeping.stop();
      await current?.runner
        .stop()
        .catch((error: unknown) => log.warn({ err: error }, "the job runner did not stop cleanly"));
      await done;
    },
  };
}

async function startRunner(options: EngineOptions, taskList: TaskList): Promise<{ runner: Runner; pulse: Pulse }> {
  const events: WorkerEvents = new EventEmitter();
  // The id and not the pool: a pool has a `then` of its own, so that a promise of it is kept only when the pool has ended.
  const created = new Promise<string>((resolve) =>
    events.once("pool:create", ({ workerPool }) => resolve(workerPool.id)),
  );
  const workers: WorkerEventMap["worker:create"]["worker"][] = [];
  events.on("worker:create", ({ worker }) => workers.push(worker));
  let queue: WorkerEventMap["localQueue:init"]["localQueue"] | undefined;
  events.on("localQueue:init", ({ localQueue }) => (queue = localQueue));
  const concurrency = jobsAtOnce(options.concurrency);
  const runner = await run({
    pgPool: makeResilient(options.pool, options.giveUp),
    taskList,
    events,
    concurrency,
    noHandleSignals: true,
    pollInterval: pollMs,
    gracefulShutdownAbortTimeout: options.drainMs,
    logger: quietLogger(options.log),
    preset: {
      worker: {
        localQueue: { size: Math.max(options.localQueueSize, concurrency) },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  });
  const poolId = await created;
  const pulse = startPulse({
    store: options.store,
    poolId,
    hostname: options.host.name,
    pid: options.host.pid,
    version: options.host.version,
    knownJobs: () =>
      [...(queue?.jobQueue ?? []), ...workers.map((worker) => worker.getActiveJob())].flatMap((job) => job?.id ?? []),
    log: options.log,
  });
  options.log.info({ poolId, concurrency: options.concurrency }, "delivering");
  return { runner, pulse };
}

/** Slots wait for receivers, not for connections: there are meant to be far more slots. */
const expectedWarning = /maxPoolSize .* smaller than concurrency/;

/** graphile-worker's warnings and errors in our log; what it says about each job is left out, as the attempt's row says it better. */
function quietLogger(log: EngineLog): Logger {
  return new Logger(() => (level, message, meta) => {
    const fields = { source: "graphile-worker", ...(meta?.["error"] ? { err: meta["error"] } : {}) };
    if (level === "error") log.error(fields, message);
    else if (level === "warning" && !expectedWarning.test(message)) log.warn(fields, message);
  });
}
