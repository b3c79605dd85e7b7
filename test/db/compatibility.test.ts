import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Logger, runMigrations } from "graphile-worker";
import { Client } from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };
import { createTestDatabase, databaseUrl } from "#test/database.ts";
import { breakages, readSurface, type Surface } from "./surface.ts";

async function emptyDatabase(): Promise<Client> {
  const name = `compatible_${randomBytes(6).toString("hex")}`;
  const admin = new Client(inject("adminUrl"));
  await admin.connect();
  await admin.query(`create database ${name}`);
  const client = new Client(databaseUrl(name));
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });
  await runMigrations({ connectionString: databaseUrl(name), logger: new Logger(() => () => {}) });
  return client;
}

/** The surface after each migration, by its time in the journal. */
async function migrateStepwise(client: Client): Promise<Map<number, Surface>> {
  const surfaces = new Map<number, Surface>();
  for (const { tag, when } of journal.entries) {
    await client.query(readFileSync(join(import.meta.dirname, `../../drizzle/${tag}.sql`), "utf8"));
    surfaces.set(when, await readSurface(client));
  }
  return surfaces;
}

async function oldestIn(client: Client): Promise<number> {
  const { rows } = await client.query<{ oldest: string }>("select oldest from posthorn.schema_compatibility");
  return Number(rows[0]?.oldest);
}

test("every migration is later than the one before: the migrator passes over those that are not", () => {
  const times = journal.entries.map(({ when }) => when);
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
});

test("the schema has all that the oldest program that may run on it uses, and every one since", async () => {
  const client = await emptyDatabase();
  const surfaces = await migrateStepwise(client);
  const oldest = await oldestIn(client);
  expect(surfaces.has(oldest), `${oldest} is the time of a migration`).toBe(true);
  const after = await readSurface(client);
  const broken = [...surfaces]
    .filter(([when]) => when >= oldest)
    .flatMap(([when, before]) => breakages(before, after).map((what) => `${what}, for the program of ${when}`));
  expect(
    broken,
    "a migration took this from programs that may still run: only add, or raise posthorn.schema_compatibility (docs/decisions/0021)",
  ).toEqual([]);
});

test.each([
  ["alter table posthorn.tenants drop column name", ["tenants.name is gone"]],
  ["alter table posthorn.tenants rename name to title", ["tenants.name is gone"]],
  ["alter table posthorn.endpoints alter timeout_ms type bigint", ["endpoints.timeout_ms was integer and is bigint"]],
  ["alter table posthorn.tenants alter name set not null", ["tenants.name must be given now"]],
  ["alter table posthorn.endpoints alter headers drop default", ["endpoints.headers must be given now"]],
  ["alter table posthorn.tenants add plan text not null", ["tenants.plan is new and must be given"]],
  ["alter table posthorn.tenants add plan text not null default 'free'", []],
  ["create table posthorn.plans (id text primary key)", []],
  ["drop function posthorn.waiting_keys", ["the function waiting_keys(posthorn.endpoints, integer) is gone"]],
  [
    "drop function posthorn.expired_day; create function posthorn.expired_day(days integer, more integer default 0) returns date language sql as 'select null::date'",
    ["the function expired_day(integer) is gone"],
  ],
])("of %s, an older program finds %j", async (statement, expected) => {
  const database = await createTestDatabase();
  const client = new Client(database.url);
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await database.drop();
  });
  const before = await readSurface(client);
  await client.query(statement);
  expect(breakages(before, await readSurface(client))).toEqual(expected);
});
