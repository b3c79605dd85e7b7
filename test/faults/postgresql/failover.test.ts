import { setTimeout as delay } from "node:timers/promises";
import { describeFaults } from "../harness/describe.ts";
import { startNetwork } from "./network.ts";
import { startOwnServer } from "./ownServer.ts";
import { reasons, startPlay } from "./play.ts";
import { startStandby } from "./standby.ts";

const detectionMs = 2_000;

describeFaults("postgresql", [
  {
    name: "PostgreSQL fails over to a synchronous replica behind the same address",
    async run(stage) {
      const primary = await startOwnServer();
      const standby = await startStandby(primary);
      await stage.useDatabase(primary.url);
      const network = await startNetwork(primary.url);
      const play = await startPlay(stage, network.url);
      stage.faultBegins();
      await primary.stop("immediate");
      // Somebody has to notice that it is gone.
      await delay(detectionMs);
      await standby.promote();
      network.lead(standby.url);
      await stage.useDatabase(standby.url);
      stage.faultEnds();
      await play.ends(reasons.broken);
    },
  },
]);
