import { sql, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** The smallest UUIDv7 of a moment: bounds on the id cut off partitions, which bounds on a time do not. */
export function idAt(moment: Date): string {
  const hex = Math.max(0, moment.getTime()).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The rows made from `since` (inclusive) to `until` (exclusive). */
export function madeWithin(id: PgColumn, since: Date | undefined, until: Date | undefined): SQL | undefined {
  if (since === undefined && until === undefined) return undefined;
  if (since === undefined) return sql`${id} < ${until === undefined ? null : idAt(until)}`;
  return until === undefined ? sql`${id} >= ${idAt(since)}` : sql`${id} >= ${idAt(since)} and ${id} < ${idAt(until)}`;
}
