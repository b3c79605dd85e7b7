import { expect, test } from "vitest";
import { isUnsafePattern } from "#domain/patternSafety.ts";

test.each([
  "^(a+)+$",
  "(a*)*",
  "(?:a+)*b",
  "([a-z]+)*$",
  "((ab)+c?)+",
  "(a{2,})+",
  "(a{1,99}){1,99}",
  "(a|b+)+",
  "(?i:[a-z]+x)+",
  String.raw`(\w+\d)+`,
  String.raw`(\.?[a-z]+)*`,
  "(a*-a*)+",
  "(?P<name>a+)+",
  "[^(]((x+))+",
])("%s repeats what repeats", (pattern) => {
  expect(isUnsafePattern(pattern)).toBe(true);
});

test.each([
  "^[A-Z][A-Z0-9_]*[A-Z0-9]$",
  "^[a-z]+[.][a-z][a-z_]*[a-z]$",
  String.raw`^[a-z_]+(\.[a-z_]+)*$`,
  String.raw`^([a-z]+\.)+[a-z]+$`,
  String.raw`^[A-Z]\w*(\.[A-Z]\w*){1,2}$`,
  "(a+){1,3}",
  "(abc)+",
  "^[(+*)]+$",
  String.raw`^\(+\)+$`,
  "",
])("%s does not", (pattern) => {
  expect(isUnsafePattern(pattern)).toBe(false);
});
