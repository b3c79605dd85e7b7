import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import { Logger, runMigrations } from "graphile-worker";
import pg from "pg";
import { compareSchema, isUnmigrated, readSchemaVersion, type SchemaVersion } from "./schemaVersion.ts";

const folder = fileURLToPath(new URL("../../drizzle", import.meta.url));

/** Any number that nobody else locks: every migration of this database waits for it. */
const migrationLock = 7_078_673_001;

/** Tries to get a table that others use, and the pause between two, in which those go on: four minutes of them. */
const tries = 200;
const pauseMs = 1000;

/**
 * Brings the schema up to what this version knows: graphile-worker's first, then ours, which builds on it. Safe to run any number of
 * times and at once: an advisory lock makes one wait for the other; and beside processes that work, which wait for it a moment at a time.
 * What was interrupted goes on where it was. @throws with a sentence when the server is too old, or the schema too new.
 */
export async function migrate(url: string, log: (line: string) => void = () => {}): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "posthorn-migrate",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {});
  await client.connect();
  try {
    const version = await client.query("show server_version_num");
    if (Number(version.rows[0].server_version_num) < 150_000) throw new Error("PostgreSQL 15 or newer is needed");
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    const relation = await relationTo(client);
    // Going on would let this version write into tables that it does not know.
    if (relation === "newer") throw new Error("the schema is newer than this version of Posthorn: upgrade it");
    if (relation === "compatible") return log("the schema is newer, and this version may run on it: nothing to do");
    await patiently(log, (patienceMs) => migrateJobs(url, patienceMs));
    for (const migration of await pending(client))
      await patiently(log, (patienceMs) => apply(client, migration, patienceMs));
    log("the schema is up to date");
  } finally {
    await client.end();
  }
}

async function relationTo(client: pg.Client): Promise<ReturnType<typeof compareSchema>> {
  try {
    const { rows } = await client.query<SchemaVersion>(readSchemaVersion.text);
    return compareSchema(rows[0] ?? { latest: null, oldest: null });
  } catch (error) {
    if (isUnmigrated(error)) return "older";
    throw error;
  }
}

/** Those of the folder that are later than the last that was applied, by drizzle's table and in its order. */
async function pending(client: pg.Client): Promise<MigrationMeta[]> {
  await client.query(
    `create schema if not exists posthorn_migrations;
     create table if not exists posthorn_migrations.applied (id serial primary key, hash text not null, created_at bigint)`,
  );
  const { rows } = await client.query<{ latest: string | null }>(
    "select max(created_at)::text as latest from posthorn_migrations.applied",
  );
  const latest = Number(rows[0]?.latest ?? 0);
  return readMigrationFiles({ migrationsFolder: folder }).filter(({ folderMillis }) => folderMillis > latest);
}

/**
 * One migration is one transaction: all of them in one, as drizzle's own migrator has it, would hold one table while it waits for the next, and
 * meet in a deadlock with whoever holds that one and waits for the first.
 */
async function apply(client: pg.Client, { sql, hash, folderMillis }: MigrationMeta, patienceMs: number): Promise<void> {
  await client.query(`begin; set local lock_timeout = ${patienceMs}`);
  try {
    for (const statement of sql) await client.query(statement);
    await client.query("insert into posthorn_migrations.applied (hash, created_at) values ($1, $2)", [
      hash,
      folderMillis,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

/**
 * Everybody who comes to a table waits behind a migration that waits for it. So it waits for a moment only, gives everything back, lets the
 * others go on, and tries again.
 */
async function patiently(log: (line: string) => void, work: (patienceMs: number) => Promise<void>): Promise<void> {
  for (let nth = 1; ; nth++) {
    try {
      return await work(patienceOf(nth));
    } catch (error) {
      if (!isLockedOut(error)) throw error;
      if (nth === tries) throw new Error("others held what it changes for minutes: run it again", { cause: error });
      if (nth === 1) log("others hold what it changes: trying again, for some minutes");
      await sleep(pauseMs);
    }
  }
}

/**
 * Much shorter than the patience of a publish (1.2 s). After half a minute every fifth time longer than `deadlock_timeout` (1 s) as well: an
 * autovacuum gives way only then.
 */
function patienceOf(nth: number): number {
  return nth > 25 && nth % 5 === 0 ? 1100 : 300;
}

/** A lock was not to be had in time, or only by a deadlock. */
function isLockedOut(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "55P03" || error.code === "40P01");
}

/** On connections of ours: graphile-worker does not wait until its own have ended, and nobody listens to what becomes of them. */
async function migrateJobs(url: string, patienceMs: number): Promise<void> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    application_name: "posthorn-migrate",
    lock_timeout: patienceMs,
  });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });
  } finally {
    await pool.end();
  }
}
