import { hostname } from "node:os";
import { pino } from "pino";
import { loadConfig } from "#config";
import { createPool } from "#db/pg.ts";
import { startDeliverer } from "#delivery/deliverer.ts";
import { createResolver, hostAddresses } from "#delivery/resolver.ts";
import { systemChance, systemClock } from "#domain/clock.ts";
import { createSecretBox } from "#services/secretBox.ts";

const config = loadConfig(process.env, "deliverer");
const log = pino({ level: config.logLevel }, pino.destination(2));
const pool = createPool({
  url: config.databaseUrl ?? "",
  connections: config.databaseConnections,
  name: "posthorn-deliverer",
  connectTimeoutMs: 3000,
  statementTimeoutMs: config.statementTimeoutMs,
  asyncCommit: true,
  onError: (err) => log.debug({ err }, "connection lost"),
});
const secrets = await createSecretBox(config.secretKeys);
const deliverer = startDeliverer({
  pool,
  config,
  secrets,
  resolver: createResolver(),
  ownAddresses: config.mode === "development" ? [] : hostAddresses(),
  clock: systemClock,
  chance: systemChance,
  host: { name: hostname(), pid: process.pid, version: "0.1.0" },
  log,
});
let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(0), 29_000).unref();
  await deliverer.stop();
  await pool.end();
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("disconnect", stop);
