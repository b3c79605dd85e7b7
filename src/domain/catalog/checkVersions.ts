import type { CodedFault } from "../problems.ts";
import type { CatalogDocument, CatalogType } from "./document.ts";

/**
 * Versions that are numbers (`1`, `v2`, `1.0`) stand in their order, and none is left out between two: who goes from one to the next, up or
 * down, finds every step. Other versions, such as dates, have the order in which they stand.
 */
export function checkVersions(catalog: CatalogDocument): CodedFault[] {
  return catalog.types.flatMap((type, i) => [...gapsOf(type, i), ...firstDowngrade(type, i)]);
}

function gapsOf({ versions }: CatalogType, i: number): CodedFault[] {
  const numbers = versions.map(({ version }) => numberOf(version));
  return versions.flatMap(({ version }, j): CodedFault[] => {
    const [before, here, previous] = [numbers[j - 1], numbers[j], versions[j - 1]];
    if (before == null || here == null || previous === undefined || follows(before, here)) return [];
    // Twice the same is a duplicate, which is told elsewhere.
    if (version === previous.version) return [];
    const isOrdered = compare(before, here) < 0;
    const detail = isOrdered
      ? `${version} does not follow ${previous.version}: a version is missing between them`
      : `${version} stands behind ${previous.version}: the oldest comes first`;
    return [{ pointer: `/types/${i}/versions/${j}/version`, detail, code: "versionGap" }];
  });
}

/** There is nothing to go down to. */
function firstDowngrade({ versions: [first] }: CatalogType, i: number): CodedFault[] {
  if (first?.downgrade === undefined) return [];
  const detail = `${first.version} is the oldest version: there is none before it`;
  return [{ pointer: `/types/${i}/versions/0/downgrade`, detail, code: "invalidDowngrade" }];
}

type VersionNumber = readonly [major: number, minor: number, patch: number];

/** Four digits may be a year. */
function numberOf(version: string): VersionNumber | null {
  const [, major, minor = "0", patch = "0"] = /^v?(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?$/i.exec(version) ?? [];
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

function follows([major, minor, patch]: VersionNumber, next: VersionNumber): boolean {
  const steps: readonly VersionNumber[] = [
    [major + 1, 0, 0],
    [major, minor + 1, 0],
    [major, minor, patch + 1],
  ];
  return steps.some((step) => compare(step, next) === 0);
}

function compare(a: VersionNumber, b: VersionNumber): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
