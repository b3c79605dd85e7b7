import { isScalar, parseDocument, visit } from "yaml";
import { Problem, type CodedFault } from "#domain/problems.ts";
import { parseJson, requireCleanText } from "../strictJson.ts";

export type CatalogForm = "json" | "yaml";

export type ReadCatalog =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: CodedFault };

/** A schema may be 48 levels deep, and stands some levels deep in the catalog. */
const MAX_DEPTH = 60;
/** How often what anchors name may be written out: more makes a small text a large document. */
const MAX_ALIASES = 100;

/** The value that a catalog's text says, or why it says none. What it gives can be written as JSON and stored. */
export function readCatalog(text: string, form: CatalogForm): ReadCatalog {
  try {
    const value = form === "json" ? parseJson(text, MAX_DEPTH) : parseYaml(text);
    const unstored = findUnstored(value, 0);
    if (unstored !== null) return { ok: false, fault: { pointer: "", detail: unstored, code: "invalidCatalog" } };
    if (form === "yaml") requireCleanText(JSON.stringify(value));
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const [fault = { pointer: "", detail: error.detail }] = error.faults;
    return { ok: false, fault: { ...fault, code: error.code } };
  }
}

/** YAML takes some 20 us a value to read, and nothing else is done meanwhile. The largest built-in catalog has 7,000. */
const MAX_YAML_VALUES = 50_000;

/** One document of YAML 1.2's core schema, which is JSON with comments: no tags of its own, and texts are texts. */
function parseYaml(text: string): unknown {
  if (atLeastValues(text) > MAX_YAML_VALUES)
    throw unreadable(`is YAML of more than ${MAX_YAML_VALUES} lines and values: write it as JSON`);
  // Its own search for keys that stand twice compares each with each: 94 s for 5 MB of them.
  const document = parseDocument(text, { schema: "core", stringKeys: true, uniqueKeys: false });
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) throw unreadable(`is not YAML as it is taken here: ${firstLine(wrong.message)}`);
  requireUniqueKeys(document);
  return toValue(document);
}

/** Lines, and what stands between commas. */
function atLeastValues(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === NEW_LINE || code === COMMA) count++;
  }
  return count;
}

const NEW_LINE = 0x0a;
const COMMA = 0x2c;

/** @throws {Problem} duplicateMember */
function requireUniqueKeys(document: ReturnType<typeof parseDocument>): void {
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name: unknown = isScalar(key) ? key.value : key;
        const detail = `names the member ${String(name)} twice in one object`;
        if (seen.has(name)) throw new Problem("duplicateMember", `The catalog ${detail}.`, [{ pointer: "", detail }]);
        seen.add(name);
      }
    },
  });
}

function toValue(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw unreadable(
      cause instanceof ReferenceError
        ? `uses anchors more than ${MAX_ALIASES} times, or before they are there`
        : "cannot be read",
    );
  }
}

/** What JSON cannot hold (`.inf`, 1e400), and what is nested too deeply, or in itself. */
function findUnstored(value: unknown, depth: number): string | null {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  if (typeof value === "number") return Number.isFinite(value) ? null : "holds a number that JSON cannot hold";
  if (typeof value !== "object" || value === null) return null;
  for (const inner of Object.values(value)) {
    const found = findUnstored(inner, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function unreadable(detail: string): Problem {
  return new Problem("invalidCatalog", detail, [{ pointer: "", detail }]);
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/:$/, "").slice(0, 200);
}
