import type { Finding } from "./figures/finding.ts";

/** The findings as aligned columns. */
export function findingsTable(findings: readonly Finding[]): string[] {
  const rows = [
    ["figure", "measured", "asked", "met"],
    ...findings.map(({ figure, measured, asked, met }) => [figure, measured, asked, met ? "yes" : "NO"]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
