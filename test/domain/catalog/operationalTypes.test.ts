import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { operationalTypes } from "#domain/catalog/operationalTypes.ts";

test("the operational types are those that the database makes", () => {
  const files = readdirSync("drizzle").filter((name) => name.endsWith(".sql"));
  const sql = files.toSorted().map((name) => readFileSync(`drizzle/${name}`, "utf8"));
  const definitions = [
    ...sql.join("\n").matchAll(/function posthorn\.operational_types\(\)[^$]*\$\$\s*select array\[([^\]]*)\]/g),
  ];
  // The last one replaces those before it.
  const names = [...(definitions.at(-1)?.[1] ?? "").matchAll(/'([^']+)'/g)].map(([, name]) => name);
  expect(new Set(names)).toEqual(operationalTypes);
});
