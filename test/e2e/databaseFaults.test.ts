import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { isAlive } from "#db/embedded/postmaster.ts";
import { startEmbedded, type EmbeddedPostgres } from "#db/embedded/start.ts";
import { migrate } from "#db/migrate.ts";
import { expectBooksToBalance, startAudience, startLoad } from "#test/books.ts";
import { ownGateway } from "#test/delivering.ts";
import { createGateway } from "#test/gateway.ts";
import { startApiProcess, startDelivererProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";

const timeout = 120_000;
const perSecond = 50;
const deadlineMs = 30_000;

test("an immediate restart of PostgreSQL under load loses nothing that was acknowledged", { timeout }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "posthorn-restart-"));
  const start = (): Promise<EmbeddedPostgres> => startEmbedded({ directory, log: () => {} });
  let server = await start();
  onTestFinished(async () => {
    await server.stop({ fastMs: 2000 });
    rmSync(directory, { recursive: true, force: true });
  });
  await migrate(server.url);
  const gateway = await createGateway(server.url);
  onTestFinished(() => gateway.close());
  const audience = await startAudience(gateway, () => 20);
  const [api, deliverer] = [await startApiProcess(server.url), startDelivererProcess(server.url)];
  const load = startLoad(() => api.url, audience, perSecond);
  for (const atLeast of [60, 140]) {
    await until(() => audience.arrivals.length > atLeast, { deadlineMs, what: "requests arrive" });
    // What pg_ctl stop -m immediate sends: no checkpoint, no goodbye, and recovery at the next start.
    process.kill(server.pid, "SIGQUIT");
    await until(() => !isAlive(server.pid), { deadlineMs, what: "the server is gone" });
    const { url } = server;
    server = await start();
    expect(server.url).toBe(url);
  }
  await until(() => audience.arrivals.length > 220, { deadlineMs, what: "requests arrive again" });
  await expectBooksToBalance(gateway, load, audience);
  deliverer.kill("SIGTERM");
  expect(await deliverer.ended).toBe(0);
});

test("API and deliverer losing all their sessions once a second lose and hang nothing", { timeout }, async () => {
  const gateway = await ownGateway();
  const audience = await startAudience(gateway, () => 20);
  const [api, deliverer] = [await startApiProcess(gateway.url), startDelivererProcess(gateway.url)];
  const load = startLoad(() => api.url, audience, perSecond);
  await until(() => audience.arrivals.length > 30, { deadlineMs, what: "requests arrive" });
  let ended = 0;
  for (let second = 0; second < 10; second++) {
    const acknowledged = load.acknowledged.size;
    const [row] = await gateway.rows<{ count: number }>(
      `select count(pg_terminate_backend(pid))::int as count from pg_stat_activity
       where datname = current_database() and application_name like 'posthorn-%'`,
    );
    ended += row?.count ?? 0;
    await delay(1000);
    await until(() => load.acknowledged.size > acknowledged, { deadlineMs, what: "publishing goes on" });
  }
  expect(ended).toBeGreaterThan(20);
  await expectBooksToBalance(gateway, load, audience);
  deliverer.kill("SIGTERM");
  api.kill("SIGTERM");
  expect(await Promise.all([deliverer.ended, api.ended])).toEqual([0, 0]);
});
