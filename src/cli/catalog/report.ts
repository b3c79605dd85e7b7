import type { Finding } from "#domain/catalog/lint.ts";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import type { Fault } from "#domain/problems.ts";
import { type Paint, printable, thousands } from "../terminal.ts";

/** What installing changed, or would. */
export interface Diff {
  readonly added: readonly Fault[];
  readonly changed: readonly Fault[];
  readonly removed: readonly Fault[];
  readonly breaking: readonly Fault[];
}

/** One line about a catalog that is as it must be. */
export function summary({ catalog, types, categories = [] }: CatalogDocument): string {
  const versions = types.reduce((sum, type) => sum + type.versions.length, 0);
  return `${catalog}: ${count(types.length, "event type", "event types")} in ${count(versions, "version", "versions")}, ${count(categories.length, "category", "categories")}`;
}

function count(n: number, one: string, many: string): string {
  return `${thousands(n)} ${n === 1 ? one : many}`;
}

/** Faults, one a line: where, and what. */
export function faultLines(faults: readonly Fault[], paint: Paint): string[] {
  return faults.map(
    ({ pointer, detail }) => `  ${paint.bad(printable(pointer || "(the document)"))}  ${printable(detail)}`,
  );
}

/** Conventions that the catalog names and does not follow: remarks, not faults. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  if (findings.length === 0) return [];
  const lines = findings.map(
    ({ pointer, convention, detail }) => `  ${paint.warn(pointer)}  ${convention}: ${printable(detail)}`,
  );
  return [`Conventions that are not followed (remarks; it can be installed all the same):`, ...lines];
}

/** The difference, what breaks first. */
export function diffLines({ breaking, removed, changed, added }: Diff, paint: Paint): string[] {
  return [
    ...marked(paint.bad("!"), breaking),
    ...marked(paint.warn("-"), removed),
    ...marked(paint.warn("~"), changed),
    ...marked(paint.good("+"), added),
  ];
}

function marked(mark: string, faults: readonly Fault[]): string[] {
  return faults.map(({ pointer, detail }) => `  ${mark} ${printable(pointer || "/")}  ${printable(detail)}`);
}
