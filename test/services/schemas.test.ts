import { describe, expect, test } from "vitest";
import { Problem } from "#domain/problems.ts";
import { checkSchema, compileSchema } from "#services/schemas.ts";

const invoice = JSON.stringify({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://example.com/invoice",
  title: "An invoice",
  type: "object",
  required: ["amount"],
  additionalProperties: false,
  properties: {
    amount: { $ref: "#/$defs/money", description: "what is due" },
    lines: { type: "array", items: { $ref: "#/$defs/money" }, maxItems: 3 },
    paidAt: { type: "string", format: "date-time" },
    color: { type: "string", format: "color" },
  },
  $defs: { money: { type: "number", minimum: 0 } },
});

describe("validating a value", () => {
  test("a value that matches has no faults", () => {
    const validator = compileSchema(invoice);
    expect(validator.validate({ amount: 12.5, lines: [1, 2], paidAt: "2026-01-01T00:00:00Z" })).toEqual([]);
  });

  test("faults point into the value, through references too", () => {
    const faults = compileSchema(invoice).validate({ amount: "12", lines: [1, -2], paidAt: "yesterday" });
    expect(faults).toEqual([
      { pointer: "/amount", detail: "must be number" },
      { pointer: "/lines/1", detail: "must be >= 0" },
      { pointer: "/paidAt", detail: 'must match format "date-time"' },
    ]);
  });

  test("a missing property is named", () => {
    expect(compileSchema(invoice).validate({})).toEqual([
      { pointer: "", detail: "must have required properties amount" },
    ]);
  });

  test("a format that nobody knows is an annotation", () => {
    expect(compileSchema(invoice).validate({ amount: 1, color: "any" })).toEqual([]);
  });

  test("there are never more than 20 faults", () => {
    const validator = compileSchema('{"items":{"type":"string"}}');
    expect(validator.validate(Array.from({ length: 500 }, (_, i) => i))).toHaveLength(20);
  });

  test("a pattern that makes backtracking engines hang is answered in linear time", () => {
    const validator = compileSchema('{"type":"string","pattern":"^(a+)+$"}');
    const started = performance.now();
    expect(validator.validate(`${"a".repeat(100_000)}!`)).toEqual([
      { pointer: "", detail: 'must match pattern "^(a+)+$"' },
    ]);
    expect(validator.validate("aaaa")).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("a pattern is searched for, as the specification says, and may hold what JavaScript escapes", () => {
    const validator = compileSchema(String.raw`{"pattern":"\\d{3}-\u0041\/"}`);
    expect(validator.validate("no. 123-A/7")).toEqual([]);
    expect(validator.validate("no. 12-A/7")).toHaveLength(1);
  });

  test("evaluated properties of one value do not count for the next", () => {
    const validator = compileSchema(
      '{"anyOf":[{"properties":{"a":true},"required":["a"]},true],"unevaluatedProperties":false}',
    );
    expect(validator.validate({ a: 1 })).toEqual([]);
    expect(validator.validate({ b: 1 })).toHaveLength(1);
  });
});

describe("registering a schema", () => {
  test("a good one has no faults", () => {
    expect(checkSchema(invoice)).toEqual([]);
    expect(checkSchema("true")).toEqual([]);
  });

  test.each([
    ["{", "", "is not JSON", "invalidSchema"],
    ["3", "", "must be a schema", "invalidSchema"],
    ['{"type":"money"}', "/type", "must be one or more of", "invalidSchema"],
    ['{"properties":{"a":{"minimum":"1"}}}', "/properties/a/minimum", "must be a number", "invalidSchema"],
    ['{"maxLength":"1);boom("}', "/maxLength", "must be a whole number", "invalidSchema"],
    ['{"required":"a"}', "/required", "must be a list of names", "invalidSchema"],
    ['{"required":["toString"]}', "/required", "may not name", "invalidSchema"],
    ['{"properties":{"__proto__":{}}}', "/properties", "may not name", "invalidSchema"],
    ['{"anyOf":[]}', "/anyOf", "at least one schema", "invalidSchema"],
    ['{"multipleOf":0}', "/multipleOf", "above 0", "invalidSchema"],
    ['{"$schema":"http://json-schema.org/draft-07/schema#"}', "/$schema", "2020-12", "invalidSchema"],
    ['{"$ref":"https://example.com/other.json"}', "/$ref", "within this schema", "remoteReference"],
    ['{"$ref":"#/$defs/none"}', "/$ref", "leads nowhere", "danglingPointer"],
    ['{"$ref":"#"}', "/$ref", "refers to itself", "schemaCycle"],
    [
      '{"$ref":"#/$defs/a","$defs":{"a":{"not":{"$ref":"#/$defs/a"}}}}',
      "/$defs/a/not/$ref",
      "refers to itself",
      "schemaCycle",
    ],
    [
      '{"properties":{"a":{"items":{"$ref":"#/properties/a"}}}}',
      "/properties/a/items/$ref",
      "refers to itself",
      "schemaCycle",
    ],
    ['{"patternProperties":{"a":true}}', "/patternProperties", "not supported", "invalidSchema"],
    ['{"items":{"$id":"x"}}', "/items/$id", "at the top only", "invalidSchema"],
    ['{"$dynamicRef":"#x"}', "/$dynamicRef", "not supported", "invalidSchema"],
    ['{"pattern":"(?=a)b"}', "/pattern", "linear time", "unsafePattern"],
    [String.raw`{"pattern":"(a)\\1"}`, "/pattern", "linear time", "unsafePattern"],
    ['{"pattern":"((a{1000}){1000}){1000}"}', "/pattern", "linear time", "unsafePattern"],
    ['{"pattern":"^(a+)+$"}', "/pattern", "repeats what repeats", "unsafePattern"],
    ['{"pattern":"(a"}', "/pattern", "is not a regular expression", "invalidSchema"],
    [String.raw`{"const":"\u0000"}`, "/const", "cannot be stored", "invalidSchema"],
  ])("%s is refused at %j: %s", (schema, pointer, detail, code) => {
    expect(checkSchema(schema)).toEqual([{ pointer, detail: expect.stringContaining(detail), code }]);
  });

  test("references that double with every level are refused before they are expanded", () => {
    const levels = Array.from({ length: 40 }, (_, i) => {
      const below = i === 0 ? "{}" : `{"$ref":"#/$defs/l${i - 1}"}`;
      return `"l${i}":{"anyOf":[${below},${below}]}`;
    });
    const [first] = checkSchema(`{"$ref":"#/$defs/l39","$defs":{${levels.join(",")}}}`);
    expect(first?.detail).toContain("larger than");
    expect(first?.code).toBe("schemaTooLarge");
  });

  test("what is nested or sized out of bounds is refused", () => {
    expect(checkSchema(`${'{"not":'.repeat(60)}{}${"}".repeat(60)}`)[0]?.detail).toContain("nested deeper");
    expect(checkSchema(`{"title":"${"x".repeat(70_000)}"}`)[0]).toMatchObject({ code: "schemaTooLarge", pointer: "" });
  });

  test("property names are data, whatever they look like", () => {
    const name = '"];globalThis.broken=true;["';
    const schema = JSON.stringify({ properties: { [name]: { type: "string" } }, required: [name] });
    expect(compileSchema(schema).validate({ [name]: "x" })).toEqual([]);
    expect(compileSchema(schema).validate({ [name]: 1 })).toHaveLength(1);
    expect("broken" in globalThis).toBe(false);
  });

  test("compiling one that has faults throws them", () => {
    expect(() => compileSchema('{"type":"money"}')).toThrow(Problem);
  });
});
