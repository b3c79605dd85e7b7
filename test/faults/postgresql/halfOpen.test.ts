import { describeFaults } from "../harness/describe.ts";
import { startNetwork } from "./network.ts";
import { startPlay } from "./play.ts";

describeFaults("postgresql", [
  {
    name: "a cut of the network leaves every connection to PostgreSQL half-open",
    async run(stage) {
      const gateway = await stage.gateway();
      const network = await startNetwork(gateway.url);
      const play = await startPlay(stage, network.url);
      const before = network.connections();
      stage.faultBegins();
      network.strand();
      // The way is free again at once: what is left of the cut are connections that nobody will ever hear of.
      stage.faultEnds();
      await play.refuses();
      stage.remark(`${before} connections half-open`);
      await play.ends("outage");
    },
  },
]);
