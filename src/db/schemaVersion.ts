import journal from "../../drizzle/meta/_journal.json" with { type: "json" };
import type { Statement } from "./store.ts";

/** The newest migration that this version knows, by its time in the journal: that is what drizzle's migrator notes of one. */
const known = Math.max(...journal.entries.map(({ when }) => when));

/** The newest migration applied, and the oldest one whose program may still run. */
export interface SchemaVersion {
  readonly latest: string | null;
  readonly oldest: string | null;
}

/** One row of `SchemaVersion`. Fails with `isUnmigrated` where nothing was migrated, or nothing since before versions could stand side by side. */
export const readSchemaVersion: Statement = {
  name: "read_schema_version",
  text: `select (select max(created_at) from posthorn_migrations.applied)::text as latest,
    (select oldest from posthorn.schema_compatibility)::text as oldest`,
};

/** Whether an error says that a schema (3F000) or a table (42P01) is not there. */
export function isUnmigrated(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "42P01" || error.code === "3F000");
}

/**
 * How a schema stands to this version: `current` is its own, `compatible` a newer one that leaves everything it uses, `newer` one that does not,
 * `older` one that lacks something.
 */
export function compareSchema({ latest, oldest }: SchemaVersion): "current" | "compatible" | "older" | "newer" {
  const applied = Number(latest ?? 0);
  if (applied < known) return "older";
  if (applied === known) return "current";
  return oldest !== null && Number(oldest) <= known ? "compatible" : "newer";
}
