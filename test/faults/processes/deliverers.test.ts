import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { Gateway } from "#test/gateway.ts";
import type { GatewayProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";

const deadlineMs = 120_000;

/** Where a start takes longer than two seconds the least number of kills takes longer than it should, up to this. */
const patienceMs = 180_000;

/** How often, for how long at most, and how often all the same. */
interface Kills {
  readonly atMost: number;
  readonly atLeast: number;
  readonly forMs?: number;
}

/**
 * One of two is killed and started again, in turn; the moment within the two seconds moves. Where a start takes longer than two seconds there
 * are fewer kills than that: one of the two is always there.
 */
function killedInTurn(about: Pick<Scenario, "name" | "fast" | "timeoutMs">, kills: Kills): Scenario {
  const { atMost, atLeast, forMs = Infinity } = kills;
  const limitMs = (n: number): number => (n < atLeast ? Math.max(forMs, patienceMs) : forMs);
  return {
    ...about,
    async run(stage) {
      const gateway = await stage.gateway();
      const audience = await stage.audience({ answerMs: (nth) => 50 + (nth % 10) * 20 });
      const api = await stage.api();
      const pair = [await stage.deliverer(), await stage.deliverer()];
      const load = stage.load(() => api.url, { perSecond: 50 });
      await until(() => audience.inFlight() > 2, { deadlineMs, what: "requests are under way" });
      stage.faultBegins();
      const begun = performance.now();
      let n = 0;
      for (; n < atMost && performance.now() - begun < limitMs(n); n++) {
        await delay(Math.max(0, begun + n * 2000 + ((n * 7) % 10) * 100 - performance.now()));
        const victim = pair[n % 2];
        victim?.kill("SIGKILL");
        await victim?.ended;
        pair[n % 2] = await stage.deliverer();
      }
      stage.faultEnds();
      const [jobs] = await gateway.rows<{ waited: number }>(
        `select coalesce(extract(epoch from max(now() - run_at)), 0)::float8 as waited from graphile_worker._private_jobs`,
      );
      stage.remark(`${n} kills in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
      stage.remark(`the oldest job left by the last was ${jobs?.waited.toFixed(1)} s old`);
      expect(n, "kills").toBeGreaterThanOrEqual(atLeast);
      expect(load.repeated(), "publishing does not depend on deliverers").toBe(0);
    },
  };
}

/** What the others did in place of one that stood still must stay as it was when that one goes on. */
function stalled(about: Pick<Scenario, "name" | "fast" | "timeoutMs">, forMs: number): Scenario {
  return {
    ...about,
    async run(stage) {
      const gateway = await stage.gateway();
      const audience = await stage.audience({ answerMs: () => 100 });
      const api = await stage.api();
      const asleep = await stage.deliverer();
      await stage.deliverer();
      const lives = async (): Promise<number> => (await gateway.rows("select from posthorn.deliverers")).length;
      stage.load(() => api.url, { perSecond: 50 });
      await until(() => audience.arrivals() > 50 && audience.inFlight() > 3, { deadlineMs, what: "both deliver" });
      stage.faultBegins();
      const held = await stopInMidWork(asleep, gateway);
      const begun = performance.now();
      await until(async () => (await lives()) === 1, { deadlineMs, what: "the stalled one is taken for dead" });
      await delay(Math.max(0, begun + forMs - performance.now()));
      const oldJobs = "select from graphile_worker.jobs where locked_at < now() - interval '3 seconds'";
      const isTakenOver = async (): Promise<boolean> => (await gateway.rows(oldJobs)).length === 0;
      await until(isTakenOver, { deadlineMs, what: "the other has done its jobs" });
      const settled = `select d.id, d.status, d.attempts, d.updated_at::text, array_agg(row(a.number, a.started_at, a.outcome)::text order by a.number) as attempts_as_they_were
        from posthorn.deliveries d join posthorn.attempts a on a.delivery_id = d.id where d.status = 'delivered' and d.id <= $1 group by d.id order by d.id`;
      const [last] = await gateway.rows<{ id: string }>("select max(id::text) as id from posthorn.deliveries");
      const before = await gateway.rows(settled, [last?.id]);
      asleep.kill("SIGCONT");
      stage.faultEnds();
      await until(async () => (await lives()) === 2, { deadlineMs, what: "it is back" });
      const arrivals = audience.arrivals();
      await until(() => audience.arrivals() > arrivals + 100, { deadlineMs, what: "both deliver again" });
      expect(before.length, "delivered before it woke").toBeGreaterThan(0);
      const known = new Set(before.map((row) => row["id"]));
      const after = (await gateway.rows(settled, [last?.id])).filter((row) => known.has(row["id"]));
      expect(after, "what was delivered meanwhile is as it was").toEqual(before);
      stage.remark(`${held} deliveries were in its hands when it stopped`);
      stage.remark(`${before.length.toLocaleString("en")} delivered before it woke, none of them written again`);
    },
  };
}

/** Stops it with work in its hands: where it has none at that moment it goes on, and is stopped again. Returns how many deliveries it has. */
function stopInMidWork(deliverer: GatewayProcess, gateway: Gateway): Promise<number> {
  const stopped = async (): Promise<number> => {
    deliverer.kill("SIGSTOP");
    const [row] = await gateway.rows<{ held: number }>(
      `select count(*)::int as held from graphile_worker._private_jobs j join posthorn.deliverers who on who.id = j.locked_by
         join posthorn.deliveries d on d.id::text = j.payload ->> 'id' where who.pid = $1 and d.status = 'queued'`,
      [deliverer.pid],
    );
    if (row?.held === 0) deliverer.kill("SIGCONT");
    return row?.held ?? 0;
  };
  return until(stopped, { deadlineMs, everyMs: 100, what: "it is stopped with work in its hands" });
}

describeFaults("processes", [
  killedInTurn({ name: "kill -9 of one of two deliverers, three times", fast: true }, { atMost: 3, atLeast: 3 }),
  killedInTurn(
    { name: "kill -9 of one of two deliverers, every 2 s for 60 s", timeoutMs: 600_000 },
    { atMost: 30, atLeast: 20, forMs: 60_000 },
  ),
]);

describeFaults("processes", [
  stalled({ name: "SIGSTOP of one of two deliverers until it is taken for dead, then SIGCONT", fast: true }, 0),
  stalled({ name: "SIGSTOP of one of two deliverers for 60 s, then SIGCONT", timeoutMs: 600_000 }, 60_000),
]);
