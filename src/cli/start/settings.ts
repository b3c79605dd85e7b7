import { ConfigError, loadConfig } from "#config";
import { StartRefused } from "./state.ts";

/** What the supervisor itself needs to know of the configuration. */
export interface StartSettings {
  host: string;
  port: number;
  /** Undefined: embedded PostgreSQL. */
  databaseUrl: string | undefined;
  /** Keys are made and kept in the clone, loopback receivers are allowed. */
  development: boolean;
  /** What the children take for what is in flight when told to stop. */
  drainMs: number;
  /** Where the deliverer shows its metrics. */
  metrics: { host: string; port: number; chosen: boolean };
}

/** So that children end by themselves before the supervisor, which has 20 s in all, would kill them. */
const maxDrainMs = 12_000;

/** Checks the whole configuration before anything starts. */
export function readSettings(env: NodeJS.ProcessEnv): StartSettings {
  try {
    const { databaseUrl } = loadConfig(env, "start");
    const development = env.POSTHORN_MODE ? env.POSTHORN_MODE === "development" : databaseUrl === undefined;
    const { host, port, drainMs, metricsHost, metricsPort } = loadConfig(env, development ? "start" : "api");
    const metrics = { host: metricsHost, port: metricsPort, chosen: Boolean(env.POSTHORN_METRICS_PORT) };
    return { host, port, databaseUrl, development, drainMs: Math.min(drainMs, maxDrainMs), metrics };
  } catch (error) {
    if (error instanceof ConfigError) throw new StartRefused(error.message, 78);
    throw error;
  }
}
