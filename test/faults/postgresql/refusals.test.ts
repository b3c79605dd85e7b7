import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { expect } from "vitest";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Stage } from "../harness/scenario.ts";
import { connectTo, startOwnServer } from "./ownServer.ts";
import { startPlay } from "./play.ts";

const faultMs = 10_000;
const maxConnections = 60;
/** SQLSTATE 53300, in PostgreSQL's words. */
const tooMany = /too many clients/;

describeFaults("postgresql", [
  {
    name: "PostgreSQL refuses: too many clients, for 10 s",
    run: crowded,
  },
  {
    name: "PostgreSQL is read-only for 10 s",
    async run(stage) {
      const server = await startOwnServer();
      await stage.useDatabase(server.url);
      const play = await startPlay(stage);
      stage.faultBegins();
      await server.run("alter system set default_transaction_read_only = on");
      await server.run("select pg_reload_conf()");
      await play.refuses();
      await play.standsStill(faultMs);
      await server.run("alter system reset default_transaction_read_only");
      await server.run("select pg_reload_conf()");
      stage.faultEnds();
      await play.ends(/read-only transaction/);
    },
  },
]);

async function crowded(stage: Stage): Promise<void> {
  const server = await startOwnServer({ max_connections: String(maxConnections) });
  await stage.useDatabase(server.url);
  const play = await startPlay(stage);
  stage.faultBegins();
  const others = await takeAllConnections(server.url);
  expect(others.count(), "other clients with a connection").toBeGreaterThan(0);
  const before = play.turnedAway(tooMany);
  await play.standsStill(faultMs);
  const refused = play.turnedAway(tooMany) - before;
  expect(refused, "requests turned away because PostgreSQL had too many clients").toBeGreaterThan(0);
  stage.remark(`${others.count()} other clients have all connections; ${refused} requests met "too many clients"`);
  await others.leave();
  stage.faultEnds();
  await play.ends(tooMany);
}

/**
 * Other clients that want twice as many connections as there are, so that each one that becomes free is sooner theirs than the gateway's;
 * whatever else is connected is ended, until they have all.
 */
async function takeAllConnections(url: string): Promise<{ count(): number; leave(): Promise<void> }> {
  const admin = await connectTo(url);
  const taken: Client[] = [];
  const leaving = new AbortController();
  const take = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      const client = await connectTo(url).catch(() => undefined);
      if (client !== undefined) return void taken.push(client);
      await delay(50);
    }
  };
  const takers = Array.from({ length: 2 * maxConnections }, take);
  const haveAll = async (): Promise<boolean> => {
    const { rows } = await admin.query<{ ours: number }>(
      `select (count(*) filter (where application_name = 'scenario'))::int as ours,
         count(case when application_name <> 'scenario' then pg_terminate_backend(pid) end)
       from pg_stat_activity where backend_type = 'client backend'`,
    );
    return rows[0]?.ours === maxConnections;
  };
  await until(haveAll, { deadlineMs: 60_000, everyMs: 200, what: "nobody else has a connection" });
  return {
    count: () => taken.length,
    async leave() {
      leaving.abort();
      await Promise.all(takers);
      await Promise.all([admin, ...taken].map((client) => client.end()));
    },
  };
}
