import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { builtInNames, readSource } from "#cli/catalog/source.ts";
import { typesOf } from "#cli/catalog/types.ts";

// Written by: npx posthorn catalog types NAME --out examples/types/NAME.ts
test.each(builtInNames())("the types in examples/types/%s.ts are what the catalog says", async (name) => {
  const catalog: CatalogDocument = parse(readSource(name).text);
  expect(readFileSync(`examples/types/${name}.ts`, "utf8")).toBe(await typesOf(catalog));
});
