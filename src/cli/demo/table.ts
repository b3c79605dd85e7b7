import { type Paint, thousands } from "../terminal.ts";
import type { BooksRow } from "./books.ts";
import type { CatalogRow } from "./catalogRow.ts";

interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => number;
}

/** Columns under one heading; "" for none. */
interface Group<Row> {
  readonly heading: string;
  readonly columns: readonly Column<Row>[];
}

interface Named {
  readonly name: string;
  readonly faults: readonly string[];
}

const catalogGroups: readonly Group<CatalogRow>[] = [
  {
    heading: "",
    columns: [
      { title: "types", of: (row) => row.types },
      { title: "versions", of: (row) => row.versions },
      { title: "published", of: (row) => row.published },
    ],
  },
  {
    heading: "the gateway says",
    columns: [
      { title: "derived", of: (row) => row.derived },
      { title: "delivered", of: (row) => row.delivered },
    ],
  },
  {
    heading: "the receiver checked",
    columns: [
      { title: "signed", of: (row) => row.signed },
      { title: "bytes", of: (row) => row.same },
      { title: "schema", of: (row) => row.valid },
    ],
  },
];

const booksGroups: readonly Group<BooksRow>[] = [
  {
    heading: "",
    columns: [
      { title: "published", of: (row) => row.published },
      { title: "derived", of: (row) => row.derived },
    ],
  },
  {
    heading: "the receiver saw",
    columns: [
      { title: "requests", of: (row) => row.requests },
      { title: "accepted", of: (row) => row.seen },
      { title: "again", of: (row) => row.duplicates },
    ],
  },
  {
    heading: "the gateway says",
    columns: [
      { title: "delivered", of: (row) => row.delivered },
      { title: "failed", of: (row) => row.failed },
      { title: "waiting", of: (row) => row.waiting },
    ],
  },
];

/** What the catalogs' receivers checked, a row for each catalog. */
export function catalogsTable(rows: readonly CatalogRow[], paint: Paint): string[] {
  return table(rows, catalogGroups, paint);
}

/** The books as lines: what the receivers saw beside what the gateway says. */
export function booksTable(rows: readonly BooksRow[], paint: Paint): string[] {
  return table(rows, booksGroups, paint);
}

/** Lines with the headings, a row each with its mark, and the faults below. */
function table<Row extends Named>(rows: readonly Row[], groups: readonly Group<Row>[], paint: Paint): string[] {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const widthOf = ({ title, of }: Column<Row>): number =>
    Math.max(title.length, ...rows.map((row) => thousands(of(row)).length));
  const line = (name: string, cell: (column: Column<Row>) => string): string =>
    `${name.padEnd(nameWidth)}${groups.flatMap(({ columns }) => columns.map((c) => `  ${cell(c).padStart(widthOf(c))}`)).join("")}`;
  const headings = groups.map(({ heading, columns }) =>
    over(
      heading,
      columns.reduce((sum, column) => sum + widthOf(column) + 2, 0),
    ),
  );
  return [
    paint.dim(`  ${" ".repeat(nameWidth)}${headings.join("").trimEnd()}`),
    paint.dim(`  ${line("", ({ title }) => title)}`),
    ...rows.map((row) => `${mark(row, paint)} ${line(row.name, ({ of }) => thousands(of(row)))}`),
    ...rows.flatMap(({ name, faults }) => faults.map((text) => paint.bad(`  ${name}: ${text}`))),
  ];
}

/** The last sentence of the demo. */
export function booksSentence(rows: readonly BooksRow[], paint: Paint): string {
  const sum = (of: (row: BooksRow) => number): string => thousands(rows.reduce((total, row) => total + of(row), 0));
  const events = `${sum((r) => r.published)} published + ${sum((r) => r.derived)} derived`;
  const account = `${events} = ${sum((r) => r.delivered)} delivered + ${sum((r) => r.failed)} failed + ${sum((r) => r.waiting)} waiting`;
  return rows.every(({ faults }) => faults.length === 0)
    ? paint.good(`The books balance: ${account}.`)
    : paint.bad(`The books do NOT balance: ${account}, and the faults above.`);
}

function over(heading: string, width: number): string {
  if (heading === "") return " ".repeat(width);
  return `  ${` ${heading} `.padStart((width - 2 + heading.length + 2) >> 1, "─").padEnd(width - 2, "─")}`;
}

function mark({ faults }: Named, paint: Paint): string {
  return faults.length === 0 ? paint.good("✓") : paint.bad("✗");
}
