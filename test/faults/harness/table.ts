import type { FaultRow, Figures } from "./row.ts";

const nameWidth = 58;
const lineWidth = 112;

const columns: readonly { readonly title: string; readonly width: number; readonly of: (f: Figures) => string }[] = [
  { title: "acknowledged", width: 14, of: (f) => f.acknowledged.toLocaleString("en") },
  { title: "lost", width: 6, of: (f) => f.lost.toLocaleString("en") },
  { title: "twice", width: 7, of: (f) => f.twice.toLocaleString("en") },
  { title: "stuck", width: 9, of: (f) => seconds(f.longestStuckMs) },
  { title: "recovered", width: 11, of: (f) => seconds(f.recoveredMs) },
];

/** The table of the scenarios, a heading for each group, and a last line that says how many are green. */
export function faultTable(rows: readonly FaultRow[]): string {
  const groups = [...new Set(rows.map((row) => row.group))].toSorted();
  const parts = groups.flatMap((group) => [
    heading(group),
    ...rows.filter((row) => row.group === group).flatMap(rowLines),
    "",
  ]);
  const red = rows.filter((row) => row.wrong.length > 0).length;
  const sum = `${rows.length - red} of ${rows.length} scenarios green`;
  return [...parts, red === 0 ? `${sum}.` : `${sum}; ${red} red.`].join("\n");
}

function heading(group: string): string {
  return `  ${group.padEnd(nameWidth)}${columns.map((c) => c.title.padStart(c.width)).join("")}`;
}

function rowLines({ scenario, figures, remarks, wrong }: FaultRow): string[] {
  const [first = "", ...rest] = wrapped(scenario, nameWidth - 2);
  const cells = columns.map((c) => (figures ? c.of(figures) : "–").padStart(c.width)).join("");
  const mark = wrong.length === 0 ? "✓" : "✗";
  const below = [...(remarks.length > 0 ? [remarks.join("; ")] : []), ...wrong.slice(0, 5).map(shortened)];
  if (wrong.length > 5) below.push(`… and ${wrong.length - 5} more`);
  return [
    `${mark} ${first.padEnd(nameWidth)}${cells}`,
    ...rest.map((line) => `  ${line}`),
    ...below.flatMap((text) => wrapped(text, lineWidth - 6)).map((line) => `      ${line}`),
  ];
}

// Some of them have a whole log in them, which stands above with the test.
function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
