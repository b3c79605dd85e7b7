import { expect } from "vitest";
import { startDropProxy } from "#test/dropProxy.ts";
import { until } from "#test/until.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Audience, Scenario } from "../harness/scenario.ts";

const deadlineMs = 120_000;

function busy(audience: Audience): Promise<unknown> {
  const isBusy = (): boolean => audience.arrivals() > 50 && audience.inFlight() > 5;
  return until(isBusy, { deadlineMs, what: "requests are under way" });
}

const onlyDeliverer: Scenario = {
  name: "SIGTERM of the only deliverer under load, then a start",
  fast: true,
  async run(stage) {
    const gateway = await stage.gateway();
    const audience = await stage.audience({ answerMs: (nth) => 50 + (nth % 10) * 30 });
    const api = await stage.api();
    const first = await stage.deliverer();
    stage.load(() => api.url, { perSecond: 50 });
    stage.expectNothingTwice();
    await busy(audience);
    first.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    const locked = await gateway.rows("select from graphile_worker.jobs where locked_at is not null");
    expect(locked, "jobs it has not given back").toHaveLength(0);
    await stage.deliverer();
  },
};

const onlyApi: Scenario = {
  name: "SIGTERM of the only API under load: it answers what it has begun; then a start",
  fast: true,
  async run(stage) {
    const gateway = await stage.gateway();
    await stage.audience();
    await stage.deliverer();
    const api = await stage.api();
    const load = stage.load(() => api.url, { perSecond: 50 });
    stage.expectNothingTwice();
    await until(() => load.acknowledged() > 60, { deadlineMs, what: "60 events are acknowledged" });
    api.kill("SIGTERM");
    expect(await api.ended).toBe(0);
    const [row] = await gateway.rows<{ count: number }>("select count(*)::int as count from posthorn.events");
    const committed = row?.count ?? 0;
    await until(() => load.acknowledged() >= committed, { deadlineMs, what: "all that was committed is answered" });
    expect(load.acknowledged()).toBe(committed);
    await stage.api({ port: api.port });
    stage.remark(`all ${committed} that it had committed were answered`);
  },
};

const databaseAway: Scenario = {
  name: "SIGTERM of a deliverer that has just lost the database",
  fast: true,
  async run(stage) {
    const gateway = await stage.gateway();
    const audience = await stage.audience({ answerMs: (nth) => (nth < 50 ? 2000 : 5) });
    const api = await stage.api();
    const proxy = await startDropProxy(gateway.url);
    const first = await stage.deliverer({ databaseUrl: proxy.url, env: { POSTHORN_DRAIN_MS: "1000" } });
    stage.load(() => api.url, { perSecond: 50 });
    await until(() => audience.inFlight() > 5, { deadlineMs, what: "requests are under way" });
    stage.faultBegins();
    proxy.cut();
    const askedAt = performance.now();
    first.kill("SIGTERM");
    const code = await first.ended;
    const tookMs = performance.now() - askedAt;
    expect(tookMs, "the drain, and some seconds for the last writes").toBeLessThan(20_000);
    await stage.deliverer();
    stage.faultEnds();
    stage.remark(`it ended with ${code} after ${(tookMs / 1000).toFixed(1)} s`);
  },
};

describeFaults("processes", [onlyDeliverer, onlyApi, databaseAway]);
