import { catalogExists } from "#db/sql/catalogs.ts";
import { Problem } from "#domain/problems.ts";
import type { Context } from "../context.ts";
import type { KnownCatalog } from "./known.ts";

/**
 * The catalog that a request names; null where there is one of that name without a document, such as `default`.
 * @param pointer of the name in the request
 * @throws {Problem} unknownCatalog
 */
export async function requireCatalog(ctx: Context, name: string, pointer: string): Promise<KnownCatalog | null> {
  const catalog = await ctx.catalogs.get(name);
  if (catalog !== null) return catalog;
  const [row] = await ctx.store.run<{ known: boolean }>(catalogExists, [name]);
  if (row?.known === true) return null;
  throw unknownCatalog(name, pointer);
}

export function unknownCatalog(name: string, pointer: string): Problem {
  const fault = { pointer, detail: "names no catalog" };
  return new Problem("unknownCatalog", `There is no catalog ${JSON.stringify(name)}.`, [fault]);
}
