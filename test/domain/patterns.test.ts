import { describe, expect, test } from "vitest";
import { isEventTypeName, matches, parsePattern } from "#domain/patterns.ts";

describe("event type names", () => {
  test.each([
    "invoice.paid",
    "UserLoggedIn",
    "API.Key.Created",
    "a",
    "user.competency_verified",
    "x-1",
    "a".repeat(128),
  ])("%s is one", (name) => {
    expect(isEventTypeName(name)).toBe(true);
  });

  test.each(["", "invoice.*", "*", "a b", "invoice/paid", "é", "a\n", "a".repeat(129)])("%j is none", (name) => {
    expect(isEventTypeName(name)).toBe(false);
  });
});

describe("subscription patterns", () => {
  test.each([
    ["invoice.paid", { exact: "invoice.paid" }],
    ["invoice.*", { prefix: "invoice." }],
    ["inv*", { prefix: "inv" }],
    ["*", { prefix: "" }],
  ])("%s is read", (text, pattern) => {
    expect(parsePattern(text)).toEqual({ ok: true, pattern });
  });

  test.each([
    ["", "is empty"],
    ["*.paid", "only at its end"],
    ["invoice.*.paid", "only at its end"],
    ["**", "only at its end"],
    ["invoice paid", "letters, digits"],
    ["invoice?*", "letters, digits"],
    ["a".repeat(129), "longer than 128"],
    [`${"a".repeat(129)}*`, "longer than 128"],
  ])("%j is refused with a reason", (text, reason) => {
    expect(parsePattern(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  test("an exact pattern matches its own name only", () => {
    expect(matches({ exact: "invoice.paid" }, "invoice.paid")).toBe(true);
    expect(matches({ exact: "invoice.paid" }, "invoice.paid.late")).toBe(false);
    expect(matches({ exact: "invoice.paid" }, "Invoice.paid")).toBe(false);
  });

  test("a prefix matches what begins with it, and the empty one everything", () => {
    expect(matches({ prefix: "invoice." }, "invoice.paid")).toBe(true);
    expect(matches({ prefix: "invoice." }, "invoice")).toBe(false);
    expect(matches({ prefix: "invoice." }, "my.invoice.paid")).toBe(false);
    expect(matches({ prefix: "" }, "anything")).toBe(true);
  });
});
