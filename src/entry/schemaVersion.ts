import { compareSchema, isUnmigrated, readSchemaVersion, type SchemaVersion } from "#db/schemaVersion.ts";
import { StoreUnavailable, type Store } from "#db/store.ts";

/**
 * Whether this process may run on the database's schema. `refused`: PostgreSQL lets it in no more, or not at all; `unknown` while the
 * database cannot be asked.
 */
export type SchemaVerdict =
  | { readonly state: "fits" }
  | { readonly state: "unfit" | "refused"; readonly sentence: string }
  | { readonly state: "unknown"; readonly cause: unknown };

const unmigrated: SchemaVersion = { latest: null, oldest: null };

/** Compares the migrations that were applied with those that this version knows. Never throws. */
export async function checkSchemaVersion(store: Store): Promise<SchemaVerdict> {
  try {
    const [row] = await store.run<SchemaVersion>(readSchemaVersion, []);
    return judge(row ?? unmigrated);
  } catch (error) {
    if (error instanceof StoreUnavailable) return { state: "unknown", cause: error.cause };
    if (isUnmigrated(error)) return judge(unmigrated);
    // A wrong password, no such database, no right to look: waiting would not help.
    const reason = error instanceof Error ? error.message : String(error);
    return { state: "refused", sentence: `PostgreSQL refuses this process: ${reason}. See DATABASE_URL.` };
  }
}

function judge(version: SchemaVersion): SchemaVerdict {
  const relation = compareSchema(version);
  if (relation === "current" || relation === "compatible") return { state: "fits" };
  const sentence =
    relation === "older"
      ? "The database's schema is older than this version of Posthorn: run `npm run migrate` first."
      : "The database's schema is newer than this version of Posthorn: upgrade this process to the version that migrated it.";
  return { state: "unfit", sentence };
}
