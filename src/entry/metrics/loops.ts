import { Counter, Gauge, type Registry } from "prom-client";
import type { Measures } from "#delivery/measures.ts";

/** What a deliverer does beside delivering, loop by loop. */
export function createLoopGauges(registry: Registry): Pick<Measures, "ran"> {
  const common = { labelNames: ["loop" as const], registers: [registry] };
  const lastRun = new Gauge({
    name: "posthorn_loop_last_run_timestamp_seconds",
    help: "When the loop last made a step that did not fail",
    ...common,
  });
  const duration = new Gauge({
    name: "posthorn_loop_duration_seconds",
    help: "How long the loop's last step took",
    ...common,
  });
  const rows = new Counter({
    name: "posthorn_loop_rows_total",
    help: "What the loop has moved, mended or dropped",
    ...common,
  });
  const failures = new Counter({
    name: "posthorn_loop_failures_total",
    help: "Steps of the loop that failed",
    ...common,
  });
  return {
    ran({ loop, seconds, rows: done, failed }) {
      duration.set({ loop }, seconds);
      rows.inc({ loop }, done);
      failures.inc({ loop }, failed ? 1 : 0);
      if (!failed) lastRun.setToCurrentTime({ loop });
    },
  };
}
