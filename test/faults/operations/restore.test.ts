import { expect } from "vitest";
import { operatorKey } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import { loadType } from "../harness/audience.ts";
import { openWork } from "../harness/database.ts";
import type { Audience, Load, Stage } from "../harness/scenario.ts";
import { startOwnServer, type OwnServer } from "../postgresql/ownServer.ts";
import { archiving, ask, takeBackup } from "./backup.ts";

/** Published after the moment, so that the restored database does not know them: whoever hears of the restore says them again. */
const laterIds = Array.from({ length: 50 }, (_, n) => `later-${n}`);

describeFaults("operations", [
  {
    name: "PostgreSQL is lost with its disk, and restored to a moment under load from a base backup and WAL",
    timeoutMs: 300_000,
    run: restored,
  },
]);

async function restored(stage: Stage): Promise<void> {
  const server = await startOwnServer(archiving);
  await stage.useDatabase(server.url);
  // Slow, so that much of what was acknowledged before the moment is delivered after it.
  const audience = await stage.audience({ answerMs: () => 500 });
  const before = [await stage.api(), await stage.deliverer()] as const;
  const load = stage.load(() => before[0].url, { perSecond: 100, bytes: 500 });
  await grows(load, 200);
  const backup = await takeBackup(server);
  await grows(load, 400);
  const acknowledged = load.acknowledged();
  // Nobody stops for the moment. What was acknowledged before it, by the database's clock, must be there; nothing else need be.
  const moment = await momentOf(server);
  await publishLater(before[0].url, audience);
  await grows(load, 200);
  await load.stop();
  await until(() => isDelivered(server), { deadlineMs: 60_000, what: "all is delivered" });
  await backup.archived();
  const all = await eventsIn(server);
  stage.mayBeGone({ from: moment.ms, to: Date.now() });
  stage.faultBegins();
  for (const running of before) running.kill("SIGKILL");
  await backup.restoreTo(moment.text);
  const gone = all - (await eventsIn(server));
  expect(gone, "events that are gone, some of the load's among them").toBeGreaterThan(laterIds.length);
  const api = await stage.api();
  await stage.deliverer();
  stage.faultEnds();
  const endpointIds = theTenant(audience)[1].map((endpoint) => endpoint.id);
  for (const id of await publishLater(api.url, audience))
    stage.acknowledged({ id, tenantId: theTenant(audience)[0], endpointIds, at: Date.now() });
  stage.load(() => api.url, { perSecond: 50 });
  stage.remark(`${acknowledged} and more acknowledged under load before the moment, all there`);
  stage.remark(`${gone} from after it are gone, ${laterIds.length} of them published again under their ids`);
}

/** Now, by the database's clock: as PostgreSQL reads it, and the millisecond of the publishers' clock that it is in. */
async function momentOf(server: OwnServer): Promise<{ text: string; ms: number }> {
  const text = await ask(server, "select clock_timestamp()::text as answer");
  const ms = await ask(server, `select floor(extract(epoch from timestamptz '${text}') * 1000)::text as answer`);
  return { text, ms: Number(ms) };
}

async function isDelivered({ url }: OwnServer): Promise<boolean> {
  const { queued, scheduled, held } = await openWork(url);
  return queued + scheduled + held === 0;
}

async function eventsIn(server: OwnServer): Promise<number> {
  return Number(await ask(server, "select count(*)::text as answer from posthorn.events"));
}

async function grows(load: Load, by: number): Promise<void> {
  const from = load.acknowledged();
  await until(() => load.acknowledged() >= from + by, { deadlineMs: 60_000, what: `${by} more are acknowledged` });
}

function theTenant({ endpointsOf }: Audience) {
  const [first] = endpointsOf;
  if (first === undefined) throw new Error("an audience has a tenant");
  return first;
}

/** Publishes what the database must not know. */
async function publishLater(api: string, audience: Audience): Promise<readonly string[]> {
  const [tenantId] = theTenant(audience);
  for (const id of laterIds) {
    const response = await fetch(`${api}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" },
      body: JSON.stringify({ type: loadType, tenantId, id, data: { n: id } }),
    });
    if (response.status !== 202) throw new Error(`${id}: ${response.status} ${await response.text()}`);
    if (response.headers.get("idempotent-replayed") === "true") throw new Error(`${id} is there already`);
  }
  return laterIds;
}
