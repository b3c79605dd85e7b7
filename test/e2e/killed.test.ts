import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { expectBooksToBalance, startAudience, startLoad } from "#test/books.ts";
import { ownGateway } from "#test/delivering.ts";
import { startDropProxy } from "#test/dropProxy.ts";
import { startApiProcess, startDelivererProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";

const timeout = 120_000;
const perSecond = 50;
const deadlineMs = 30_000;

test("kill -9 of the API between commit and answer loses nothing, and nothing is made twice", { timeout }, async () => {
  const gateway = await ownGateway();
  const audience = await startAudience(gateway);
  startDelivererProcess(gateway.url);
  const proxy = await startDropProxy(gateway.url);
  const first = await startApiProcess(proxy.url);
  const load = startLoad(() => first.url, audience, perSecond);
  await until(() => load.acknowledged.size > 60, { deadlineMs, what: "60 events are acknowledged" });
  // From here on commits happen, and their answers stay in the proxy.
  proxy.holdReplies();
  const isCommitted = async (): Promise<boolean> => {
    const [row] = await gateway.rows<{ count: number }>("select count(*)::int as count from posthorn.events");
    return (row?.count ?? 0) > load.acknowledged.size;
  };
  await until(isCommitted, { deadlineMs, what: "more is committed than acknowledged" });
  first.kill("SIGKILL");
  await first.ended;
  const second = await startApiProcess(gateway.url, { port: first.port });
  await until(() => load.acknowledged.size > 120, { deadlineMs, what: "the second API acknowledges" });
  // And twice more, wherever it strikes.
  second.kill("SIGKILL");
  await second.ended;
  const third = await startApiProcess(gateway.url, { port: first.port });
  await until(() => load.acknowledged.size > 180, { deadlineMs, what: "the third API acknowledges" });
  await expectBooksToBalance(gateway, load, audience);
  expect(load.repeated()).toBeGreaterThan(0);
  expect(third.log()).not.toContain('"level":50');
});

test(
  "kill -9 of a deliverer in mid-request loses nothing, whether another runs or one starts after it",
  { timeout },
  async () => {
    const gateway = await ownGateway();
    const audience = await startAudience(gateway, (nth) => 50 + (nth % 10) * 20);
    const api = await startApiProcess(gateway.url);
    const first = startDelivererProcess(gateway.url);
    const load = startLoad(() => api.url, audience, perSecond);
    await until(() => audience.arrivals.length > 50 && audience.inFlight() > 2, {
      deadlineMs,
      what: "requests are under way",
    });
    first.kill("SIGKILL");
    await first.ended;
    const second = startDelivererProcess(gateway.url);
    await delay(2000);
    startDelivererProcess(gateway.url);
    const before = audience.arrivals.length;
    await until(() => audience.arrivals.length > before + 50 && audience.inFlight() > 2, {
      deadlineMs,
      what: "the second delivers",
    });
    second.kill("SIGKILL");
    await delay(2000);
    // What was in flight at a kill comes again: at least once.
    expect(await expectBooksToBalance(gateway, load, audience)).toBeGreaterThan(0);
  },
);

test("kill -9 of API and deliverer at once loses nothing", { timeout }, async () => {
  const gateway = await ownGateway();
  const audience = await startAudience(gateway, () => 50);
  const [api, deliverer] = [await startApiProcess(gateway.url), startDelivererProcess(gateway.url)];
  const load = startLoad(() => api.url, audience, perSecond);
  await until(() => audience.arrivals.length > 60 && audience.inFlight() > 2, {
    deadlineMs,
    what: "requests are under way",
  });
  api.kill("SIGKILL");
  deliverer.kill("SIGKILL");
  await Promise.all([api.ended, deliverer.ended]);
  startDelivererProcess(gateway.url);
  await startApiProcess(gateway.url, { port: api.port });
  await delay(1000);
  expect(await expectBooksToBalance(gateway, load, audience)).toBeGreaterThan(0);
});

test("a deliverer that stalls is taken for dead; when it wakes it overwrites nothing", { timeout }, async () => {
  const gateway = await ownGateway();
  const audience = await startAudience(gateway, () => 100);
  const api = await startApiProcess(gateway.url);
  const [stalled, other] = [startDelivererProcess(gateway.url), startDelivererProcess(gateway.url)];
  const lives = async (): Promise<number> => (await gateway.rows("select from posthorn.deliverers")).length;
  await until(async () => (await lives()) === 2, { deadlineMs, what: "both live" });
  const load = startLoad(() => api.url, audience, perSecond);
  await until(() => audience.arrivals.length > 50 && audience.inFlight() > 3, { deadlineMs, what: "both deliver" });
  stalled.kill("SIGSTOP");
  await until(async () => (await lives()) === 1, { deadlineMs, what: "the stalled one is taken for dead" });
  await until(
    async () =>
      (await gateway.rows("select from graphile_worker.jobs where locked_at < now() - interval '3 seconds'")).length ===
      0,
    {
      deadlineMs,
      what: "its jobs are done by the other",
    },
  );
  stalled.kill("SIGCONT");
  await until(async () => (await lives()) === 2, { deadlineMs, what: "it is back" });
  await expectBooksToBalance(gateway, load, audience);
  const [twice] = await gateway.rows(
    "select count(*)::int as count from (select from posthorn.attempts where outcome = 'succeeded' group by delivery_id having count(*) > 1) x",
  );
  expect(twice).toEqual({ count: 0 });
  for (const deliverer of [stalled, other]) deliverer.kill("SIGTERM");
  expect(await Promise.all([stalled.ended, other.ended])).toEqual([0, 0]);
});
