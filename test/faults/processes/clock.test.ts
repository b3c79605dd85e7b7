import { join } from "node:path";
import { expect } from "vitest";
import type { GatewayProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario, Stage } from "../harness/scenario.ts";
import { retryAfterMs, startFailsFirst } from "./failsFirst.ts";

type Which = "api" | "deliverer";

/** Events that fail first: ten failures in a row would hold the lane, and its probes have a schedule of their own. */
const retried = 5;
/** A retry may come so much later than its schedule says: chance adds some, and a busy machine. */
const retriedLaterMs = 15_000;

/**
 * The receivers verify with the usual tolerance of five minutes: a signature's time must be right though the process's clock is not. And a
 * retry must come when it is due by nobody's clock but the database's.
 */
async function clockAhead(stage: Stage, which: Which, minutes: number): Promise<void> {
  const audience = await stage.audience();
  const failsFirst = await startFailsFirst(stage);
  const preload = join(import.meta.dirname, "shiftedClock.mjs");
  const env = { NODE_OPTIONS: `--import ${preload}`, CLOCK_AHEAD_MS: String(minutes * 60_000) };
  const begunAt = Date.now();
  const api = await stage.api(which === "api" ? { env } : {});
  const deliverer = await stage.deliverer(which === "deliverer" ? { env } : {});
  const off = { api, deliverer }[which];
  await expectClock(off, { fromMs: begunAt, aheadMs: minutes * 60_000 });
  const load = stage.load(() => api.url, { perSecond: 50 });
  const afterMs = await failsFirst.retriedAfterMs(api, retried);
  await until(() => load.acknowledged() > 200, { deadlineMs: 120_000, what: "200 events are acknowledged" });
  const [soonest, latest] = [Math.min(...afterMs), Math.max(...afterMs)];
  expect(soonest, "the soonest retry, in ms").toBeGreaterThanOrEqual(retryAfterMs);
  expect(latest, "the latest retry, in ms").toBeLessThan(retryAfterMs + retriedLaterMs);
  const [wait, from, to] = [audience.longestWaitMs(), soonest, latest].map((ms) => (ms / 1000).toFixed(1));
  stage.remark(`from acknowledgement to arrival at most ${wait} s`);
  stage.remark(`retries due after ${retryAfterMs / 1000} s came after ${from} to ${to} s`);
}

/** Its log has the time by its own clock. */
async function expectClock(
  off: GatewayProcess,
  { fromMs, aheadMs }: Record<"fromMs" | "aheadMs", number>,
): Promise<void> {
  const timeMs = (): number => Number(/"time":(\d+)/.exec(off.log())?.[1] ?? 0);
  const said = await until(timeMs, { what: "it has logged something" });
  expect(said - aheadMs, "what its clock is off, subtracted").toBeGreaterThanOrEqual(fromMs);
  expect(said - aheadMs, "what its clock is off, subtracted").toBeLessThanOrEqual(Date.now());
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
