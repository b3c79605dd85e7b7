import { expect } from "vitest";
import { describeFaults } from "../harness/describe.ts";
import type { Stage } from "../harness/scenario.ts";
import { startBadReceiver } from "./badReceiver.ts";
import { OK } from "./behaviours.ts";
import { manyEndpoints } from "./manyEndpoints.ts";
import { setScene } from "./scene.ts";

const origins = 5000;

describeFaults("receivers", [
  {
    name: "5,000 origins, one event for each, twice",
    timeoutMs: 480_000,
    run: visitAll,
  },
]);

async function visitAll(stage: Stage): Promise<void> {
  // Before V8 collected sooner 271 MB where no connection is kept, 371 where 1,000 are, 478 where all are.
  const scene = await setScene(stage, { memoryAtMostMb: 350, healthyWithin: { halfMs: 5_000, allMs: 15_000 } });
  const receiver = await startBadReceiver(stage, { behaviour: OK, host: "0.0.0.0" });
  // Every address of 127.0.0.0/8 is this machine.
  const urls = Array.from({ length: origins }, (_, i) => `http://127.1.${i >> 8}.${i & 255}:${receiver.port}/at${i}`);
  const endpoints = await manyEndpoints(scene.gateway, scene.tenantId, "origins.made", urls);
  endpoints.forEach((endpoint, i) => receiver.expect(`at${i}`, endpoint));
  stage.faultBegins();
  for (const round of [1, 2]) {
    const begun = performance.now();
    await scene.publish("origins", 1, endpoints);
    await scene.delivered(round * origins);
    stage.remark(`round ${round} in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
  stage.faultEnds();
  expect(receiver.counts.connections, "connections, one for each origin at least").toBeGreaterThanOrEqual(origins);
  await scene.expectUnharmed(`${receiver.counts.mostOpen} connections at once at most`);
}
