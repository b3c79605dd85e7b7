import type { Pool } from "pg";
import type { Config } from "#config";
import { createPgStore } from "#db/pg.ts";
import type { Chance, Clock } from "#domain/clock.ts";
import { KnownCatalogs } from "#services/catalogs/known.ts";
import { EventTypes } from "#services/publish/eventTypes.ts";
import type { SecretBox } from "#services/secretBox.ts";
import { createDeliver } from "./deliver.ts";
import { createDeliveryRows } from "./deliveryRows.ts";
import { createTargets } from "./endpoints.ts";
import { createEvaluator } from "./expressions/evaluator.ts";
import { createFanOut } from "./fanOut.ts";
import { startEngine, type EngineLog } from "./engine.ts";
import { startEvaluations } from "./evaluations.ts";
import { noMeasures, type Measures } from "./measures.ts";
import { startPump } from "./pump.ts";
import { createRebuild } from "./rebuild.ts";
import { startMissed } from "./replayMissed.ts";
import { createReplays } from "./replays.ts";
import type { Resolver } from "./resolver.ts";
import { createSender } from "./sender.ts";
import { Slots } from "./slots.ts";
import { createTurns } from "./turns.ts";

export interface DelivererOptions {
  /** Must have room for the LISTEN connection beside the statements. */
  readonly pool: Pool;
  readonly config: Pick<
    Config,
    | "allowTargets"
    | "concurrency"
    | "drainMs"
    | "endpointCacheSize"
    | "expressionTimeoutMs"
    | "keptConnections"
    | "localQueueSize"
    | "maxResponseBytes"
    | "retentionDays"
    | "socketsPerOrigin"
  >;
  readonly secrets: SecretBox;
  readonly resolver: Resolver;
  /** Addresses of this host, refused like private ones. */
  readonly ownAddresses: readonly string[];
  readonly clock: Clock;
  readonly chance: Chance;
  readonly host: { readonly name: string; readonly pid: number; readonly version: string };
  readonly log: EngineLog;
  readonly measures?: Measures;
}

export interface Deliverer {
  /** Requests that have a slot now. */
  inFlight(): number;
  /** Gives back jobs not begun, lets requests in flight end (at most `drainMs`, then they are interrupted), and writes their outcomes. */
  stop(): Promise<void>;
}

/** After the drain, this is left for writing the last outcomes while the database does not answer. */
const lastWritesMs = 5_000;

/** What a transform makes is a body: as large as an event may be. */
const maxOutputBytes = 262_144;

/** Everything that delivers, put together. */
export function startDeliverer(options: DelivererOptions): Deliverer {
  const { config, pool, secrets, clock, chance, host, measures = noMeasures } = options;
  const log = heard(options.log, measures);
  const store = createPgStore(pool);
  const giveUp = new AbortController();
  const userAgent = `Posthorn/${host.version}`;
  const sender = createSender({
    resolver: options.resolver,
    userAgent,
    allow: config.allowTargets,
    ownAddresses: options.ownAddresses,
    maxResponseBytes: config.maxResponseBytes,
    connectionsPerOrigin: config.socketsPerOrigin,
    keptConnections: config.keptConnections,
  });
  const targets = createTargets({ store, secrets, signal: giveUp.signal, cacheSize: config.endpointCacheSize });
  const evaluator = createEvaluator({ timeoutMs: config.expressionTimeoutMs, maxOutputBytes }, log);
  const knowledge = { types: new EventTypes(store), catalogs: new KnownCatalogs(store, clock), evaluator };
  const fanOut = createFanOut({ ...knowledge, store, signal: giveUp.signal, log });
  const slots = new Slots(config.concurrency);
  const pump = startPump({ store, replays: createReplays({ store }), log });
  const deliver = createDeliver({
    rows: createDeliveryRows(store, giveUp.signal),
    slots,
    turns: createTurns(store, giveUp.signal),
    sender,
    targets,
    pump,
    measures,
    rebuild: createRebuild({ ...knowledge, store, signal: giveUp.signal }),
    clock,
    chance,
    signal: giveUp.signal,
    alive: () => engine.alive(),
    userAgent,
  });
  const evaluations = startEvaluations({ store, evaluator, log });
  const missed = startMissed({ ...knowledge, store, log });
  const engine = startEngine({
    pool,
    store,
    deliver,
    fanOut,
    pump,
    giveUp: giveUp.signal,
    host,
    log,
    concurrency: config.concurrency,
    localQueueSize: config.localQueueSize,
    drainMs: config.drainMs,
    retentionDays: config.retentionDays,
    showCensus: (census) => measures.counted(census),
  });
  return {
    inFlight: () => slots.inFlight,
    async stop() {
      const interrupt = setTimeout(() => sender.interrupt(), config.drainMs);
      const abandon = setTimeout(() => giveUp.abort(), config.drainMs + lastWritesMs);
      await Promise.all([pump.stop(), missed.stop(), evaluations.stop(), engine.stop()]);
      clearTimeout(interrupt);
      clearTimeout(abandon);
      giveUp.abort();
      await evaluator.close();
      await sender.close();
    },
  };
}

/** The log, through which what counts hears of every loop as well. */
function heard(log: EngineLog, measures: Measures): EngineLog {
  return {
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    ran: (run) => measures.ran(run),
  };
}
