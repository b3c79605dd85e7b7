import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { describeFaults } from "../harness/describe.ts";
import type { Stage } from "../harness/scenario.ts";
import { connectTo, runOn } from "./ownServer.ts";
import { startPlay, type Play } from "./play.ts";

const faultMs = 30_000;
const beforeMs = 5_000;

describeFaults("postgresql", [
  {
    name: "vacuum freeze of all tables, and a transaction that stays open for 30 s",
    run: vacuumed,
  },
]);

async function vacuumed(stage: Stage): Promise<void> {
  const gateway = await stage.gateway();
  const play = await startPlay(stage);
  const perSecond = await rate(play, () => delay(beforeMs));
  const other = await connectTo(gateway.url);
  stage.faultBegins();
  await other.query("begin isolation level repeatable read");
  const deliveries = async () => (await other.query("select count(*) from posthorn.deliveries")).rows;
  const seen = await deliveries();
  let vacuums = 0;
  let longestMs = 0;
  const wentOn = await rate(play, async () => {
    const end = performance.now() + faultMs;
    while (performance.now() < end) {
      await runOn(gateway.url, "vacuum (freeze, analyze)");
      vacuums++;
      longestMs = Math.max(longestMs, play.audience.longestWaitMs());
      await delay(1_000);
    }
  });
  expect(vacuums, "vacuums beside the transaction").toBeGreaterThan(0);
  expect(await deliveries(), "what the transaction sees, which is still open").toEqual(seen);
  await other.query("commit");
  await other.end();
  stage.faultEnds();
  const beside = `${wentOn.toFixed(0)} events a second (${perSecond.toFixed(0)} before), which waited ${(longestMs / 1000).toFixed(1)} s at most`;
  if (wentOn < perSecond / 2 || longestMs > 30_000) throw new Error(`beside ${vacuums} vacuums ${beside}`);
  stage.remark(`${vacuums} vacuums; ${beside}`);
  await play.ends("none");
}

/** Events acknowledged a second meanwhile. */
async function rate({ load }: Play, meanwhile: () => Promise<void>): Promise<number> {
  const [begun, before] = [performance.now(), load.acknowledged()];
  await meanwhile();
  return ((load.acknowledged() - before) * 1000) / (performance.now() - begun);
}
