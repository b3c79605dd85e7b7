import { join } from "node:path";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";

/** The environment of a process whose clock is so far ahead. */
function clockAhead(minutes: number): Record<string, string> {
  const preload = join(import.meta.dirname, "shiftedClock.mjs");
  return { NODE_OPTIONS: `--import ${preload}`, CLOCK_AHEAD_MS: String(minutes * 60_000) };
}

/** The receivers verify with the usual tolerance of five minutes: a signature's time must be right though the process's clock is not. */
const wrongClocks: Scenario = {
  name: "a deliverer's clock ten minutes ahead, another's ten minutes behind",
  fast: true,
  async run(stage) {
    // The first try of each fails: the retry's moment must be right too.
    const audience = await stage.audience();
    const api = await stage.api();
    await stage.deliverer({ env: clockAhead(10) });
    await stage.deliverer({ env: clockAhead(-10) });
    const load = stage.load(() => api.url, { perSecond: 50 });
    await until(() => load.acknowledged() > 250, { deadlineMs: 60_000, what: "250 events are acknowledged" });
    const gateway = await stage.gateway();
    const shares = await gateway.rows("select from posthorn.deliverers");
    stage.remark(`${shares.length} deliverers; signatures within 5 minutes of the receivers' clock`);
    stage.remark(`the longest from acknowledgement to arrival ${(audience.longestWaitMs() / 1000).toFixed(1)} s`);
  },
};

describeFaults("processes", [wrongClocks]);
