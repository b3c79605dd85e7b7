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

/** The gateway's own catalogs, which have no document: `default` takes types one by one, `posthorn` has the operational ones. */
const OWN: ReadonlySet<string> = new Set(["default", "posthorn"]);

/** @throws {Problem} forbidden */
export function requireOpen(catalog: string): void {
  if (OWN.has(catalog))
    throw new Problem("forbidden", `The catalog ${catalog} is the gateway's own: it is neither installed nor deleted.`);
}

/**
 * An event type that stands in a catalog's document is changed there, or the two would say different things.
 * @throws {Problem} forbidden
 */
export async function requireUndocumented(
  ctx: Pick<Context, "catalogs">,
  { catalog, name }: { readonly catalog: string; readonly name: string },
): Promise<void> {
  const known = await ctx.catalogs.get(catalog);
  if (known?.types.has(name) !== true) return;
  const detail = `${name} stands in the document of its catalog: change it there, and put the catalog ${catalog}.`;
  throw new Problem("forbidden", detail);
}
