// The API on Node: `npm run api`. Configuration is read here and nowhere below.
import { setTimeout as delay } from "node:timers/promises";
import { getConnInfo } from "@hono/node-server/conninfo";
import { createApi } from "#api/app.ts";
import { createApiDeps, type Readiness } from "#api/deps.ts";
import { createPool } from "#db/pg.ts";
import { createDrizzleStore } from "#db/pgDrizzle.ts";
import { systemClock } from "#domain/clock.ts";
import { awaitSchema } from "./entry/awaitSchema.ts";
import { readAssets } from "./entry/assets.ts";
import { collectSooner } from "./entry/heap.ts";
import { createHttpServer } from "./entry/httpServer.ts";
import { createApiMetrics } from "./entry/metrics/api.ts";
import { createRegistry } from "./entry/metrics/registry.ts";
import { createRefusals } from "./entry/refusals.ts";
import { configOrExit, createLog, EXIT_CONFIG, onShutdown, refuse } from "./entry/processes.ts";
import { checkSchemaVersion } from "./entry/schemaVersion.ts";
import { sharedFor } from "./entry/sharedFor.ts";

collectSooner();
const config = configOrExit("api", process.env);
const log = createLog(config);
const pool = createPool({
  url: config.databaseUrl ?? "",
  connections: config.databaseConnections,
  name: "posthorn-api",
  connectTimeoutMs: config.connectTimeoutMs,
  statementTimeoutMs: config.apiStatementTimeoutMs,
  onError: (err) => log.debug({ err }, "a database connection was lost"),
});
const store = createDrizzleStore(pool);
const state = { draining: false };
const currentVerdict = sharedFor(250, () => checkSchemaVersion(store));

const metrics = createApiMetrics(createRegistry(pool));
const deps = await createApiDeps({
  config,
  store,
  clock: systemClock,
  log,
  assets: await readAssets(),
  ready,
  clientAddress: (c) => getConnInfo(c).remote.address ?? null,
  metrics,
});
const server = createHttpServer({
  api: createApi(deps),
  refusals: createRefusals({ clock: systemClock, log, metrics }),
  maxWaitMs: config.maxWaitMs,
  isFull: () => deps.publisher.isFull(),
});

await server.listen(config.port, config.host).catch((error: unknown) => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") refuse(`port ${config.port} is taken: choose another with PORT=…`, 1);
  if (code === "EACCES") refuse(`this user may not listen on port ${config.port}: choose another with PORT=…`, 1);
  if (code === "EADDRNOTAVAIL") refuse(`${config.host} is not an address of this host: see POSTHORN_HOST`, EXIT_CONFIG);
  throw error;
});
log.info({ port: config.port, host: config.host }, "listening");

onShutdown(log, async () => {
  state.draining = true;
  deps.feedWatch.close();
  await server.drain(config.drainMs);
  await deps.publisher.drained();
  // A server that is silent would not close its connections.
  await Promise.race([pool.end(), delay(1000)]);
});
// Listens meanwhile: a database that is away at the start is waited for, and /readyz says so.
await awaitSchema(store, log, () => state.draining);

/** Asked by load balancers, and by anybody: so it asks the database, but no more than four times a second. */
async function ready(): Promise<Readiness> {
  if (state.draining) return { ready: false, reason: "it is shutting down" };
  const verdict = await currentVerdict();
  if (verdict.state === "fits") return { ready: true };
  const reason = verdict.state === "unknown" ? "the database cannot be reached" : verdict.sentence.replace(/\.$/, "");
  return { ready: false, reason };
}
