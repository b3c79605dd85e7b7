import { setTimeout as delay } from "node:timers/promises";
import { describeFaults } from "../harness/describe.ts";
import { startPlay } from "./play.ts";
import { startWithFullDisk } from "./fullDisk.ts";

const faultMs = 10_000;

describeFaults("postgresql", [
  {
    name: "PostgreSQL's disk is full for 10 s",
    async run(stage) {
      const disk = await startWithFullDisk();
      await stage.useDatabase(disk.url);
      const play = await startPlay(stage);
      stage.faultBegins();
      await disk.fill();
      await play.refuses();
      await delay(faultMs);
      const restarted = await disk.makeRoom();
      stage.faultEnds();
      stage.remark(`${disk.kind}; the server ${restarted ? "ended by itself and was started again" : "survived it"}`);
      await play.ends("outage");
    },
  },
]);
