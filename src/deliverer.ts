// A deliverer: `npm run deliverer`, any number of them, on any hosts. Configuration is read here and nowhere below.
import { hostname } from "node:os";
import { createPgStore, createPool } from "#db/pg.ts";
import { startDeliverer, type Deliverer } from "#delivery/deliverer.ts";
import { createResolver, hostAddresses } from "#delivery/resolver.ts";
import { systemChance, systemClock } from "#domain/clock.ts";
import { createSecretBox } from "#services/secretBox.ts";
import packageJson from "../package.json" with { type: "json" };
import { awaitSchema, schemaOutgrown } from "./entry/awaitSchema.ts";
import { collectSooner } from "./entry/heap.ts";
import { createDelivererMetrics } from "./entry/metrics/deliverer.ts";
import { createRegistry } from "./entry/metrics/registry.ts";
import { serveMetrics } from "./entry/metrics/server.ts";
import { configOrExit, createLog, EXIT_CONFIG, onShutdown } from "./entry/processes.ts";

collectSooner();
const config = configOrExit("deliverer", process.env);
const log = createLog(config);
const pool = createPool({
  url: config.databaseUrl ?? "",
  connections: config.databaseConnections,
  name: "posthorn-deliverer",
  connectTimeoutMs: config.delivererConnectTimeoutMs,
  statementTimeoutMs: config.statementTimeoutMs,
  asyncCommit: true,
  onError: (err) => log.debug({ err }, "a database connection was lost"),
});
const state: { stopping: boolean; deliverer?: Deliverer } = { stopping: false };
const registry = createRegistry(pool);
const measures = createDelivererMetrics(registry, {
  all: config.concurrency,
  inFlight: () => state.deliverer?.inFlight() ?? 0,
});
const metrics = serveMetrics({ registry, port: config.metricsPort, host: config.metricsHost, log });

const store = createPgStore(pool);
const end = onShutdown(log, async () => {
  state.stopping = true;
  await state.deliverer?.stop();
  metrics.close();
  await pool.end();
});
await awaitSchema(store, log, () => state.stopping);
if (!state.stopping) {
  state.deliverer = startDeliverer({
    pool,
    config,
    secrets: await createSecretBox(config.secretKeys),
    resolver: createResolver(),
    ownAddresses: hostAddresses(),
    clock: systemClock,
    chance: systemChance,
    host: { name: hostname(), pid: process.pid, version: packageJson.version },
    log,
    measures,
  });
}
const outgrown = await schemaOutgrown(store, () => state.stopping);
if (outgrown !== undefined) {
  log.error(outgrown);
  await end("the schema is another version's", EXIT_CONFIG);
}
