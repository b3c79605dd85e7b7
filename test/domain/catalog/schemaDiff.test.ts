import { describe, expect, test } from "vitest";
import type { JsonSchema } from "#domain/catalog/document.ts";
import { narrowings } from "#domain/catalog/schemaDiff.ts";

const object = (
  properties: { [name: string]: JsonSchema },
  more: { [keyword: string]: JsonSchema | string[] } = {},
) => ({
  type: "object",
  properties,
  ...more,
});
const text = { type: "string" };
const date = { type: "string", format: "date" };

const typeOfOthers = "/additionalProperties/type";

describe("a schema breaks what is published", () => {
  test.each<[string, JsonSchema, JsonSchema, string]>([
    ["a field is removed", object({ a: text, b: text }), object({ a: text }), "/properties"],
    ["a field is made required", object({ a: text }), object({ a: text }, { required: ["a"] }), "/required"],
    ["a new field is required", object({}), object({ b: text }, { required: ["b"] }), "/required"],
    ["a field is retyped", object({ a: text }), object({ a: { type: "number" } }), "/properties/a/type"],
    ["a type goes", { type: ["string", "null"] }, text, "/type"],
    ["a type comes", {}, text, "/type"],
    ["a type is added", text, { type: ["null", "string"] }, "/type"],
    ["whole numbers become numbers", { type: "integer" }, { type: "number" }, "/type"],
    ["a field's type is removed", object({ a: text }), object({ a: {} }), "/properties/a/type"],
    ["elements may have any type", { type: "array", items: text }, { type: "array" }, "/items/type"],
    ["unnamed members may have any type", object({}, { additionalProperties: text }), object({}), typeOfOthers],
    ["an alternative of another type comes", { anyOf: [text] }, { anyOf: [{ type: "null" }, text] }, "/anyOf"],
    ["alternatives of one type go", { oneOf: [text] }, {}, "/type"],
    [
      "what it refers to had a type",
      { $ref: "#/$defs/a", maxLength: 5, $defs: { a: text } },
      { maxLength: 5 },
      "/type",
    ],
    ["a value of an enumeration goes", { enum: ["a", "b"] }, { enum: ["a"] }, "/enum"],
    ["an enumeration comes", text, { type: "string", enum: ["a"] }, "/enum"],
    ["a constant changes", { const: 1 }, { const: 2 }, "/const"],
    ["a bound comes", text, { type: "string", maxLength: 5 }, "/maxLength"],
    ["a bound is narrowed", { minimum: 1 }, { minimum: 2 }, "/minimum"],
    ["a format comes", text, { type: "string", format: "email" }, "/format"],
    ["a pattern changes", { pattern: "a" }, { pattern: "b" }, "/pattern"],
    ["other members are forbidden", object({}), object({}, { additionalProperties: false }), "/additionalProperties"],
    ["elements are narrowed", { items: text }, { items: { type: "string", minLength: 1 } }, "/items/minLength"],
    ["elements get a schema", { type: "array" }, { type: "array", items: text }, "/items/type"],
    ["an alternative goes", { anyOf: [text, { type: "null" }] }, { anyOf: [text] }, "/anyOf"],
    ["alternatives come", {}, { anyOf: [text] }, "/anyOf"],
    ["what must not be changes", { not: text }, { not: { type: "number" } }, "/not"],
    [
      "a condition changes",
      { if: text, else: { minLength: 1 } },
      { if: { type: "number" }, else: { minLength: 1 } },
      "/if",
    ],
    ["nothing is allowed", text, false, ""],
    [
      "a definition is narrowed",
      { ...object({ a: { $ref: "#/$defs/id" } }), $defs: { id: text } },
      { ...object({ a: { $ref: "#/$defs/id" } }), $defs: { id: { type: "string", minLength: 1 } } },
      "/properties/a/minLength",
    ],
    [
      "a field within is removed",
      object({ a: object({ b: text }) }),
      object({ a: object({}) }),
      "/properties/a/properties",
    ],
  ])("where %s", (_, before, after, pointer) => {
    expect(narrowings(before, after)).toEqual([{ pointer, detail: expect.any(String) }]);
  });
});

describe("a schema breaks nothing", () => {
  test.each<[string, JsonSchema, JsonSchema]>([
    ["it is the same", object({ a: text }), object({ a: text })],
    ["an optional field comes", object({ a: text }), object({ a: text, b: text })],
    ["a field becomes optional", object({ a: text }, { required: ["a"] }), object({ a: text })],
    ["it is described", text, { type: "string", description: "A text" }],
    ["an enumeration has more values", { enum: ["a"] }, { enum: ["b", "a"] }],
    ["its types stand in another order", { type: ["string", "null"] }, { type: ["null", "string"] }],
    ["a bound is widened or goes", { minimum: 2, maxLength: 5 }, { minimum: 1 }],
    ["a pattern goes", { pattern: "a" }, {}],
    [
      "an alternative of the same type is added",
      { anyOf: [date] },
      { anyOf: [{ ...date, format: "date-time" }, date] },
    ],
    ["other members are allowed", object({}, { additionalProperties: false }), object({})],
    [
      "a definition has another name",
      { $ref: "#/$defs/a", $defs: { a: text } },
      { $ref: "#/$defs/b", $defs: { b: text } },
    ],
    ["a definition is written out", { not: { $ref: "#/$defs/a" }, $defs: { a: text } }, { not: text }],
    [
      "what is referred to has a description",
      { $ref: "#/$defs/a", $defs: { a: text } },
      { $ref: "#/$defs/a", title: "A", $defs: { a: text } },
    ],
    ["it took nothing", false, text],
  ])("where %s", (_, before, after) => {
    expect(narrowings(before, after)).toEqual([]);
  });
});
