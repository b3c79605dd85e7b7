import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { startDropProxy } from "#test/dropProxy.ts";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";

const deadlineMs = 120_000;
/** Of the thirty that a minute has room for; where a start takes longer than two seconds they take longer than the minute, up to this. */
const killsAtLeast = 20;
const patienceMs = 180_000;

const killedBetweenCommitAndAnswer: Scenario = {
  name: "kill -9 of the API between commit and answer, then twice more wherever it strikes",
  fast: true,
  async run(stage) {
    const gateway = await stage.gateway();
    await stage.audience();
    await stage.deliverer();
    const proxy = await startDropProxy(gateway.url);
    let api = await stage.api({ databaseUrl: proxy.url });
    const { url, port } = api;
    const load = stage.load(() => url, { perSecond: 50 });
    const come = (count: number): Promise<unknown> =>
      until(() => load.acknowledged() > count, { deadlineMs, what: `${count} events are acknowledged` });
    await come(60);
    stage.faultBegins();
    // From here on commits happen, and their answers stay in the proxy.
    proxy.holdReplies();
    const isCommitted = async (): Promise<boolean> => {
      const [row] = await gateway.rows<{ count: number }>("select count(*)::int as count from posthorn.events");
      return (row?.count ?? 0) > load.acknowledged();
    };
    await until(isCommitted, { deadlineMs, what: "more is committed than acknowledged" });
    for (const atLeast of [120, 180]) {
      api.kill("SIGKILL");
      await api.ended;
      api = await stage.api({ port });
      await come(atLeast);
    }
    api.kill("SIGKILL");
    await api.ended;
    await stage.api({ port });
    stage.faultEnds();
    stage.remark(`${load.repeated()} publishes were said again`);
  },
};

const killedUnderLoad: Scenario = {
  name: "kill -9 of the only API under load, every 2 s for 60 s",
  timeoutMs: 600_000,
  async run(stage) {
    const audience = await stage.audience();
    await stage.deliverer();
    let api = await stage.api();
    const { url, port } = api;
    const load = stage.load(() => url, { perSecond: 100 });
    await until(() => audience.arrivals() > 20, { deadlineMs, what: "requests arrive" });
    stage.faultBegins();
    const begun = performance.now();
    const forMs = (kills: number): number => (kills < killsAtLeast ? patienceMs : 60_000);
    let n = 0;
    for (; n < 30 && performance.now() - begun < forMs(n); n++) {
      await delay(Math.max(0, begun + n * 2000 + ((n * 7) % 10) * 100 - performance.now()));
      const acknowledged = load.acknowledged();
      await until(() => load.acknowledged() > acknowledged, { deadlineMs, what: "it acknowledges something" });
      api.kill("SIGKILL");
      await api.ended;
      api = await stage.api({ port });
    }
    stage.faultEnds();
    stage.remark(`${n} kills in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    stage.remark(`${load.repeated().toLocaleString("en")} publishes were said again`);
    expect(n, "kills").toBeGreaterThanOrEqual(killsAtLeast);
  },
};

describeFaults("processes", [killedBetweenCommitAndAnswer, killedUnderLoad]);
