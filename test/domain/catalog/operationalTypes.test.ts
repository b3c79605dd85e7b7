import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { operationalTypes } from "#domain/catalog/operationalTypes.ts";

test("the operational types are those that the database makes", () => {
  const sql = readFileSync("drizzle/0001_partitions_and_triggers.sql", "utf8");
  const [, list = ""] = /posthorn\.operational_types\(\)[^$]*\$\$\s*select array\[([^\]]*)\]/.exec(sql) ?? [];
  const names = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name);
  expect(new Set(names)).toEqual(operationalTypes);
});
