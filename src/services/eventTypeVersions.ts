import * as sql from "#db/sql/eventTypes.ts";
import { Problem } from "#domain/problems.ts";
import type { Context } from "./context.ts";
import type { TypeName } from "./eventTypes.ts";
import { missing } from "./missing.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";

export type VersionName = TypeName & { readonly version: string };

/** A subscription that asks for a version. */
export type Pin = sql.PinRow;

/**
 * Nothing is published in the version from then on; what was accepted is delivered.
 * @throws {Problem} notFound, forbidden (the gateway's own), versionPinned
 */
export async function retireVersion(ctx: Context, { catalog, name, version }: VersionName): Promise<void> {
  if (catalog === "posthorn") throw new Problem("forbidden", "The gateway's own event types cannot be changed.");
  const [row] = await ctx.store.run<{ pins: number | null }>(sql.retireVersion, [catalog, name, version]);
  const pins = row?.pins ?? null;
  if (pins === null) return missing();
  if (pins === 0) return;
  const count = pins === 1 ? "A subscription pins" : `${pins} subscriptions pin`;
  throw new Problem("versionPinned", `${count} ${name} ${version}: …/versions/${version}/pins lists what does.`);
}

/** Who asks for the version, newest first. @throws {Problem} notFound */
export async function listPins(
  ctx: Context,
  { catalog, name, version, limit, after }: VersionName & PageRequest,
): Promise<Page<Pin>> {
  const values = [catalog, name, version, after, limit + 1];
  const rows = await ctx.store.run<Pin | { readonly id: null }>(sql.listPins, values);
  if (rows.length === 0) return missing();
  return cutPage(
    rows.filter((row) => row.id !== null),
    limit,
    (row) => row.id,
  );
}
