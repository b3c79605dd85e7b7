import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { describeFaults } from "../harness/describe.ts";
import type { Stage } from "../harness/scenario.ts";
import { startPlay } from "./play.ts";
import { startWithFullDisk } from "./fullDisk.ts";

const faultMs = 10_000;
/** ENOSPC, or the limit's EFBIG, in PostgreSQL's words. */
const noRoom = /No space left on device|File too large/;

describeFaults("postgresql", [
  {
    name: "PostgreSQL's disk is full for 10 s",
    run: full,
  },
]);

async function full(stage: Stage): Promise<void> {
  const disk = await startWithFullDisk();
  await stage.useDatabase(disk.url);
  const play = await startPlay(stage);
  stage.faultBegins();
  await disk.fill();
  await play.refuses();
  await delay(faultMs);
  const { restarted, timesFull } = await disk.makeRoom();
  stage.faultEnds();
  const refused = play.turnedAway(noRoom);
  expect(timesFull ?? 1, "writes that found no room").toBeGreaterThan(0);
  expect(Number(restarted) + refused, "ends of the server, and requests that it refused for it").toBeGreaterThan(0);
  const server = restarted ? "ended by itself and was started again" : "survived it";
  stage.remark(`${disk.kind}; the server ${server}; ${refused} requests met it before`);
  await play.ends(/./);
}
