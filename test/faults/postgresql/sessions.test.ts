import { setTimeout as delay } from "node:timers/promises";
import { describeFaults } from "../harness/describe.ts";
import type { Stage } from "../harness/scenario.ts";
import { startPlay } from "./play.ts";

describeFaults("postgresql", [
  {
    name: "all sessions of API and deliverers are ended, once a second for 5 s",
    fast: true,
    run: (stage) => ended(stage, 5),
  },
  { name: "all sessions of API and deliverers are ended, once a second for 30 s", run: (stage) => ended(stage, 30) },
]);

async function ended(stage: Stage, seconds: number): Promise<void> {
  const gateway = await stage.gateway();
  const play = await startPlay(stage);
  stage.faultBegins();
  let sessions = 0;
  for (let second = 0; second < seconds; second++) {
    const [row] = await gateway.rows<{ count: number }>(
      `select count(pg_terminate_backend(pid))::int as count from pg_stat_activity
       where datname = current_database() and application_name like 'posthorn-%'`,
    );
    sessions += row?.count ?? 0;
    await delay(1000);
  }
  stage.faultEnds();
  stage.remark(`${sessions} sessions`);
  await play.ends("none");
}
