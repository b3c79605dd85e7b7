import { setTimeout as delay } from "node:timers/promises";
import { describeFaults } from "../harness/describe.ts";
import { connectTo, runOn } from "./ownServer.ts";
import { perSecond, startPlay } from "./play.ts";

const faultMs = 30_000;

describeFaults("postgresql", [
  {
    name: "vacuum freeze of all tables, and a transaction that stays open for 30 s",
    async run(stage) {
      const gateway = await stage.gateway();
      const play = await startPlay(stage);
      const other = await connectTo(gateway.url);
      stage.faultBegins();
      await other.query("begin isolation level repeatable read");
      await other.query("select count(*) from posthorn.deliveries");
      const [begun, acknowledged] = [performance.now(), play.load.acknowledged()];
      let vacuums = 0;
      let longestMs = 0;
      while (performance.now() - begun < faultMs) {
        await runOn(gateway.url, "vacuum (freeze, analyze)");
        vacuums++;
        longestMs = Math.max(longestMs, play.audience.longestWaitMs());
        await delay(1_000);
      }
      const wentOn = ((play.load.acknowledged() - acknowledged) * 1000) / (performance.now() - begun);
      await other.query("commit");
      await other.end();
      stage.faultEnds();
      const beside = `${wentOn.toFixed(0)} of ${perSecond} events a second went on, and waited for ${(longestMs / 1000).toFixed(1)} s at most`;
      if (wentOn < 0.8 * perSecond || longestMs > 10_000) throw new Error(`beside ${vacuums} vacuums ${beside}`);
      stage.remark(`${vacuums} vacuums; ${beside}`);
      await play.ends("none");
    },
  },
]);
