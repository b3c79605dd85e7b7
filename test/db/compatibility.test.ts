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

/** What a migration leaves, and the tables that it locked others out of. */
interface Step {
  readonly surface: Surface;
  readonly locked: readonly string[];
}

/** Applies the migrations as the migrator does, each in a transaction. By their times in the journal. */
async function migrateStepwise(client: Client): Promise<Map<number, Step>> {
  const steps = new Map<number, Step>();
  for (const { tag, when } of journal.entries) {
    const sql = readFileSync(join(import.meta.dirname, `../../drizzle/${tag}.sql`), "utf8");
    const locked = await tablesLockedBy(client, sql);
    steps.set(when, { locked, surface: await readSurface(client) });
  }
  return steps;
}

/** Tables that were there before and that nobody else could write to, or read, until the statements' transaction ended; of partitions the whole. */
async function tablesLockedBy(client: Client, sql: string): Promise<string[]> {
  const before = await client.query<{ oid: number }>(
    "select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'posthorn' and c.relkind in ('r', 'p')",
  );
  await client.query("begin");
  await client.query(sql);
  const { rows } = await client.query<{ name: string }>(
    `select distinct c.relname as name
     from pg_locks join pg_class c on c.oid = coalesce(pg_partition_root(relation), relation)
     where pid = pg_backend_pid() and locktype = 'relation' and relation = any ($1)
       and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`,
    [before.rows.map(({ oid }) => oid)],
  );
  await client.query("commit");
  return rows.map(({ name }) => name).toSorted();
}

async function oldestIn(client: Client): Promise<number> {
  const { rows } = await client.query<{ oldest: string }>("select oldest from posthorn.schema_compatibility");
  return Number(rows[0]?.oldest);
}

test("every migration is later than the one before: the migrator passes over those that are not", () => {
  const times = journal.entries.map(({ when }) => when);
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
});

test("no migration since the oldest program that may run took what it uses, or locked two tables at once", async () => {
  const client = await emptyDatabase();
  const steps = await migrateStepwise(client);
  const oldest = await oldestIn(client);
  expect(steps.has(oldest), `${oldest} is the time of a migration`).toBe(true);
  const after = await readSurface(client);
  const broken = [...steps]
    .filter(([when]) => when >= oldest)
    .flatMap(([when, { surface }]) => breakages(surface, after).map((what) => `${what}, for the program of ${when}`));
  const greedy = [...steps].filter(([when, { locked }]) => when >= oldest && locked.length > 1);
  expect(
    greedy.map(([when, { locked }]) => `the one of ${when}: ${locked.join(", ")}`),
    "a migration holds a table while it waits for another: give each a migration of its own (drizzle/README.md)",
  ).toEqual([]);
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
  const client = await migratedDatabase();
  const before = await readSurface(client);
  await client.query(statement);
  expect(breakages(before, await readSurface(client))).toEqual(expected);
});

test.each([
  ["alter table posthorn.deliveries add next_version text", ["deliveries"]],
  ["create index on posthorn.events (tenant_id, source)", ["events"]],
  [
    "alter table posthorn.lanes add next_version text; alter table posthorn.endpoints add next_version text",
    ["endpoints", "lanes"],
  ],
  ["create table posthorn.plans (id text); insert into posthorn.tenants (id) values ('t')", []],
])("%s locks %j", async (statement, expected) => {
  expect(await tablesLockedBy(await migratedDatabase(), statement)).toEqual(expected);
});

async function migratedDatabase(): Promise<Client> {
  const database = await createTestDatabase();
  const client = new Client(database.url);
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await database.drop();
  });
  return client;
}
