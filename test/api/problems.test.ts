import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { problemStatus } from "#api/problem.ts";
import { problemTitles } from "#domain/problems.ts";

const text = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split("\n");
      return [heading.trim(), lines.join("\n").trim()] as const;
    }),
);

test("docs/errors.md explains every code, and no other", () => {
  expect([...sections.keys()].toSorted()).toEqual(Object.keys(problemTitles).toSorted());
});

test.each(Object.entries(problemStatus))("docs/errors.md gives %s the status it is answered with", (code, status) => {
  expect(sections.get(code)).toMatch(new RegExp(`^${status}\\. `));
});
