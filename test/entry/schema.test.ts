import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { makeNextVersion, type NextVersion } from "#test/nextVersion.ts";
import { startApiProcess, startDelivererProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";

const timeout = 120_000;
const deadlineMs = 60_000;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway();
});
afterAll(() => gateway.close());

async function migrated(version: NextVersion, own: Gateway): Promise<void> {
  expect(await version.migrate(own.url)).toEqual({ code: 0, output: "the schema is up to date\n" });
}
const versionsAlive = (own: Gateway): Promise<{ version: string }[]> =>
  own.rows("select version from posthorn.deliverers where heartbeat_at > now() - interval '4 seconds'");

test("this version starts on the schema of a next one that only adds", { timeout }, async () => {
  await migrated(
    makeNextVersion(() => "alter table posthorn.tenants add next_version text not null default ''"),
    gateway,
  );
  const api = await startApiProcess(gateway.url);
  const deliverer = startDelivererProcess(gateway.url);
  await until(async () => (await versionsAlive(gateway)).length === 1, { deadlineMs, what: "the deliverer lives" });
  for (const process of [api, deliverer]) process.kill("SIGTERM");
  expect([await api.ended, await deliverer.ended]).toEqual([0, 0]);
});

test(
  "a next version that takes something away ends this one: the API is not ready, a deliverer exits with 78",
  { timeout },
  async () => {
    const own = await createGateway();
    onTestFinished(() => own.close());
    const api = await startApiProcess(own.url);
    const deliverer = startDelivererProcess(own.url);
    await until(async () => (await versionsAlive(own)).length === 1, { deadlineMs, what: "the deliverer lives" });
    await migrated(
      makeNextVersion((when) => `update posthorn.schema_compatibility set oldest = ${when}`),
      own,
    );
    const readiness = async () => {
      const response = await fetch(`${api.url}/readyz`);
      return { status: response.status, body: await response.text() };
    };
    await until(async () => (await readiness()).status === 503, {
      deadlineMs,
      what: "the API says that it is not ready",
    });
    expect((await readiness()).body).toContain("upgrade this process to the version that migrated it");
    expect(await deliverer.ended).toBe(78);
    expect(deliverer.log()).toContain("upgrade this process to the version that migrated it");
  },
);
