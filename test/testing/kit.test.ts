import { existsSync } from "node:fs";
import { Pool } from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import { createTestDatabase } from "#test/database.ts";
import { installClock } from "../../src/testing/clock.ts";
import { startTestGateway } from "../../src/testing/index.ts";
import { addEndpoint, prepare, publish, testGateway } from "./kit.ts";

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const pool = new Pool({ connectionString: url, max: 1 });
  pool.on("error", () => {});
  try {
    return (await pool.query<Record<string, unknown>>(text)).rows;
  } finally {
    await pool.end();
  }
}

test("the clock of a database that the kit has not made cannot be moved", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const pool = new Pool({ connectionString: database.url, max: 1 });
  onTestFinished(() => pool.end());
  await expect(installClock(pool)).rejects.toThrow("only databases that the test kit has made");
  expect(await ask(database.url, "select to_regnamespace('posthorn_test') as clock")).toEqual([{ clock: null }]);
});

test("a gateway has a database of its own, which is gone when it stops", async () => {
  const gateway = await startTestGateway({ databaseUrl: inject("adminUrl") });
  const name = new URL(gateway.databaseUrl).pathname.slice(1);
  expect(name).toMatch(/^posthorn_test_[0-9a-f]{16}$/);
  await gateway.stop();
  await gateway.stop();
  expect(await ask(inject("adminUrl"), `select from pg_database where datname = '${name}'`)).toEqual([]);
});

test("without a server's URL a gateway brings its own PostgreSQL, which goes with it", async () => {
  const gateway = await startTestGateway();
  const [row] = await ask(gateway.databaseUrl, "select current_setting('data_directory') as folder");
  const folder = String(row?.["folder"]);
  expect(existsSync(folder)).toBe(true);
  await gateway.stop();
  expect(existsSync(folder)).toBe(false);
});

test("the API, the database and its ids have the moved time, and it goes on from there", async () => {
  const gateway = await testGateway();
  const begun = Date.now();
  await gateway.advance({ days: 40, hours: 1, minutes: 2, seconds: 3 });
  const movedMs = (((40 * 24 + 1) * 60 + 2) * 60 + 3) * 1000;
  const passed = (time: number): void => {
    expect(time - begun - movedMs).toBeGreaterThanOrEqual(-100);
    expect(time - begun - movedMs).toBeLessThan(30_000);
  };
  passed(gateway.now().getTime());
  const [row] = await ask(
    gateway.databaseUrl,
    `select extract(epoch from posthorn.now())::float8 * 1000 as now,
       ('x' || left(replace(posthorn.new_id()::text, '-', ''), 12))::bit(48)::bigint::float8 as id`,
  );
  passed(Number(row?.["now"]));
  passed(Number(row?.["id"]));
  const { body } = await gateway.request<{ createdAt: string }>("PUT", "/v1/tenants/acme", {});
  passed(Date.parse(body.createdAt));
});

test("time only goes forward", async () => {
  const gateway = await testGateway();
  await expect(gateway.advance({ seconds: -1 })).rejects.toThrow(RangeError);
  await expect(gateway.advance({ days: Number.NaN })).rejects.toThrow(RangeError);
});

test("a request that was signed with another secret is told from the others", async () => {
  const [gateway, other] = await Promise.all([testGateway(), testGateway()]);
  await prepare(gateway);
  await prepare(other);
  const receiver = await gateway.receiver();
  await addEndpoint(gateway, receiver);
  const { secret } = await addEndpoint(other, receiver);
  await publish(gateway);
  await gateway.settled();
  await expect(receiver.requests[0]?.verify(secret)).rejects.toThrow("signature");
});
