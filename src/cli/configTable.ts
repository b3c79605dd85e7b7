// Writes the table of src/config.ts into docs/operating.md: `node src/cli/configTable.ts`. A test fails on drift.
import { readFileSync, writeFileSync } from "node:fs";
import { table } from "#config";

const document = new URL("../../docs/operating.md", import.meta.url);
const begin = "<!-- configuration: written by `node src/cli/configTable.ts` from src/config.ts -->";
const end = "<!-- end of configuration -->";

if (import.meta.main) {
  const { text, expected } = readOperating();
  writeFileSync(document, expected);
  console.log(text === expected ? "docs/operating.md is up to date" : "docs/operating.md was brought up to date");
}

/** docs/operating.md as it is, and as it should be. */
export function readOperating(): { text: string; expected: string } {
  const text = readFileSync(document, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error("docs/operating.md has lost the marks around its configuration table");
  return { text, expected: `${text.slice(0, from)}${begin}\n${configTable()}\n${text.slice(to)}` };
}

function configTable(): string {
  const rows = Object.values(table).map(
    ({ env, doc, schema }) =>
      `| \`${env}\` | ${defaultOf(schema.safeParse(undefined))} | ${doc.replaceAll("|", "\\|")} |`,
  );
  return ["| variable | default | |", "|---|---|---|", ...rows].join("\n");
}

function defaultOf(parsed: { success: boolean; data?: unknown }): string {
  const { data } = parsed;
  if (typeof data === "number" || typeof data === "string") return `\`${data}\``;
  if (Array.isArray(data) && data.length > 0) return `\`${data.join(",")}\``;
  return "none";
}
