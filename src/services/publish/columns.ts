import type { AcceptAnswer, AcceptResult, EventRow } from "#db/sql/publish.ts";

const encoder = new TextEncoder();

/**
 * Events as the parameters of posthorn.accept_columns, in its order but for the first. What many events of a statement have in common is
 * sent once, as a group; the texts go as bytes in one piece: in a list of JSON each quote of them was escaped here and read again there.
 */
export function toColumns(rows: readonly EventRow[]): unknown[] {
  const { groups, numbers } = group(rows);
  const natives = rows.map(({ native }) => native);
  const { bytes, starts, lengths } = join([...rows.map(({ data }) => data), ...natives.map((native) => native ?? "")]);
  const hasNative = natives.some((native) => native !== null);
  const inNative = (places: readonly number[]): (number | null)[] =>
    natives.map((native, i) => (native === null || !hasNative ? null : (places[rows.length + i] ?? null)));
  const keys = rows.flatMap((row, i) => row.keys.map((key) => ({ key, event: i + 1 })));
  return [
    ...groupColumns(groups),
    column(numbers),
    ...eventColumns(rows),
    bytes,
    column(starts.slice(0, rows.length)),
    column(lengths.slice(0, rows.length)),
    column(inNative(starts)),
    column(inNative(lengths)),
    column(keys.map(({ event }) => event)),
    column(keys.map(({ key }) => key)),
  ];
}

/** What became of each of the events, in their order; nothing where the statement gave no answer. */
export function readAnswer(rows: readonly EventRow[], [answer]: readonly AcceptAnswer[]): AcceptResult[] {
  if (answer === undefined) return [];
  const { accepted_at, others } = answer;
  const results = rows.map((row): AcceptResult => ({
    status: "accepted",
    id: row.external_id ?? row.type_id,
    accepted_at,
  }));
  for (const { ordinal, status, id, accepted_at: at } of others) {
    results[ordinal] = { status, id, accepted_at: at === null ? null : new Date(at) };
  }
  return results;
}

function groupColumns(groups: readonly EventRow[]): (string | null)[] {
  return [
    column(groups.map((row) => row.tenant_id)),
    column(groups.map((row) => row.catalog)),
    column(groups.map((row) => row.type)),
    column(groups.map((row) => row.type_revision)),
    column(groups.map((row) => row.version)),
    column(groups.map((row) => row.version_assumed)),
    column(groups.map((row) => row.operational)),
  ];
}

function eventColumns(rows: readonly EventRow[]): (string | null)[] {
  return [
    column(rows.map((row) => row.event_id)),
    column(rows.map((row) => row.type_id)),
    column(rows.map((row) => row.external_id)),
    column(rows.map((row) => row.occurred_at)),
    column(rows.map((row) => row.source)),
    column(rows.map((row) => row.user_id)),
    column(rows.map((row) => row.correlation_id)),
    column(rows.map((row) => row.trace_id)),
    column(rows.map((row) => row.ordering_key)),
    column(rows.map((row) => row.metadata)),
  ];
}

/** An event of each group, and for each event the number of its group, from 1 on. */
function group(rows: readonly EventRow[]): { groups: EventRow[]; numbers: number[] } {
  const known = new Map<string, number>();
  const groups: EventRow[] = [];
  const numbers = rows.map((row) => {
    const { tenant_id, catalog, type, type_revision, version, version_assumed, operational } = row;
    // No text of an event has U+0000 in it.
    const name = `${tenant_id}\0${catalog}\0${type}\0${type_revision}\0${version}\0${version_assumed}\0${operational}`;
    let number = known.get(name);
    if (number === undefined) {
      number = groups.push(row);
      known.set(name, number);
    }
    return number;
  });
  return { groups, numbers };
}

/** Texts as UTF-8 in one piece, and where each of them stands in it: bytes, counted from 1. */
function join(texts: readonly string[]): { bytes: Uint8Array; starts: number[]; lengths: number[] } {
  const all = texts.join("");
  const bytes = encoder.encode(all);
  const isAscii = bytes.length === all.length;
  const lengths = texts.map((text) => (isAscii ? text.length : encoder.encode(text).length));
  let next = 1;
  const starts = lengths.map((length) => {
    const start = next;
    next += length;
    return start;
  });
  return { bytes, starts, lengths };
}

/** An array as PostgreSQL reads it; null where it would hold nothing but null. */
function column(values: readonly (string | number | boolean | null)[]): string | null {
  let text = "";
  let isEmpty = true;
  for (const value of values) {
    text += text === "" ? "{" : ",";
    if (value === null) text += "NULL";
    else {
      isEmpty = false;
      text += typeof value === "string" ? quoted(value) : String(value);
    }
  }
  return isEmpty ? null : `${text}}`;
}

function quoted(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, "\\$&") : text}"`;
}
