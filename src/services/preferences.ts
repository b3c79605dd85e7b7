import * as sql from "#db/sql/preferences.ts";
import type { Preference } from "#domain/catalog/document.ts";
import { escapeSegment } from "#domain/catalog/pointer.ts";
import { Problem, type Fault } from "#domain/problems.ts";
import { requireCatalog, unknownCatalog } from "./catalogs/required.ts";
import type { TenantContext } from "./context.ts";
import { missing } from "./missing.ts";
import { requireTenant } from "./tenants.ts";

/** All preferences of a catalog by name. */
export type Preferences = Readonly<Record<string, Choice>>;
export type Choice = "enabled" | "disabled";

/** Without a catalog: the only installed one that has preferences. */
interface Place {
  readonly userId: string;
  readonly catalog?: string | undefined;
}

/** What the user has set, and the defaults of the rest. @throws {Problem} notFound (tenant), unknownCatalog */
export async function getPreferences(ctx: TenantContext, { userId, catalog }: Place): Promise<Preferences> {
  await requireTenant(ctx);
  const { name, preferences } = await catalogOf(ctx, catalog);
  const values = [ctx.tenantId, name, userId];
  const [row] = await ctx.store.run<{ enabled: Readonly<Record<string, boolean>> }>(sql.getPreferences, values);
  if (row === undefined) return missing();
  const given = new Map(Object.entries(row.enabled));
  return show(preferences, (preference) => {
    const enabled = given.get(preference);
    return enabled === undefined ? undefined : choiceOf(enabled);
  });
}

/** What is not named goes back to its default. @throws {Problem} notFound (tenant), unknownCatalog, unknownPreference */
export async function putPreferences(
  ctx: TenantContext,
  { userId, catalog, choices }: Place & { readonly choices: Preferences },
): Promise<Preferences> {
  await requireTenant(ctx);
  const { name, preferences } = await catalogOf(ctx, catalog);
  const given = new Map(Object.entries(choices));
  requireKnown(name, preferences, [...given.keys()]);
  const enabled = [...given.values()].map((choice) => choice === "enabled");
  const values = [ctx.tenantId, name, userId, [...given.keys()], enabled];
  const [row] = await ctx.store.run<{ result: "ok" | "missing" | "unknownCatalog" }>(sql.putPreferences, values);
  if (row?.result === "unknownCatalog") throw unknownCatalog(name, POINTER);
  if (row?.result !== "ok") return missing();
  return show(preferences, (preference) => given.get(preference));
}

const POINTER = "query/catalog";

interface CatalogPreferences {
  readonly name: string;
  readonly preferences: readonly Preference[];
}

async function catalogOf(ctx: TenantContext, name: string | undefined): Promise<CatalogPreferences> {
  if (name !== undefined) {
    const catalog = await requireCatalog(ctx, name, POINTER);
    return { name, preferences: catalog?.document.preferences ?? [] };
  }
  const candidates: CatalogPreferences[] = [];
  for (const row of await ctx.store.run<{ name: string }>(sql.installedCatalogs, [])) {
    const preferences = (await ctx.catalogs.get(row.name))?.document.preferences ?? [];
    if (preferences.length > 0) candidates.push({ name: row.name, preferences });
  }
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return only;
  const detail =
    only === undefined
      ? "No installed catalog has preferences."
      : `Several catalogs have preferences, so one must be named: ${candidates.map((one) => one.name).join(", ")}.`;
  throw new Problem("unknownCatalog", detail, [{ pointer: POINTER, detail: "must name a catalog with preferences" }]);
}

function requireKnown(catalog: string, preferences: readonly Preference[], names: readonly string[]): void {
  const known = new Set(preferences.map(({ name }) => name));
  const faults: Fault[] = names
    .filter((name) => !known.has(name))
    .map((name) => ({
      pointer: `/${escapeSegment(name)}`,
      detail: "is no preference of the catalog",
    }));
  if (faults.length === 0) return;
  const detail =
    known.size === 0
      ? `The catalog ${catalog} has no preferences.`
      : `The preferences of the catalog ${catalog} are ${[...known].join(", ")}.`;
  throw new Problem("unknownPreference", detail, faults.slice(0, 20));
}

function show(preferences: readonly Preference[], chosen: (name: string) => Choice | undefined): Preferences {
  return Object.fromEntries(preferences.map(({ name, default: usual }) => [name, chosen(name) ?? usual]));
}

function choiceOf(enabled: boolean): Choice {
  return enabled ? "enabled" : "disabled";
}
