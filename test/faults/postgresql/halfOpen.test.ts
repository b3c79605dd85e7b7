import { expect } from "vitest";
import { describeFaults } from "../harness/describe.ts";
import type { Stage } from "../harness/scenario.ts";
import { startNetwork } from "./network.ts";
import { reasons, startPlay } from "./play.ts";

describeFaults("postgresql", [
  {
    name: "a cut of the network leaves every connection to PostgreSQL half-open",
    run: cut,
  },
]);

async function cut(stage: Stage): Promise<void> {
  const gateway = await stage.gateway();
  const network = await startNetwork(gateway.url);
  const play = await startPlay(stage, network.url);
  const before = network.connections();
  expect(before, "connections through the network").toBeGreaterThan(0);
  stage.faultBegins();
  network.strand();
  // The way is free again at once: what is left of the cut are connections that nobody will ever hear of.
  stage.faultEnds();
  await play.refuses();
  stage.remark(`${before} connections half-open`);
  await play.ends(reasons.silence);
}
