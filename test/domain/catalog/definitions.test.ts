import { expect, test } from "vitest";
import { withDefinitions } from "#domain/catalog/definitions.ts";
import type { JsonSchema } from "#domain/catalog/document.ts";
import { compileSchema } from "#services/schemas.ts";

const definitions: Record<string, JsonSchema> = {
  money: { type: "object", properties: { amount: { $ref: "#/$defs/amount" }, currency: { $ref: "#/$defs/currency" } } },
  amount: { type: "number", minimum: 0 },
  currency: { type: "string", minLength: 3 },
  unused: { type: "string" },
  "a/b c": { type: "integer" },
};

test("a schema gets what it refers to, through other definitions too, and nothing else", () => {
  const schema = withDefinitions({ properties: { total: { $ref: "#/$defs/money" } } }, definitions);
  const { money, amount, currency } = definitions;
  expect(schema).toEqual({ properties: { total: { $ref: "#/$defs/money" } }, $defs: { amount, currency, money } });
  expect(compileSchema(JSON.stringify(schema)).validate({ total: { amount: -1 } })).toEqual([
    { pointer: "/total/amount", detail: "must be >= 0" },
  ]);
});

test("references in lists are found", () => {
  const schema = withDefinitions({ anyOf: [{ type: "null" }, { $ref: "#/$defs/amount" }] }, definitions);
  expect(schema).toHaveProperty("$defs", { amount: definitions["amount"] });
});

test("a reference into a definition brings all of it", () => {
  const schema = withDefinitions({ $ref: "#/$defs/money/properties/amount" }, definitions);
  expect(compileSchema(JSON.stringify(schema)).validate(-1)).toHaveLength(1);
});

test("names may be escaped as a pointer in a fragment is", () => {
  const schema = withDefinitions({ $ref: "#/$defs/a~1b%20c" }, definitions);
  expect(compileSchema(JSON.stringify(schema)).validate(1.5)).toHaveLength(1);
});

test("a schema's own definition counts, and stays beside the catalog's", () => {
  const own = { amount: { type: "string" }, size: { type: "integer" } };
  const schema = withDefinitions(
    { $ref: "#/$defs/currency", properties: { a: { $ref: "#/$defs/amount" } }, $defs: own },
    definitions,
  );
  expect(schema).toHaveProperty("$defs", { ...own, currency: definitions["currency"] });
});

test("definitions that refer to one another in a circle are each added once", () => {
  const circle = { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } };
  expect(withDefinitions({ $ref: "#/$defs/a" }, circle)).toEqual({ $ref: "#/$defs/a", $defs: circle });
});

test.each<[string, JsonSchema]>([
  ["without references", { type: "object" }],
  ["that refers to a definition which does not exist", { $ref: "#/$defs/nothing" }],
  ["that refers to a name which every object has", { $ref: "#/$defs/constructor" }],
  ["that refers to elsewhere", { $ref: "https://example.com/x" }],
  ["with a property called $ref", { properties: { $ref: { type: "string" } } }],
  ["that is true", true],
])("a schema %s stays as it is", (_what, schema) => {
  expect(withDefinitions(schema, definitions)).toBe(schema);
});

test("the order of a schema's members does not change its definitions", () => {
  const [a, b] = [{ $ref: "#/$defs/amount" }, { $ref: "#/$defs/currency" }];
  const one = withDefinitions({ allOf: [a, b] }, definitions);
  const other = withDefinitions({ allOf: [b, a] }, definitions);
  expect(JSON.stringify(one).split('$defs":')[1]).toBe(JSON.stringify(other).split('$defs":')[1]);
});
