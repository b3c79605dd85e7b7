import { type Paint, thousands } from "../terminal.ts";
import type { BooksRow } from "./books.ts";

const columns = [
  { title: "published", of: (row: BooksRow) => row.published },
  { title: "requests", of: (row: BooksRow) => row.requests },
  { title: "accepted", of: (row: BooksRow) => row.seen },
  { title: "again", of: (row: BooksRow) => row.duplicates },
  { title: "delivered", of: (row: BooksRow) => row.delivered },
  { title: "failed", of: (row: BooksRow) => row.failed },
  { title: "waiting", of: (row: BooksRow) => row.waiting },
];

/** The books as lines: what the receivers saw beside what the gateway says, a row for each tenant. */
export function booksTable(rows: readonly BooksRow[], paint: Paint): string[] {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const widths = columns.map(({ title, of }) =>
    Math.max(title.length, ...rows.map((row) => thousands(of(row)).length)),
  );
  const line = (name: string, cells: string[]): string =>
    `  ${name.padEnd(nameWidth)}${cells.map((cell, index) => `  ${cell.padStart(widths[index] ?? 0)}`).join("")}`;
  const span = (from: number, to: number): number => widths.slice(from, to).reduce((sum, width) => sum + width + 2, 0);
  const groups = `  ${" ".repeat(nameWidth + span(0, 1))}${over("the receiver saw", span(1, 4))}${over("the gateway says", span(4, 7))}`;
  return [
    paint.dim(groups),
    paint.dim(
      line(
        "",
        columns.map(({ title }) => title),
      ),
    ),
    ...rows.map(
      (row) =>
        `${line(
          row.name,
          columns.map(({ of }) => thousands(of(row))),
        )}  ${verdict(row, paint)}`,
    ),
    ...rows.flatMap(({ name, faults }) => faults.map((text) => paint.bad(`  ${name}: ${text}`))),
  ];
}

/** The last sentence of the demo. */
export function booksSentence(rows: readonly BooksRow[], paint: Paint): string {
  const sum = (of: (row: BooksRow) => number): string => thousands(rows.reduce((total, row) => total + of(row), 0));
  const account = `${sum((r) => r.published)} published = ${sum((r) => r.delivered)} delivered + ${sum((r) => r.failed)} failed + ${sum((r) => r.waiting)} waiting`;
  return rows.every(({ faults }) => faults.length === 0)
    ? paint.good(`The books balance: ${account}.`)
    : paint.bad(`The books do NOT balance: ${account}, and the faults above.`);
}

function over(text: string, width: number): string {
  return `  ${` ${text} `.padStart((width - 2 + text.length + 2) >> 1, "─").padEnd(width - 2, "─")}`;
}

function verdict({ faults }: BooksRow, paint: Paint): string {
  return faults.length === 0 ? paint.good("balances") : paint.bad("does NOT balance");
}
