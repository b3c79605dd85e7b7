// The API and a deliverer in this process, as the entries put them together, but on a clock of their own.
import { createServer } from "node:net";
import { hostname } from "node:os";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Pool } from "pg";
import { createApi } from "#api/app.ts";
import { createApiDeps } from "#api/deps.ts";
import type { Config } from "#config";
import { createPool } from "#db/pg.ts";
import { createDrizzleStore } from "#db/pgDrizzle.ts";
import { startDeliverer } from "#delivery/deliverer.ts";
import type { EngineLog } from "#delivery/engine.ts";
import { createResolver } from "#delivery/resolver.ts";
import type { Clock } from "#domain/clock.ts";
import { createSecretBox } from "#services/secretBox.ts";
import { readAssets } from "../entry/assets.ts";
import { createHttpServer } from "../entry/httpServer.ts";
import { createRefusals } from "../entry/refusals.ts";

export interface ProcessOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: EngineLog;
}

/** What runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

const drainMs = 1000;

/** The API on the configured port of loopback. */
export async function startApi({ config, clock, log }: ProcessOptions): Promise<Running> {
  const pool = openPool(config, "posthorn-test-api", config.apiStatementTimeoutMs);
  const deps = await createApiDeps({
    config,
    store: createDrizzleStore(pool),
    clock,
    log,
    assets: await readAssets(),
    ready: async () => ({ ready: true }),
    clientAddress: (c) => getConnInfo(c).remote.address ?? null,
  });
  const server = createHttpServer({
    api: createApi(deps),
    refusals: createRefusals({ clock, log }),
    maxWaitMs: config.maxWaitMs,
    isFull: () => deps.publisher.isFull(),
  });
  await server.listen(config.port, config.host);
  return {
    async stop() {
      deps.feedWatch.close();
      await server.drain(drainMs);
      await deps.publisher.drained();
      await pool.end();
    },
  };
}

/** A deliverer without chance: retries come exactly by their schedule. */
export async function startOneDeliverer({ config, clock, log }: ProcessOptions): Promise<Running> {
  const pool = openPool(config, "posthorn-test-deliverer", config.statementTimeoutMs);
  const deliverer = startDeliverer({
    pool,
    config,
    secrets: await createSecretBox(config.secretKeys),
    resolver: createResolver(),
    ownAddresses: [],
    clock,
    chance: () => 0,
    host: { name: hostname(), pid: process.pid, version: "test" },
    log,
  });
  return {
    async stop() {
      await deliverer.stop();
      await pool.end();
    },
  };
}

/** A port nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Connections with the bounds of the configuration. */
export function openPool(config: Config, name: string, statementTimeoutMs: number): Pool {
  return createPool({
    url: config.databaseUrl ?? "",
    connections: config.databaseConnections,
    name,
    connectTimeoutMs: config.connectTimeoutMs,
    statementTimeoutMs,
    onError: () => {},
  });
}
