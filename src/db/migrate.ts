import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import { Logger, runMigrations } from "graphile-worker";
import pg from "pg";
import { compareSchema, isUnmigrated, readSchemaVersion, type SchemaVersion } from "./schemaVersion.ts";

const folder = fileURLToPath(new URL("../../drizzle", import.meta.url));

/** Any number that nobody else locks: every migration of this database waits for it. */
const migrationLock = 7_078_673_001;

/** Tries to get the tables that others use, and the pause between two, in which those go on: three to four minutes of them. */
const tries = 150;
const pauseMs = 1000;

/**
 * Brings the schema up to what this version knows: graphile-worker's first, then ours, which builds on it. Safe to run any number of
 * times and at once: an advisory lock makes one wait for the other; and beside processes that work, which it never holds up for longer than its
 * patience. @throws with a sentence when the server is too old, or the schema too new.
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
    await patiently(client, log, async (patienceMs) => {
      await migrateJobs(url, patienceMs);
      await applyMigrations(drizzle(client), {
        migrationsFolder: folder,
        migrationsSchema: "posthorn_migrations",
        migrationsTable: "applied",
      });
    });
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

/**
 * Everybody who comes to a table waits behind a migration that waits for it. So it waits for a moment only, gives everything back (it is one
 * transaction), lets the others go on, and tries again.
 */
async function patiently(
  client: pg.Client,
  log: (line: string) => void,
  work: (patienceMs: number) => Promise<void>,
): Promise<void> {
  for (let nth = 1; ; nth++) {
    const patienceMs = patienceOf(nth);
    await client.query(`set lock_timeout = ${patienceMs}`);
    try {
      return await work(patienceMs);
    } catch (error) {
      if (!isLockedOut(error)) throw error;
      if (nth === tries)
        throw new Error("others held what it changes for minutes: nothing was changed", { cause: error });
      if (nth === 1) log("others hold what it changes: trying again, for some minutes");
      await sleep(pauseMs);
    }
  }
}

/** Shorter than the patience of any request (1.2 s); every fifth time longer than `deadlock_timeout` (1 s): an autovacuum gives way only then. */
function patienceOf(nth: number): number {
  return nth % 5 === 0 ? 1100 : 300;
}

/** A lock was not to be had in time, or only by a deadlock. */
function isLockedOut(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause)
    if ("code" in e && (e.code === "55P03" || e.code === "40P01")) return true;
  return false;
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
