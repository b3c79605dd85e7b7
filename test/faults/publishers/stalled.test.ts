import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";
import { stall } from "./stalled.ts";
import { memoryOf, watchHealth } from "./watching.ts";

const kib = 1024;
const mib = 1024 * kib;
/** The time for a whole request, the second between two looks at it, and a slow machine. */
const endedWithinMs = 30_000 + 1_000 + 15_000;
/** POSTHORN_MAX_READING_BYTES, and what the process has beside it. */
const mostMb = 256 + 400;

const stalledInMidBody: Scenario = {
  name: "200 connections that stall in the middle of their bodies",
  async run(stage) {
    await stage.audience();
    const api = await stage.api();
    await stage.deliverer();
    const load = stage.load(() => api.url, { perSecond: 20 });
    await until(() => load.acknowledged() > 20, { deadlineMs: 60_000, what: "publishers publish" });
    const before = memoryOf(api);
    const health = watchHealth(api);
    stage.faultBegins();
    // Nine of ten are single events; the others are batches that have sent 14 of 15 MiB, 280 MiB in all.
    const stalled = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        i % 10 > 0
          ? stall(api, "/v1/events", 200 * kib, 100 * kib)
          : stall(api, "/v1/events/batch", 15 * mib, 14 * mib),
      ),
    );
    const [already, repeated] = [load.acknowledged(), load.repeated()];
    const all = Promise.all(stalled.map(({ ended }) => ended));
    const ends = await Promise.race([all, delay(endedWithinMs + 15_000)]);
    stage.faultEnds();
    const { slowestMs, failures } = await health.stop();
    if (ends === undefined) throw new Error("some of them were never ended");
    const longestMs = Math.round(Math.max(...ends.map(({ afterMs }) => afterMs)));
    const { peakMb } = memoryOf(api);
    const accepted = load.acknowledged() - already;
    const statuses = Object.entries(Object.groupBy(ends, ({ answer }) => answer.slice(9, 12) || "none"));
    stage.remark(
      `${accepted} others accepted meanwhile, ${load.repeated() - repeated} said again; all ended within ${longestMs} ms (${statuses.map(([status, list]) => `${list?.length} × ${status}`).join(", ")}); API ${before.peakMb} MB before, ${peakMb} MB at most; /healthz within ${slowestMs} ms`,
    );
    expect(failures).toEqual([]);
    expect(longestMs).toBeLessThan(endedWithinMs);
    // Where the gateway hangs up on somebody who is still sending, TCP may lose the answer on its way.
    for (const { answer } of ends) expect(answer).toMatch(/^$|^HTTP\/1\.1 (408|503) [^]*application\/problem\+json/);
    expect(peakMb).toBeLessThan(mostMb);
    // One a second at least, however busy the machine is.
    expect(accepted).toBeGreaterThan(30);
  },
};

describeFaults("publishers", [stalledInMidBody]);
