import * as sql from "#db/sql/catalogs.ts";
import { Problem } from "#domain/problems.ts";
import type { Context } from "./context.ts";
import { requireOpen } from "./catalogs/required.ts";
import { missing } from "./missing.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";

export type CatalogSummary = Omit<sql.CatalogSummaryRow, "revision"> & { readonly revision: number };

/** `document` is a JSON text; null: the types of the catalog are registered one by one. */
export type CatalogDetail = CatalogSummary & { readonly document: string | null };

/** By name. */
export async function listCatalogs(ctx: Context, { limit, after }: PageRequest): Promise<Page<CatalogSummary>> {
  const rows = await ctx.store.run<sql.CatalogSummaryRow>(sql.listCatalogs, [after, limit + 1]);
  return cutPage(rows.map(withRevision), limit, (row) => row.catalog);
}

/** @throws {Problem} notFound */
export async function getCatalog(ctx: Context, name: string): Promise<CatalogDetail> {
  const [row] = await ctx.store.run<sql.CatalogSummaryRow & { document: string | null }>(sql.getCatalog, [name]);
  return row === undefined ? missing() : withRevision(row);
}

/**
 * Deletes it with its event types: publishing them is refused from then on. Accepted events stay.
 * @throws {Problem} notFound, forbidden (the gateway's own), catalogInUse
 */
export async function deleteCatalog(ctx: Context, name: string): Promise<void> {
  requireOpen(name);
  const [row] = await ctx.store.run<{ subscriptions: number | null }>(sql.deleteCatalog, [name]);
  const subscriptions = row?.subscriptions ?? null;
  if (subscriptions === null) return missing();
  if (subscriptions === 0) return;
  const count = subscriptions === 1 ? "A subscription names" : `${subscriptions} subscriptions name`;
  throw new Problem("catalogInUse", `${count} the catalog ${name}. Delete or change what names it first.`);
}

/** A version's schema by its ref, JSON text. @throws {Problem} notFound */
export async function getSchema(
  { store }: Pick<Context, "store">,
  { catalog, ref }: { readonly catalog: string; readonly ref: string },
): Promise<string> {
  const [row] = await store.run<{ schema: string }>(sql.getSchema, [catalog, ref]);
  return row === undefined ? missing() : row.schema;
}

function withRevision<Row extends { readonly revision: string }>(
  row: Row,
): Omit<Row, "revision"> & { revision: number } {
  return { ...row, revision: Number(row.revision) };
}
