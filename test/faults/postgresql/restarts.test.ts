import { setTimeout as delay } from "node:timers/promises";
import { describeFaults } from "../harness/describe.ts";
import type { Stage } from "../harness/scenario.ts";
import { startOwnServer, type OwnServer } from "./ownServer.ts";
import { reasons, startPlay } from "./play.ts";

const awayMs = 1_000;

describeFaults("postgresql", [
  {
    name: "PostgreSQL restarts at once, as after a crash",
    fast: true,
    run: (stage) => restarted(stage, "immediate", 1),
  },
  {
    name: "PostgreSQL restarts at once, as after a crash, three times",
    run: (stage) => restarted(stage, "immediate", 3),
  },
  { name: "PostgreSQL restarts in an orderly way, three times", run: (stage) => restarted(stage, "fast", 3) },
]);

async function restarted(stage: Stage, how: Parameters<OwnServer["stop"]>[0], times: number): Promise<void> {
  const server = await startOwnServer();
  await stage.useDatabase(server.url);
  const play = await startPlay(stage);
  stage.faultBegins();
  for (let time = 1; time <= times; time++) {
    await server.stop(how);
    await delay(awayMs);
    await server.start();
    if (time < times) await play.goesOn(25);
  }
  stage.faultEnds();
  await play.ends(reasons.broken);
}
