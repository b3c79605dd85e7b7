import { join } from "node:path";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario, Stage } from "../harness/scenario.ts";

type Which = "api" | "deliverer";

/** The receivers verify with the usual tolerance of five minutes: a signature's time must be right though the process's clock is not. */
async function clockAhead(stage: Stage, which: Which, minutes: number): Promise<void> {
  const audience = await stage.audience();
  const preload = join(import.meta.dirname, "shiftedClock.mjs");
  const env = { NODE_OPTIONS: `--import ${preload}`, CLOCK_AHEAD_MS: String(minutes * 60_000) };
  const api = await stage.api(which === "api" ? { env } : {});
  await stage.deliverer(which === "deliverer" ? { env } : {});
  const load = stage.load(() => api.url, { perSecond: 50 });
  await until(() => load.acknowledged() > 200, { deadlineMs: 120_000, what: "200 events are acknowledged" });
  stage.remark(`from acknowledgement to arrival at most ${(audience.longestWaitMs() / 1000).toFixed(1)} s`);
}

const scenarios: Scenario[] = [
  {
    name: "a deliverer's clock is ten minutes ahead",
    fast: true,
    run: (stage) => clockAhead(stage, "deliverer", 10),
  },
  {
    name: "a deliverer's clock is ten minutes behind",
    fast: true,
    run: (stage) => clockAhead(stage, "deliverer", -10),
  },
  { name: "an API's clock is ten minutes ahead", run: (stage) => clockAhead(stage, "api", 10) },
  { name: "an API's clock is ten minutes behind", run: (stage) => clockAhead(stage, "api", -10) },
];

describeFaults("processes", scenarios);
