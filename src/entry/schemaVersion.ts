import { StoreUnavailable, type Statement, type Store } from "#db/store.ts";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };

/** Whether this process and the database's schema belong together; `unknown` while the database cannot be asked. */
export type SchemaVerdict =
  | { readonly state: "fits" }
  | { readonly state: "wrong"; readonly sentence: string }
  | { readonly state: "unknown"; readonly cause: unknown };

const readApplied: Statement = {
  name: "read_applied_migration",
  text: `select max(created_at)::text as latest from posthorn_migrations.applied`,
};

/** What drizzle's migrator notes of a migration is the time in the journal. */
const known = Math.max(...journal.entries.map(({ when }) => when));

/** Compares the migrations that were applied with those that this version knows. Never throws. */
export async function checkSchemaVersion(store: Store): Promise<SchemaVerdict> {
  try {
    const [row] = await store.run<{ latest: string | null }>(readApplied, []);
    return judge(Number(row?.latest ?? 0));
  } catch (error) {
    if (error instanceof StoreUnavailable) return { state: "unknown", cause: error.cause };
    if (isMissingTable(error)) return judge(0);
    // A wrong password, no such database, no right to look: waiting would not help.
    const reason = error instanceof Error ? error.message : String(error);
    return { state: "wrong", sentence: `PostgreSQL refuses this process: ${reason}. See DATABASE_URL.` };
  }
}

function judge(applied: number): SchemaVerdict {
  if (applied === known) return { state: "fits" };
  const sentence =
    applied < known
      ? "The database's schema is older than this version of Posthorn: run `npm run migrate` first."
      : "The database's schema is newer than this version of Posthorn: upgrade this process to the version that migrated it.";
  return { state: "wrong", sentence };
}

/** Nothing was ever migrated: the schema (3F000) or the table (42P01) is not there. */
function isMissingTable(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "42P01" || error.code === "3F000");
}
