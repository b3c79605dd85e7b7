import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import { connectTo, startOwnServer } from "./ownServer.ts";
import { startPlay } from "./play.ts";

const faultMs = 10_000;
const maxConnections = 60;

describeFaults("postgresql", [
  {
    name: "PostgreSQL refuses: too many clients, for 10 s",
    async run(stage) {
      const server = await startOwnServer({ max_connections: String(maxConnections) });
      await stage.useDatabase(server.url);
      const play = await startPlay(stage);
      stage.faultBegins();
      const others = await takeAllConnections(server.url);
      await delay(faultMs);
      stage.remark(`${others.count()} other clients have all connections`);
      await others.leave();
      stage.faultEnds();
      await play.ends("outage");
    },
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
      await delay(faultMs);
      await server.run("alter system reset default_transaction_read_only");
      await server.run("select pg_reload_conf()");
      stage.faultEnds();
      await play.ends("outage");
    },
  },
]);

/** Other clients that want more connections than there are; what the gateway has is ended, until it gets none any more. */
async function takeAllConnections(url: string): Promise<{ count(): number; leave(): Promise<void> }> {
  const admin = await connectTo(url);
  const taken: Client[] = [];
  const leaving = new AbortController();
  let refused = false;
  const take = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      const client = await connectTo(url).catch(() => undefined);
      if (client !== undefined) return void taken.push(client);
      refused = true;
      await delay(100);
    }
  };
  const takers = Array.from({ length: maxConnections }, take);
  const gatewayHasNone = async (): Promise<boolean> => {
    const { rowCount } = await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'posthorn-%'",
    );
    return rowCount === 0 && refused;
  };
  await until(gatewayHasNone, { deadlineMs: 60_000, everyMs: 200, what: "the gateway has no connection" });
  return {
    count: () => taken.length,
    async leave() {
      leaving.abort();
      await Promise.all(takers);
      await Promise.all([admin, ...taken].map((client) => client.end()));
    },
  };
}
