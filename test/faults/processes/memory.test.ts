import { expect } from "vitest";
import { until } from "#test/until.ts";
import { watchMemory } from "../../../bench/memory.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";

const limitMb = 400;

/** Fifty events of 200 kB for a hundred endpoints each: all of it waits when the deliverer starts, with the concurrency that it has by default. */
const smallMemory: Scenario = {
  name: `a deliverer limited to ${limitMb} MB: 1 GB of bodies waits for 5,000 endpoints`,
  timeoutMs: 480_000,
  async run(stage) {
    const audience = await stage.audience({ endpointsPerTenant: Array.from({ length: 50 }, () => 100) });
    const api = await stage.api();
    const load = stage.load(() => api.url, { perSecond: 25, bytes: 200_000 });
    await until(() => load.acknowledged() >= 50, { deadlineMs: 120_000, what: "50 events are acknowledged" });
    await load.stop();
    stage.faultBegins();
    const env = { POSTHORN_CONCURRENCY: "300", POSTHORN_LOCAL_QUEUE: "500", NODE_OPTIONS: heap, ...allocator };
    const deliverer = await stage.deliverer({ env });
    const memory = watchMemory(deliverer.pid);
    const deliveries = load.acknowledged() * 100;
    // Not so many requests: what comes twice would end the watch before the last body has come.
    await until(() => audience.deliveries() >= deliveries, { deadlineMs: 300_000, what: "all of it arrived" });
    stage.faultEnds();
    const peak = Math.round(memory.peakBytes() / 1e6);
    memory.stop();
    stage.remark(`resident at most ${peak} MB (VmHWM); no cgroup, but ${heap.split(" ").at(-1)} and this look`);
    expect(peak).toBeLessThan(limitMb);
  },
};

/** As npm run deliverer sets them; and V8 may not have what the limit does not have. */
const heap = "--max-semi-space-size=16 --max-old-space-size=256";
const allocator = { MALLOC_MMAP_THRESHOLD_: "131072" };

describeFaults("processes", [smallMemory]);
