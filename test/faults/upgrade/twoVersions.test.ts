import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { makeNextVersion, type NextVersion } from "#test/nextVersion.ts";
import { startDelivererProcess, type ApiProcess, type GatewayProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Load, Scenario, Stage } from "../harness/scenario.ts";
import { compatibleMigrations } from "./migration.ts";

const perSecond = 50;

/** Three scenarios on two cores make everything slow: what is counted here is what an upgrade refuses, and not that. */
const patient = { POSTHORN_DATABASE_CONNECT_TIMEOUT_MS: "4000", POSTHORN_API_STATEMENT_TIMEOUT_MS: "4000" };

/** One API and two deliverers of a version. */
interface Rolled {
  readonly api: ApiProcess;
  readonly deliverers: readonly GatewayProcess[];
}

/** Which API the publishers are led to, as by the balancer in front. */
const front = { url: "" };

function twoVersions(sideBySideMs: number): Scenario["run"] {
  return async (stage) => {
    const gateway = await stage.gateway();
    await stage.audience({ answerMs: (nth) => 20 + (nth % 10) * 20 });
    const next = makeNextVersion(...compatibleMigrations);
    await expectRefused(next, gateway.url);
    const old = await start(stage);
    front.url = old.api.url;
    const load = stage.load(() => front.url, { perSecond });
    await more(load, 50);

    const begun = performance.now();
    expect(await next.migrate(gateway.url)).toMatchObject({ code: 0 });
    stage.remark(`migrated under load in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    await more(load, 50);
    expect(await versionsSeen(stage)).toHaveLength(1);

    const upgraded = await start(stage, next);
    await sideBySide(sideBySideMs, [old, upgraded], load);
    expect(await versionsSeen(stage)).toContain(next.version);
    await takeOver(upgraded, old, load);

    // The new version turns out to be bad: the old one is started again, on the schema as it is now.
    const back = await start(stage);
    await sideBySide(sideBySideMs / 4, [upgraded, back], load);
    await takeOver(back, upgraded, load);

    await load.stop();
    expect(load.repeated(), "publishes that had to be said again").toBe(0);
    const [row] = await gateway.rows<{ calls: string }>("select last_value as calls from posthorn.next_version_calls");
    expect(Number(row?.calls)).toBeGreaterThan(100);
    stage.expectNothingTwice();
  };
}

async function expectRefused(next: NextVersion, databaseUrl: string): Promise<void> {
  const early = startDelivererProcess(databaseUrl, { entry: next.entry("deliverer.ts") });
  expect(await early.ended).toBe(78);
  expect(early.log()).toContain("older than this version of Posthorn: run `npm run migrate` first");
}

async function start(stage: Stage, version?: NextVersion): Promise<Rolled> {
  const of = (name: string) => (version ? { entry: version.entry(name) } : {});
  const [api, ...deliverers] = await Promise.all([
    stage.api({ ...of("node.ts"), env: patient }),
    stage.deliverer(of("deliverer.ts")),
    stage.deliverer(of("deliverer.ts")),
  ]);
  return { api, deliverers };
}

/** Both versions take what is published, in turns. */
async function sideBySide(ms: number, both: readonly Rolled[], load: Load): Promise<void> {
  const ends = performance.now() + ms;
  for (let turn = 0; performance.now() < ends; turn++) {
    front.url = both[turn % both.length]?.api.url ?? "";
    await delay(250);
  }
  await more(load, 50);
}

/** The others get SIGTERM one by one, after the publishers are led elsewhere. */
async function takeOver(to: Rolled, from: Rolled, load: Load): Promise<void> {
  front.url = to.api.url;
  await more(load, 20);
  for (const process of [from.api, ...from.deliverers]) {
    process.kill("SIGTERM");
    expect(await process.ended).toBe(0);
    await more(load, 20);
  }
}

async function versionsSeen(stage: Stage): Promise<string[]> {
  const gateway = await stage.gateway();
  const rows = await gateway.rows<{ version: string }>("select distinct version from posthorn.deliverers");
  return rows.map(({ version }) => version);
}

async function more(load: Load, count: number): Promise<void> {
  const goal = load.acknowledged() + count;
  await until(() => load.acknowledged() > goal, { deadlineMs: 60_000, what: `${count} more are acknowledged` });
}

describeFaults("upgrade", [
  {
    name: "the next version migrates under load, runs beside this one for 20 s, takes over, is rolled back",
    timeoutMs: 600_000,
    run: twoVersions(20_000),
  },
  {
    name: "the next version migrates under load, runs beside this one for 2 s, takes over, is rolled back",
    fast: true,
    timeoutMs: 600_000,
    run: twoVersions(2000),
  },
]);
