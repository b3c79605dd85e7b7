import { expect, test } from "vitest";
import { expectBooksToBalance, startAudience, startLoad } from "#test/books.ts";
import { ownGateway } from "#test/delivering.ts";
import { startDropProxy } from "#test/dropProxy.ts";
import { startApiProcess, startDelivererProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";

const timeout = 120_000;
const perSecond = 50;
const deadlineMs = 30_000;

test("SIGTERM of a deliverer under load, with another running, sends nothing twice", { timeout }, async () => {
  const gateway = await ownGateway();
  const audience = await startAudience(gateway, (nth) => 50 + (nth % 10) * 30);
  const api = await startApiProcess(gateway.url);
  const first = startDelivererProcess(gateway.url);
  const second = startDelivererProcess(gateway.url);
  const bothAreUp = async (): Promise<boolean> => (await gateway.rows("select from posthorn.deliverers")).length === 2;
  await until(bothAreUp, { deadlineMs, what: "both deliverers have said that they live" });
  const load = startLoad(() => api.url, audience, perSecond);
  const isBusy = (): boolean => audience.arrivals.length > 50 && audience.inFlight() > 5;
  await until(isBusy, { deadlineMs, what: "requests are under way" });
  first.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  const after = audience.arrivals.length;
  await until(() => audience.arrivals.length > after + 50, { deadlineMs, what: "the other one goes on" });
  expect(await expectBooksToBalance(gateway, load, audience), "requests beyond one a delivery").toBe(0);
  second.kill("SIGTERM");
  expect(await second.ended).toBe(0);
});

test("SIGTERM of the only deliverer under load, followed by a start, sends nothing twice", { timeout }, async () => {
  const gateway = await ownGateway();
  const audience = await startAudience(gateway, (nth) => 50 + (nth % 10) * 30);
  const api = await startApiProcess(gateway.url);
  const first = startDelivererProcess(gateway.url);
  const load = startLoad(() => api.url, audience, perSecond);
  const isBusy = (): boolean => audience.arrivals.length > 50 && audience.inFlight() > 5;
  await until(isBusy, { deadlineMs, what: "requests are under way" });
  first.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  const [left] = await gateway.rows(
    "select count(*)::int as locked from graphile_worker.jobs where locked_at is not null",
  );
  expect(left).toEqual({ locked: 0 });
  startDelivererProcess(gateway.url);
  expect(await expectBooksToBalance(gateway, load, audience), "requests beyond one a delivery").toBe(0);
});

test("SIGTERM of the API under load answers what it has begun, and the next one goes on", { timeout }, async () => {
  const gateway = await ownGateway();
  const audience = await startAudience(gateway);
  startDelivererProcess(gateway.url);
  const api = await startApiProcess(gateway.url);
  const load = startLoad(() => api.url, audience, perSecond);
  await until(() => load.acknowledged.size > 60, { deadlineMs, what: "60 events are acknowledged" });
  api.kill("SIGTERM");
  expect(await api.ended).toBe(0);
  const [row] = await gateway.rows<{ count: number }>("select count(*)::int as count from posthorn.events");
  await until(() => load.acknowledged.size >= (row?.count ?? 0), { what: "all that was committed is answered" });
  expect(load.acknowledged.size).toBe(row?.count);
  await startApiProcess(gateway.url, { port: api.port });
  await until(() => load.acknowledged.size > 120, { deadlineMs, what: "the next one acknowledges" });
  expect(await expectBooksToBalance(gateway, load, audience), "requests beyond one a delivery").toBe(0);
});

test(
  "SIGTERM while the database is away still ends within the drain and some seconds, and what was sent is not lost",
  { timeout },
  async () => {
    const gateway = await ownGateway();
    const audience = await startAudience(gateway, (nth) => (nth < 50 ? 2000 : 5));
    const api = await startApiProcess(gateway.url);
    const proxy = await startDropProxy(gateway.url);
    const first = startDelivererProcess(proxy.url, { env: { POSTHORN_DRAIN_MS: "1000" } });
    const load = startLoad(() => api.url, audience, perSecond);
    await until(() => audience.inFlight() > 5, { deadlineMs, what: "requests are under way" });
    proxy.cut();
    const askedAt = performance.now();
    first.kill("SIGTERM");
    // 1 where graphile-worker could not give its jobs back: others unlock them.
    expect([0, 1]).toContain(await first.ended);
    expect(performance.now() - askedAt).toBeLessThan(20_000);
    startDelivererProcess(gateway.url);
    expect(await expectBooksToBalance(gateway, load, audience)).toBeGreaterThan(0);
  },
);
