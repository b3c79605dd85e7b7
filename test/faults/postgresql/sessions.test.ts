import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
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
    const told = await gateway.rows<Session>(
      `select pid, backend_start::text as began, pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'posthorn-%'`,
    );
    await delay(1000);
    const [row] = await gateway.rows<{ gone: number }>(
      `select count(*)::int as gone from unnest($1::int[], $2::text[]) as t (pid, began)
       where not exists (select from pg_stat_activity a where a.pid = t.pid and a.backend_start::text = t.began)`,
      [told.map(({ pid }) => pid), told.map(({ began }) => began)],
    );
    sessions += row?.gone ?? 0;
  }
  stage.faultEnds();
  expect(sessions, "sessions that were ended, and are gone").toBeGreaterThan(seconds);
  stage.remark(`${sessions} sessions`);
  await play.ends("none");
}

interface Session {
  readonly pid: number;
  readonly began: string;
}
