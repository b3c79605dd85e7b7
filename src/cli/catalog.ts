// `posthorn catalog …`: event catalogs as files, and on a gateway.
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { lintCatalog } from "#domain/catalog/lint.ts";
import { checkCatalog } from "#services/catalogs/check.ts";
import { catalogGateway, type CatalogGateway } from "./catalog/gateway.ts";
import { CatalogRefused, readOptions, type CatalogOptions } from "./catalog/options.ts";
import { diffLines, faultLines, findingLines, summary } from "./catalog/report.ts";
import { builtInNames, readSource, type Source } from "./catalog/source.ts";
import { typesOf } from "./catalog/types.ts";
import { ApiError } from "./client.ts";
import { operatorKey } from "./operatorKey.ts";
import { paintFor } from "./terminal.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const out = paintFor(process.stdout, process.env);
const err = paintFor(process.stderr, process.env);

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args, process.env);
    if (options !== undefined) await run(options);
    return 0;
  } catch (error) {
    if (!(error instanceof CatalogRefused || error instanceof ApiError)) throw error;
    const faults = error instanceof ApiError ? faultLines(error.faults, err) : [];
    console.error([`posthorn catalog: ${error.message}`, ...faults].join("\n"));
    return 1;
  }
}

async function run(options: CatalogOptions): Promise<void> {
  const { command, subject } = options;
  if (command === "list") return list();
  if (command === "export") return give(options, await gatewayOf(options).export(subject));
  const source = readSource(subject);
  const catalog = check(source);
  if (command === "types") return give(options, await typesOf(catalog));
  if (command === "validate") return say([summary(catalog), ...findingLines(lintCatalog(catalog), out)]);
  const { changed, diff, revision } = await gatewayOf(options).install(catalog.catalog, source, command === "diff");
  if (!changed) return say([`${summary(catalog)}. Installed already (revision ${revision}).`]);
  const title = command === "diff" ? "Installing it would change:" : `Installed (revision ${revision}).`;
  // Of a first installation everything is new, and the summary says so.
  const lines = command === "install" && revision === 1 ? [] : diffLines(diff, out);
  say([`${summary(catalog)}. ${title}`, ...lines]);
  if (command === "diff" && diff.breaking.length > 0)
    throw new CatalogRefused(
      "What is marked with ! breaks what is published: it would be refused. Make a new version.",
    );
}

function list(): void {
  say(builtInNames().map((name) => summary(check(readSource(name)))));
}

/** @throws {CatalogRefused} with every fault */
function check({ text, format, from }: Source): CatalogDocument {
  const checked = checkCatalog(text, format);
  if (checked.ok) return checked.document;
  const lines = faultLines(checked.faults, err);
  throw new CatalogRefused([`${from} cannot be used:`, ...lines].join("\n"));
}

function gatewayOf({ origin, key }: CatalogOptions): CatalogGateway {
  const found = operatorKey(key, process.env, root);
  if (found === undefined)
    throw new CatalogRefused("No operator key: give one with --key, or in POSTHORN_OPERATOR_KEY");
  return catalogGateway(origin, found);
}

function give({ out: path }: CatalogOptions, text: string): void {
  if (path === undefined) process.stdout.write(text);
  else {
    writeFileSync(path, text);
    say([`Written to ${path}`]);
  }
}

function say(lines: readonly string[]): void {
  console.log(lines.join("\n"));
}
