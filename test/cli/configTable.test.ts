import { expect, test } from "vitest";
import { readOperating } from "#cli/configTable.ts";

test("docs/operating.md shows the configuration as src/config.ts has it", () => {
  const { text, expected } = readOperating();
  expect(text, "bring it up to date with: node src/cli/configTable.ts").toBe(expected);
});
