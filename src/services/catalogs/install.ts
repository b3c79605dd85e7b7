import * as sql from "#db/sql/catalogs.ts";
import {
  diffCatalogs,
  missingDowngrades,
  removedFrom,
  type CatalogDiff,
  type Published,
} from "#domain/catalog/diff.ts";
import type { CatalogDocument, CatalogType } from "#domain/catalog/document.ts";
import { refOf } from "#domain/catalog/envelope.ts";
import { Problem, type CodedFault } from "#domain/problems.ts";
import type { Context } from "../context.ts";
import { checkCatalog } from "./check.ts";
import { schemaText } from "./checkSchemas.ts";
import { checkExpressions } from "./expressions.ts";
import type { CatalogForm } from "./read.ts";
import { requireOpen } from "./required.ts";

export interface InstallContext extends Context {
  /** Where the API is reached: the URLs of schemas begin with it. */
  readonly publicUrl: string;
}

export interface CatalogInput {
  readonly name: string;
  readonly text: string;
  readonly form: CatalogForm;
  /** Says what installing would do, and does nothing. */
  readonly dryRun: boolean;
}

export interface InstalledCatalog {
  readonly catalog: string;
  /** As it is now; 0: it is not installed. */
  readonly revision: number;
  /** Whether installing changed something, or would. */
  readonly changed: boolean;
  readonly created: boolean;
  readonly diff: CatalogDiff;
}

/** How often another may install the same catalog in between. */
const ATTEMPTS = 2;

/**
 * Installs a catalog, or changes an installed one, whole or not at all. The same document again changes nothing.
 * @throws {Problem} a code of `checkCatalog` or `checkExpressions` (that of the first fault), breakingChange, forbidden (the gateway's own
 * catalogs), noEvaluator, overloaded (others install it at the same time)
 */
export async function installCatalog(ctx: InstallContext, input: CatalogInput): Promise<InstalledCatalog> {
  requireOpen(input.name);
  const document = readDocument(input);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const state = await loadState(ctx, input.name);
    const diff = await diffOf(ctx, state.published, document);
    const target = targetOf(ctx, document);
    const changed = !isSame(state, target, document);
    if (diff.breaking.length > 0 && !input.dryRun) throw refusal(diff.breaking, "breakingChange");
    if (changed) refuse(await checkExpressions(ctx, document));
    const known = { catalog: input.name, revision: state.revision ?? 0, changed, created: false, diff };
    if (!changed || input.dryRun) return known;
    const revision = await write(ctx, state, target, document);
    if (revision !== null) return { ...known, revision, created: state.revision === null };
  }
  throw new Problem("overloaded", "Others are installing this catalog at the same time. Try again in a moment.");
}

/** With what only the subscriptions tell: who pins a version that nothing leads down to. */
async function diffOf({ store }: Context, published: Published, next: CatalogDocument): Promise<CatalogDiff> {
  const diff = diffCatalogs(published, next);
  const missing = missingDowngrades(published, next);
  if (missing.length === 0) return diff;
  const asked = JSON.stringify(missing.map(({ name, older }) => ({ name, versions: older })));
  const counts = await store.run<{ pins: number }>(sql.countPins, [next.catalog, asked]);
  const faults = missing.flatMap(({ pointer, name, version }, i): CodedFault[] => {
    const pins = counts[i]?.pins ?? 0;
    const who = pins === 1 ? "a subscription pins" : `${pins} subscriptions pin`;
    const detail = `${name} ${version} has no downgrade, and ${who} an older version`;
    return pins === 0 ? [] : [{ pointer, detail, code: "breakingChange" }];
  });
  return { ...diff, breaking: [...diff.breaking, ...faults] };
}

function readDocument({ name, text, form }: CatalogInput): CatalogDocument {
  const checked = checkCatalog(text, form);
  if (!checked.ok) throw refusal(checked.faults);
  if (checked.document.catalog === name) return checked.document;
  const detail = `is not the name in the path, ${name}`;
  throw refusal([{ pointer: "/catalog", detail, code: "invalidCatalog" }]);
}

