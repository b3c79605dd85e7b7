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
  const count = (n: number, one: string, many: string): string => `${thousands(n)} ${n === 1 ? one : many}`;
  return `${catalog}: ${count(types.length, "event type", "event types")} in ${count(versions, "version", "versions")}, ${count(categories.length, "category", "categories")}`;
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
  const line = (mark: string, of: (text: string) => string) => (fault: Fault) =>
    `  ${of(mark)} ${printable(fault.pointer || "/")}  ${printable(fault.detail)}`;
  return [
    ...breaking.map(line("!", paint.bad)),
    ...removed.map(line("-", paint.warn)),
    ...changed.map(line("~", paint.warn)),
    ...added.map(line("+", paint.good)),
  ];
}
