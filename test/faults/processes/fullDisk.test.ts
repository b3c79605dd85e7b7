import { closeSync, openSync } from "node:fs";
import { expect, onTestFinished } from "vitest";
import { freePort } from "#test/clone.ts";
import { readMetrics } from "#test/metrics.ts";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";

/** Every write to /dev/full fails with ENOSPC, as on a file system without room. */
const fullDisk: Scenario = {
  name: "a full disk under the logs of API and deliverers",
  fast: true,
  async run(stage) {
    const stderr = openSync("/dev/full", "w");
    onTestFinished(() => closeSync(stderr));
    const audience = await stage.audience();
    const ports = [await freePort(), await freePort()];
    const env = { POSTHORN_LOG_LEVEL: "debug" };
    const api = await stage.api({ stderr, env });
    for (const port of ports) await stage.deliverer({ stderr, env: { ...env, POSTHORN_METRICS_PORT: String(port) } });
    const load = stage.load(() => api.url, { perSecond: 50 });
    await until(() => load.acknowledged() > 250, { deadlineMs: 120_000, what: "250 events are acknowledged" });
    expect(load.repeated()).toBe(0);
    expect(audience.longestWaitMs()).toBeLessThan(15_000);
    const lost = await Promise.all([api.port, ...ports].map(linesLost));
    expect(Math.min(...lost)).toBeGreaterThan(0);
    stage.remark(`${lost.join(", ")} lines failed with ENOSPC (/dev/full), and the metrics say so`);
  },
};

// Only Linux has /dev/full.
async function linesLost(port: number): Promise<number> {
  return (await readMetrics(port)).value("posthorn_log_lines_lost_total");
}

describeFaults("processes", process.platform === "linux" ? [fullDisk] : []);
