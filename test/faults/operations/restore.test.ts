import { operatorKey } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import { loadType } from "../harness/audience.ts";
import { openWork } from "../harness/database.ts";
import type { Load } from "../harness/scenario.ts";
import { startOwnServer } from "../postgresql/ownServer.ts";
import { archiving, ask, takeBackup } from "./backup.ts";

/** Published after the moment, so that the restored database does not know them. */
const laterEvents = 50;

describeFaults("operations", [
  {
    name: "PostgreSQL is lost with its disk, and restored to a moment under load from a base backup and WAL",
    timeoutMs: 300_000,
    async run(stage) {
      const server = await startOwnServer(archiving);
      await stage.useDatabase(server.url);
      // Slow, so that much of what was acknowledged before the moment is delivered after it.
      const audience = await stage.audience({ answerMs: () => 500 });
      const before = [await stage.api(), await stage.deliverer()] as const;
      const load = stage.load(() => before[0].url, { perSecond: 100, bytes: 500 });
      await grows(load, 200);
      const backup = await takeBackup(server);
      await grows(load, 400);
      await load.stop();
      const moment = await ask(server, "select clock_timestamp()::text as answer");
      const [tenantId = "", endpoints = []] = [...audience.endpointsOf][0] ?? [];
      const ids = Array.from({ length: laterEvents }, (_, n) => `later-${n}`);
      for (const id of ids) await publishNew(before[0].url, tenantId, id);
      await until(async () => (await openWork(server.url)).waiting === 0, {
        deadlineMs: 60_000,
        what: "all is delivered",
      });
      await backup.archived();
      stage.faultBegins();
      for (const running of before) running.kill("SIGKILL");
      await backup.restoreTo(moment);
      const api = await stage.api();
      await stage.deliverer();
      stage.faultEnds();
      for (const id of ids) {
        await publishNew(api.url, tenantId, id);
        stage.acknowledged({ id, tenantId, endpointIds: endpoints.map((endpoint) => endpoint.id), at: Date.now() });
      }
      stage.load(() => api.url, { perSecond: 50 });
      stage.remark(`${load.acknowledged()} acknowledged before the moment, all there`);
      stage.remark(`${laterEvents} from after it are gone, and published again under their ids`);
    },
  },
]);

async function grows(load: Load, by: number): Promise<void> {
  const from = load.acknowledged();
  await until(() => load.acknowledged() >= from + by, { deadlineMs: 60_000, what: `${by} more are acknowledged` });
}

/** Publishes what the database must not know. */
async function publishNew(api: string, tenantId: string, id: string): Promise<void> {
  const response = await fetch(`${api}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" },
    body: JSON.stringify({ type: loadType, tenantId, id, data: {} }),
  });
  if (response.status !== 202) throw new Error(`${id}: ${response.status} ${await response.text()}`);
  if (response.headers.get("idempotent-replayed") === "true") throw new Error(`${id} is there already`);
}
