import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { table } from "#config";
import { problemTitles } from "#domain/problems.ts";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { createApiMetrics } from "../../src/entry/metrics/api.ts";
import { createDelivererMetrics } from "../../src/entry/metrics/deliverer.ts";
import { createRegistry } from "../../src/entry/metrics/registry.ts";

const folder = join(import.meta.dirname, "../../docs");
const documents = ["operating.md", "troubleshooting.md", "capacity.md", "backup.md"].map((name) => ({
  name,
  text: readFileSync(join(folder, name), "utf8"),
}));

/** A role and a schema. */
const ofTheDatabase = new Set(["posthorn_publisher", "posthorn_migrations"]);

describe("what operators are told to type", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await createGateway();
  });
  afterAll(() => gateway.close());

  const queries = documents.flatMap(({ name, text }) =>
    [...text.matchAll(/^```sql\n([^`]+)^```/gm)].map(([, query = ""], nth) => ({ name, nth: nth + 1, query })),
  );

  test.for(queries)("the query $nth of $name runs", async ({ query }) => {
    expect(query).toMatch(/^select /);
    await gateway.rows(query);
  });
});

test("every variable that operators are told of exists", () => {
  const known = new Set<string>(Object.values(table).map(({ env }) => env));
  expect(named(/\bPOSTHORN_[A-Z_]+[A-Z]\b/g).filter(({ found }) => !known.has(found))).toEqual([]);
});

test("every bound of the configuration is in the table of limits", () => {
  const limits = textOf("capacity.md");
  const bounds = Object.values(table)
    .map(({ env }) => env)
    .filter((env) => /MAX|TIMEOUT|CONCURRENCY|QUEUE|SOCKETS|CACHE|DRAIN|RETENTION/.test(env));
  expect(bounds.filter((env) => !limits.includes(env))).toEqual([]);
});

test("every metric that operators are told of exists", async () => {
  const registry = createRegistry(new Pool());
  createApiMetrics(registry);
  createDelivererMetrics(registry, { all: 1, inFlight: () => 0 });
  const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  const told = named(/\bposthorn_[a-z_]*[a-z]\b/g).filter(({ found }) => !ofTheDatabase.has(found));
  expect(told.filter(({ found }) => !known.has(found.replace(/_(bucket|sum|count)$/, "")))).toEqual([]);
});

test("every alert has something to do", () => {
  const alerts = [...textOf("operating.md").matchAll(/^- alert: (\w+)/gm)].map(([, alert = ""]) => alert);
  expect(alerts.length).toBeGreaterThan(5);
  expect(alerts.filter((alert) => !textOf("troubleshooting.md").includes(`\`${alert}\``))).toEqual([]);
});

test("every problem code in a table of what to do exists", () => {
  const codes = documents.flatMap(({ name, text }) =>
    [...text.matchAll(/\b[45]\d\d `([A-Za-z]+)`/g)].map(([, found = ""]) => ({ name, found })),
  );
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter(({ found }) => !(found in problemTitles))).toEqual([]);
});

test("every link between the documents leads to a heading", () => {
  const headings = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith(".md"))
      .map((name) => [name, anchorsOf(readFileSync(join(folder, name), "utf8"))]),
  );
  const links = documents.flatMap(({ name, text }) =>
    [...text.matchAll(/\]\(([a-z]+\.md)?#([^)]+)\)/g)].map(([, to = name, anchor = ""]) => ({ name, to, anchor })),
  );
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter(({ to, anchor }) => headings.get(to)?.has(anchor) !== true)).toEqual([]);
});

function textOf(name: string): string {
  return documents.find((document) => document.name === name)?.text ?? "";
}

function named(pattern: RegExp): { name: string; found: string }[] {
  return documents.flatMap(({ name, text }) => [...text.matchAll(pattern)].map(([found]) => ({ name, found })));
}

function anchorsOf(text: string): Set<string> {
  const titles = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 _-]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}
