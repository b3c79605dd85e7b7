import { describe, expect, test } from "vitest";
import { findBadText, isCleanText } from "#domain/text.ts";

const clean = [
  "1",
  '"plain"',
  String.raw`{"a":"\\u0000","b":"\\ud800"}`,
  String.raw`{"pair":"\ud83d\ude00","raw":"😀","accent":"\u00e9","line":"\u2028"}`,
  String.raw`["\\\\u0000"]`,
];

const bad: [string, string, string][] = [
  [String.raw`"\u0000"`, "", "nul"],
  [String.raw`{"a":{"b":["x","y\u0000"]}}`, "/a/b/1", "nul"],
  [String.raw`{"a\u0000":1}`, "/a\uFFFD", "nul"],
  [String.raw`{"a":"\ud83d"}`, "/a", "loneSurrogate"],
  [String.raw`{"a":"\ude00\ud83d"}`, "/a", "loneSurrogate"],
  [String.raw`{"a":"\uD83D x"}`, "/a", "loneSurrogate"],
  [String.raw`{"\udfff":1}`, "/\uFFFD", "loneSurrogate"],
  [String.raw`{"a/b":{"c~d":"\u0000"}}`, "/a~1b/c~0d", "nul"],
  [String.raw`{"first":"\ud800","second":"\u0000"}`, "/first", "loneSurrogate"],
  [String.raw`{"a":"\u0000","a":"x"}`, "", "nul"],
  [String.raw`{"a":"\ud83d","a":"\ud83d\ude00"}`, "", "loneSurrogate"],
  [String.raw`{"a":"\\\u0000"}`, "/a", "nul"],
  [`{"a":"\uD800"}`, "/a", "loneSurrogate"],
  [`{"a":"\uD800","a":1}`, "", "loneSurrogate"],
];

describe("text that cannot be stored", () => {
  test.each(clean)("%s holds none", (json) => {
    expect(findBadText(json)).toBeNull();
  });

  test.each(bad)("%j is found at %j", (json, pointer, kind) => {
    expect(findBadText(json)).toEqual({ pointer, kind });
  });

  test("is found however deep it lies", () => {
    const depth = 50_000;
    const found = findBadText(`${"[".repeat(depth)}"\\u0000"${"]".repeat(depth)}`);
    expect(found?.pointer).toBe("/0".repeat(depth));
  });

  test.each([
    ["", true],
    ["plain 😀", true],
    ["a\0", false],
    ["\uD83D", false],
    ["\uDE00\uD83D", false],
  ])("%j is clean: %s", (text, expected) => {
    expect(isCleanText(text)).toBe(expected);
  });
});
