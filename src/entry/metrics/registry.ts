import type { Pool } from "pg";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { linesLost } from "../logDestination.ts";

const sampleEveryMs = 20;

/** What every process shows: how late its event loop is, its database connections, its log. The timer keeps no process alive. */
export function createRegistry(pool: Pick<Pool, "totalCount" | "idleCount" | "waitingCount">): Registry {
  const registry = new Registry();
  const registers = [registry];
  const delay = new Histogram({
    name: "posthorn_event_loop_delay_seconds",
    help: "How late a timer of the process fired: longer than a few milliseconds, and it has more to do than its core can",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  let last = performance.now();
  const sample = (): void => {
    const now = performance.now();
    delay.observe(Math.max(0, now - last - sampleEveryMs) / 1_000);
    last = now;
  };
  setInterval(sample, sampleEveryMs).unref();
  addGauge(registry, {
    name: "posthorn_database_connections",
    help: "Connections to PostgreSQL that this process has open",
    read: () => pool.totalCount,
  });
  addGauge(registry, {
    name: "posthorn_database_connections_idle",
    help: "Those of them that nobody uses",
    read: () => pool.idleCount,
  });
  addGauge(registry, {
    name: "posthorn_database_waiting",
    help: "Statements that wait for a connection in this process",
    read: () => pool.waitingCount,
  });
  const lost = new Counter({
    name: "posthorn_log_lines_lost_total",
    help: "Lines that could not be written to the log: its disk is full, or its reader gone",
    registers: [],
    collect() {
      this.reset();
      this.inc(linesLost());
    },
  });
  registry.registerMetric(lost);
  return registry;
}

/** A number that is read when somebody asks. */
export function addGauge(
  registry: Registry,
  { name, help, read }: { readonly name: string; readonly help: string; readonly read: () => number },
): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(read());
    },
  });
  registry.registerMetric(gauge);
}
