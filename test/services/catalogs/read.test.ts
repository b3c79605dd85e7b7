import { describe, expect, test } from "vitest";
import { readCatalog } from "#services/catalogs/read.ts";

describe("reading a catalog's text", () => {
  test("YAML and JSON say the same", () => {
    const yaml = 'a: 1 # one\nb: [x, "2020-01-01"]\nc: 2020-01-01\nd: yes\ne: null\n';
    const value = { a: 1, b: ["x", "2020-01-01"], c: "2020-01-01", d: "yes", e: null };
    expect(readCatalog(yaml, "yaml")).toEqual({ ok: true, value });
    expect(readCatalog(JSON.stringify(value), "json")).toEqual({ ok: true, value });
  });

  test("an anchor is written out where it is used", () => {
    expect(readCatalog("a: &x { y: 1 }\nb: *x", "yaml")).toEqual({ ok: true, value: { a: { y: 1 }, b: { y: 1 } } });
  });

  test.each([
    ["a member twice", "a: 1\na: 2", "duplicateMember", "a twice"],
    ["two documents", "a: 1\n---\nb: 2", "invalidCatalog", "multiple documents"],
    ["a tag of its own", "a: !thing x", "invalidCatalog", "!thing"],
    ["a tag of another language", "a: !!js/function x", "invalidCatalog", "js/function"],
    ["an open bracket", "a: [", "invalidCatalog", "line 1"],
    ["what is no number in JSON", "a: .inf", "invalidCatalog", "JSON cannot hold"],
    ["a key that is a list", "? [x]\n: y", "invalidCatalog", "strings"],
    ["U+0000", 'a: "\\0"', "invalidText", "U+0000"],
    ["itself", "&a [*a]", "invalidCatalog", "nested deeper"],
    ["an anchor that is not there", "a: *b", "invalidCatalog", "anchor"],
    ["a nest", "[".repeat(50_000), "invalidCatalog", "YAML"],
    ["more than can be read in a second", "a: x\n".repeat(200_000), "invalidCatalog", "write it as JSON"],
    ["more than it seems to", bomb(), "invalidCatalog", "more than 100 times"],
  ])("YAML that holds %s is refused", (_, text, code, detail) => {
    expect(readCatalog(text, "yaml")).toMatchObject({
      ok: false,
      fault: { code, detail: expect.stringContaining(detail) },
    });
  });

  test.each([
    ["nothing", "", "malformedJson", ""],
    ["a member twice", '{"a":{"b":1,"b":2}}', "duplicateMember", "/a/b"],
    ["U+0000", String.raw`{"a":"\u0000"}`, "invalidText", "/a"],
    ["a nest", "[".repeat(50_000), "tooDeep", ""],
    ["a number that is too large", '{"a":1e400}', "invalidCatalog", ""],
  ])("JSON that holds %s is refused", (_, text, code, pointer) => {
    expect(readCatalog(text, "json")).toMatchObject({ ok: false, fault: { code, pointer } });
  });
});

/** Each line names the one before ten times: a hundred million texts. */
function bomb(): string {
  const lines = Array.from({ length: 8 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(",")}]`);
  return `a0: &a0 [x]\n${lines.join("\n")}`;
}
