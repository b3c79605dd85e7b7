import { Pool } from "pg";
import { isUnavailable, StoreUnavailable, type Statement, type Store } from "./store.ts";

export interface PgOptions {
  readonly url: string;
  readonly connections: number;
  /** What pg_stat_activity shows. */
  readonly name: string;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Outcomes may be lost with the server (at least once allows it); what was acknowledged may not. */
  readonly asyncCommit?: boolean;
  readonly onError: (error: Error) => void;
}

/** One `pg` pool with every wait bounded, and errors of idle connections heard: an unheard one ends the process. */
export function createPool(options: PgOptions): Pool {
  const pool = new Pool({
    connectionString: options.url,
    max: options.connections,
    application_name: options.name,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.statementTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // The kernel's default is two hours. Node then asks ten times, once a second.
    keepAliveInitialDelayMillis: 10_000,
    options: `-c plan_cache_mode=force_generic_plan -c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0${options.asyncCommit ? " -c synchronous_commit=off" : ""}`,
  });
  pool.on("error", options.onError);
  pool.on("connect", (client) => client.on("error", options.onError));
  return pool;
}

/** The store over `pg`. */
export function createPgStore(pool: Pool): Store {
  return {
    async run<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
      try {
        const result = await pool.query({ name: statement.name, text: statement.text, values: [...values] });
        return result.rows;
      } catch (error) {
        throw isUnavailable(error) ? new StoreUnavailable(error) : error;
      }
    },
  };
}
