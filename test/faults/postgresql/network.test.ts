import { expect } from "vitest";
import { describeFaults } from "../harness/describe.ts";
import type { Stage } from "../harness/scenario.ts";
import { startNetwork } from "./network.ts";
import { reasons, startPlay } from "./play.ts";

describeFaults("postgresql", [
  {
    name: "PostgreSQL cannot be reached for 3 s: packets are dropped",
    fast: true,
    run: (stage) => dropped(stage, 3_000),
  },
  {
    name: "PostgreSQL cannot be reached for 10 s: packets are dropped",
    run: (stage) => dropped(stage, 10_000),
  },
  {
    name: "PostgreSQL cannot be reached for 10 s: connections are reset and refused",
    async run(stage) {
      const { network, play } = await behindNetwork(stage);
      stage.faultBegins();
      network.refuse();
      await play.standsStill(10_000);
      network.mend();
      stage.faultEnds();
      await play.ends(reasons.broken);
    },
  },
]);

async function dropped(stage: Stage, ms: number): Promise<void> {
  const { network, play } = await behindNetwork(stage);
  stage.faultBegins();
  network.drop();
  await play.standsStill(ms);
  network.mend();
  stage.faultEnds();
  await play.ends(reasons.silence);
}

async function behindNetwork(stage: Stage) {
  const gateway = await stage.gateway();
  const network = await startNetwork(gateway.url);
  const play = await startPlay(stage, network.url);
  expect(network.connections(), "connections through the network").toBeGreaterThan(0);
  return { network, play };
}
