import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { withDefinitions } from "#domain/catalog/definitions.ts";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { compileSchema } from "#services/schemas.ts";

const root = join(import.meta.dirname, "../..");
const catalogs = join(root, "src/catalogs");

/** Reads cases from standard input, and writes what the validator says of each. */
const program = `
import { compileSchema } from "./src/services/schemas.ts";
let text = "";
for await (const chunk of process.stdin) text += chunk;
let forbidden = false;
try { new Function("return 1")(); } catch { forbidden = true; }
const answers = JSON.parse(text).map(({ schema, value }) => compileSchema(schema).validate(value));
console.log(JSON.stringify({ forbidden, answers }));
`;

interface Case {
  readonly schema: string;
  readonly value: unknown;
}

test("where code cannot be made from text, the built-in catalogs' schemas judge as they do elsewhere", async () => {
  const cases = readdirSync(catalogs)
    .filter((file) => file.endsWith(".yaml"))
    .flatMap((file) => casesOf(parse(readFileSync(join(catalogs, file), "utf8"))));
  expect(cases.length).toBeGreaterThan(600);
  const args = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", program];
  const running = promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  running.child.stdin?.end(JSON.stringify(cases));
  const { stdout } = await running;
  const expected = cases.map(({ schema, value }) => compileSchema(schema).validate(value));
  expect(JSON.parse(stdout)).toEqual({ forbidden: true, answers: expected });
  expect(expected.filter((faults) => faults.length > 0).length).toBeGreaterThan(300);
});

/** Each version's example, and the example with its first member of another type. */
function casesOf({ types, definitions = {} }: CatalogDocument): Case[] {
  return types.flatMap(({ versions }) =>
    versions.flatMap((version): Case[] => {
      const schema = JSON.stringify(withDefinitions(version.schema, definitions));
      const { example } = version;
      const [first] = Object.keys(example ?? {});
      return [
        { schema, value: example },
        { schema, value: Object.assign({}, example, { [first ?? ""]: [{}] }) },
      ];
    }),
  );
}
