import { randomBytes } from "node:crypto";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { Client } from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import { migrate } from "#db/migrate.ts";
import * as schema from "#db/schema.ts";
import { createTestDatabase, databaseUrl } from "#test/database.ts";
import { makeNextVersion } from "#test/nextVersion.ts";
import { until } from "#test/until.ts";

// Of tests with processes.
const timeout = 120_000;

/** A database with nothing in it, and a connection to it. */
async function emptyDatabase(): Promise<{ url: string; client: Client }> {
  const name = `empty_${randomBytes(6).toString("hex")}`;
  const admin = new Client(inject("adminUrl"));
  await admin.connect();
  await admin.query(`create database ${name}`);
  const client = new Client(databaseUrl(name));
  client.on("error", () => {});
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });
  return { url: databaseUrl(name), client };
}

test("four migrations at once, and a fifth after them, leave what one leaves", async () => {
  const { url, client } = await emptyDatabase();
  await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
  const applied = await client.query(
    "select count(*)::int as n, count(distinct hash)::int as hashes from posthorn_migrations.applied",
  );
  await migrate(url);
  const after = await client.query("select count(*)::int as n from posthorn_migrations.applied");
  expect(applied.rows[0].hashes).toBe(applied.rows[0].n);
  expect(after.rows[0].n).toBe(applied.rows[0].n);
});

/** A copy of the migrated one. */
async function migratedDatabase(): Promise<{ url: string; client: Client }> {
  const database = await createTestDatabase();
  const client = new Client(database.url);
  client.on("error", () => {});
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await database.drop();
  });
  return { url: database.url, client };
}

/** As a newer version's migration leaves it. */
async function migratedByNewer(): Promise<{ url: string; client: Client }> {
  const made = await migratedDatabase();
  await made.client.query(
    "insert into posthorn_migrations.applied (hash, created_at) select 'newer', max(created_at) + 1 from posthorn_migrations.applied",
  );
  return made;
}

test("a schema that a newer version has migrated is left alone: this version may run on it", async () => {
  const { url } = await migratedByNewer();
  const said: string[] = [];
  await migrate(url, (line) => said.push(line));
  expect(said).toEqual(["the schema is newer, and this version may run on it: nothing to do"]);
});

test("a schema that a newer version has made its own is left alone, with a sentence", async () => {
  const { url, client } = await migratedByNewer();
  await client.query(
    "update posthorn.schema_compatibility set oldest = (select max(created_at) from posthorn_migrations.applied)",
  );
  await expect(migrate(url)).rejects.toThrow("the schema is newer than this version of Posthorn");
});

test(
  "a migration waits in moments for a table that somebody holds, and lets the others through in between",
  { timeout },
  async () => {
    const { url, client: holder } = await migratedDatabase();
    const next = makeNextVersion(() => "alter table posthorn.deliveries add next_version text");
    await holder.query("begin");
    await holder.query("select from posthorn.deliveries");
    const migration = next.migrate(url);
    const other = new Client(url);
    await other.connect();
    onTestFinished(() => other.end());
    const waits = async (): Promise<boolean> => {
      const { rows } = await other.query(
        "select from pg_stat_activity where application_name = 'posthorn-migrate' and datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows.length > 0;
    };
    for (const nth of ["first", "second"]) {
      await until(waits, { deadlineMs: 30_000, everyMs: 5, what: `the migration waits for the table a ${nth} time` });
      // Behind it, by the order in which they came.
      const begun = performance.now();
      await other.query("select from posthorn.deliveries limit 1");
      expect(performance.now() - begun).toBeLessThan(5000);
      await until(async () => !(await waits()), { deadlineMs: 30_000, everyMs: 5, what: "it lets go" });
    }
    await holder.query("commit");
    const { code, output } = await migration;
    expect(output).toBe("others hold what it changes: trying again, for some minutes\nthe schema is up to date\n");
    expect(code).toBe(0);
    expect((await other.query("select next_version from posthorn.deliveries")).rows).toEqual([]);
  },
);

test(
  "a migration that failed half-way keeps what it has done, and goes on there the next time",
  { timeout },
  async () => {
    const { url, client } = await migratedDatabase();
    const next = makeNextVersion(
      () => "create table posthorn.plans (id text primary key)",
      () =>
        "create table posthorn.prices (id text);\n--> statement-breakpoint\ninsert into posthorn.prices select 1 / count(*) from posthorn.plans",
    );
    expect(await next.migrate(url)).toEqual({ code: 1, output: "posthorn: the migration failed: division by zero\n" });
    expect((await client.query("select to_regclass('posthorn.prices') as prices")).rows).toEqual([{ prices: null }]);
    await client.query("insert into posthorn.plans values ('free')");
    expect(await next.migrate(url)).toEqual({ code: 0, output: "the schema is up to date\n" });
    expect((await client.query("select id from posthorn.prices")).rows).toEqual([{ id: "1" }]);
  },
);

test("Drizzle's tables have the columns, types and nullability of the migrated ones", async () => {
  const { url, client } = await emptyDatabase();
  await migrate(url);
  const { rows } = await client.query<{ relname: string; columns: string[] }>(
    `select c.relname, array_agg(a.attname || ' ' || format_type(a.atttypid, null) || case when a.attnotnull then ' not null' else '' end order by a.attname) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'posthorn'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition group by c.relname`,
  );
  const migrated = Object.fromEntries(rows.map(({ relname, columns }) => [relname, columns]));
  const tables = Object.values<unknown>(schema).filter((value) => is(value, PgTable));
  const declared = Object.fromEntries(
    tables.map((table) => {
      const { name, columns } = getTableConfig(table);
      return [name, columns.map((c) => `${c.name} ${c.getSQLType()}${c.notNull ? " not null" : ""}`).toSorted()];
    }),
  );
  // Those that nothing but written-out statements reads.
  for (const name of ["event_keys", "throttles", "evaluations", "census", "schema_compatibility"])
    delete migrated[name];
  expect(declared).toEqual(
    Object.fromEntries(Object.entries(migrated).map(([name, columns]) => [name, columns.toSorted()])),
  );
});
