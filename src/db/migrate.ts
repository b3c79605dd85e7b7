import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import { Logger, runMigrations } from "graphile-worker";
import pg from "pg";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };

const folder = fileURLToPath(new URL("../../drizzle", import.meta.url));

/** Any number that nobody else locks: every migration of this database waits for it. */
const migrationLock = 7_078_673_001;

/**
 * Brings the schema up to what this version knows: graphile-worker's first, then ours, which builds on it. Safe to run any number of
 * times and at once: an advisory lock makes one wait for the other. @throws with a sentence when the server is too old.
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
    await refuseNewer(client);
    await migrateJobs(url);
    await applyMigrations(drizzle(client), {
      migrationsFolder: folder,
      migrationsSchema: "posthorn_migrations",
      migrationsTable: "applied",
    });
    log("the schema is up to date");
  } finally {
    await client.end();
  }
}

/** On connections of ours: graphile-worker does not wait until its own have ended, and nobody listens to what becomes of them. */
async function migrateJobs(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 2, application_name: "posthorn-migrate" });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });
  } finally {
    await pool.end();
  }
}

/** A schema that a newer version has migrated: going on would let this version write into tables that it does not know. */
async function refuseNewer(client: pg.Client): Promise<void> {
  const known = Math.max(...journal.entries.map(({ when }) => when));
  const exists = await client.query("select to_regclass('posthorn_migrations.applied') is not null as migrated");
  if (!exists.rows[0].migrated) return;
  const applied = await client.query("select max(created_at)::text as latest from posthorn_migrations.applied");
  if (Number(applied.rows[0].latest) > known)
    throw new Error("the schema is newer than this version of Posthorn: upgrade it");
}