interface State {
  readonly revision: number | null;
  readonly text: string | null;
  readonly schemaUrl: string | null;
  readonly published: Published;
  /** A type of the catalog does not know yet that it has an envelope. */
  readonly isLagging: boolean;
}

async function loadState(ctx: Context, name: string): Promise<State> {
  const [row] = await ctx.store.run<sql.PublishedRow>(sql.loadPublished, [name]);
  if (row === undefined) {
    const published = { document: null, types: new Map() };
    return { revision: null, text: null, schemaUrl: null, published, isLagging: false };
  }
  const types = new Map(row.types.map((type) => [type.name, new Map(type.versions.map(toPublished))]));
  // Checked when it was installed, by this program.
  const document: CatalogDocument | null = row.document === null ? null : JSON.parse(row.document);
  const isLagging = row.types.some(({ enveloped }) => !enveloped);
  const { document: text, schemaUrl } = row;
  return { revision: Number(row.revision), text, schemaUrl, published: { document, types }, isLagging };
}

function toPublished({ version, schema, retired }: sql.PublishedVersionRow) {
  return [version, { schema: schema === null ? null : JSON.parse(schema), isRetired: retired }] as const;
}

interface Target {
  readonly text: string;
  readonly schemaUrl: string;
}

function targetOf({ publicUrl }: InstallContext, document: CatalogDocument): Target {
  const schemaUrl = `${publicUrl}/v1/catalogs/${encodeURIComponent(document.catalog)}/schemas/`;
  return { text: JSON.stringify(document), schemaUrl };
}

/** What was deleted from an installed catalog comes back with its document. */
function isSame({ text, schemaUrl, published, isLagging }: State, target: Target, { types }: CatalogDocument): boolean {
  const isRegistered = types.every(({ name, versions }) =>
    versions.every(({ version }) => published.types.get(name)?.has(version) === true),
  );
  return text === target.text && schemaUrl === target.schemaUrl && isRegistered && !isLagging;
}

/** @returns the new revision; null when another was faster */
async function write(
  ctx: Context,
  { revision, published }: State,
  { text, schemaUrl }: Target,
  document: CatalogDocument,
): Promise<number | null> {
  const { catalog, title, description = "", naming } = document;
  const values = [
    catalog,
    revision,
    JSON.stringify({ title, description, naming: naming.pattern, schemaUrl }),
    text,
    JSON.stringify(document.types.map(toRow)),
    JSON.stringify(document.types.flatMap((type) => toVersionRows(document, type))),
    JSON.stringify(removedFrom(published, document)),
  ];
  const [row] = await ctx.store.run<{ revision: string }>(sql.installCatalog, values);
  if (row === undefined) return null;
  // Publishers to this process know it at once, those to others within two seconds.
  await ctx.catalogs.at(catalog, Number(row.revision));
  return Number(row.revision);
}

function toRow({ name, description, category, deprecated = false, ...rules }: CatalogType) {
  const { throttle, preference, derives = [], versions } = rules;
  const isRuled = throttle !== undefined || preference !== undefined || derives.length > 0;
  const ruled = isRuled || versions.some((version) => version.deprecated !== undefined);
  return { name, description, category: category ?? null, deprecated, ruled };
}

function toVersionRows({ definitions }: CatalogDocument, { name, versions }: CatalogType) {
  return versions.map((version, position) => ({
    name,
    version: version.version,
    ref: refOf(name, version),
    schema: schemaText(version, definitions),
    example: JSON.stringify(version.example),
    position,
  }));
}

function refuse(faults: readonly CodedFault[]): void {
  if (faults.length > 0) throw refusal(faults);
}

const details = {
  breakingChange: "The catalog would break what is published: put what changes under new versions.",
  other: "The catalog cannot be installed, and nothing of it was; each fault says why.",
} as const;

function refusal(faults: readonly CodedFault[], code = faults[0]?.code ?? "invalidCatalog"): Problem {
  return new Problem(code, code === "breakingChange" ? details.breakingChange : details.other, faults.slice(0, 100));
}
