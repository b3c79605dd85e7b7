import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { createTestDatabase } from "#test/database.ts";
import { operatorKey, startApiProcess, startDelivererProcess } from "#test/processes.ts";

const root = join(import.meta.dirname, "../..");

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `posthorn catalog …` as a person would, in a folder of its own. */
function catalog(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const all = { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env };
    execFile(process.execPath, [join(root, "src/cli/catalog.ts"), ...args], { env: all }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "posthorn-catalog-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const shop = `
catalog: shop
title: The shop's events
naming: { pattern: "^[a-z]+[.][a-z_]+$", words: "what it happened to, a dot, what happened" }
envelopes:
  - name: event
    fields:
      id: { pointers: [/id], required: true, example: e-1 }
      type: { pointers: [/kind], required: true, example: order.paid }
      tenantId: { pointers: [/shop], example: shop-7 }
      data: { pointers: [/payload], required: true, example: {} }
types:
  - name: order.paid
    description: An order was paid in full.
    versions:
      - version: "1"
        schema: { type: object, required: [orderId], properties: { orderId: { type: string }, total: { type: number } } }
        example: { orderId: o-1, total: 99.5 }
`;

test("the built-in catalogs are listed with what is in them", async () => {
  const { code, out } = await catalog(["list"]);
  expect(code).toBe(0);
  expect(out.trim().split("\n")).toEqual([
    "alga-psa: 134 event types in 134 versions, 12 categories",
    "base-events: 20 event types in 21 versions, 4 categories",
    expect.stringMatching(/^contently: \d+ event types in \d+ versions, 12 categories$/),
    "organization-notifications: 28 event types in 28 versions, 4 categories",
    "user-management: 12 event types in 12 versions, 0 categories",
  ]);
});

test("validate says what is wrong and where, without a gateway, and ends with 1", async () => {
  const path = join(folder(), "shop.yaml");
  writeFileSync(path, shop.replace("name: order.paid", "name: OrderPaid").replace("total: 99.5", "total: much"));
  const { code, err } = await catalog(["validate", path]);
  expect(code).toBe(1);
  expect(err).toContain("/types/0/name  OrderPaid does not follow the naming convention");
  expect(err).toContain("/types/0/versions/0/example/total");
});

test("validate remarks on conventions that a catalog names and does not keep", async () => {
  const { code, out } = await catalog(["validate", "alga-psa"]);
  expect(code).toBe(0);
  expect(out).toContain("Conventions that are not followed");
  expect(out).toContain("CONTACT_PRIMARY_SET: previousPrimaryContactId stands without newPrimaryContactId");
});

test("types writes TypeScript to a file", async () => {
  const path = join(folder(), "shop.ts");
  const source = join(folder(), "shop.yaml");
  writeFileSync(source, shop);
  expect(await catalog(["types", source, "--out", path])).toMatchObject({ code: 0, out: `Written to ${path}\n` });
  const text = readFileSync(path, "utf8");
  expect(text).toContain("export interface OrderPaidV1Data {\n  orderId: string;\n  total?: number;\n}");
  expect(text).toContain('  kind: "order.paid";');
  expect(text).toContain('StandardEvent<"order.paid", "1", OrderPaidV1Data>');
});

test.each([
  [["install"], "one FILE or NAME"],
  [["paint", "shop"], 'There is no command "paint"'],
  [["install", "no-such-catalog"], "no built-in catalog of that name"],
  [["install", "base-events", "--url", "http://127.0.0.1:1", "--key", "k"], "No gateway answers at http://127.0.0.1:1"],
  [["export", "base-events", "--url", "http://127.0.0.1:1", "--key", "k"], "No gateway answers at http://127.0.0.1:1"],
  [["install", "base-events", "--url", "ftp://x"], "--url must begin with"],
  [["install", "base-events", "--colour"], "Unknown option '--colour'"],
])("%j is refused with a sentence and no stack", async (args, sentence) => {
  const { code, out, err } = await catalog(args);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(sentence);
  expect(err).not.toMatch(/^\s+at /m);
});

test("a catalog is installed, found unchanged, changed, refused what breaks it, and exported", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const api = await startApiProcess(database.url);
  startDelivererProcess(database.url);
  const env = { POSTHORN_OPERATOR_KEY: operatorKey };
  const on = (...args: string[]): Promise<Said> => catalog([...args, "--url", api.url], env);
  const path = join(folder(), "shop.yaml");
  writeFileSync(path, shop);

  const installed = await on("install", path);
  expect(installed).toMatchObject({ code: 0, err: "" });
  expect(installed.out).toMatch(/^shop: 1 event type in 1 version, 0 categories\. Installed \(revision 1\)\.\n/);
  expect((await on("install", path)).out).toContain("Installed already (revision 1).");

  writeFileSync(path, shop.replace("total: { type: number }", "total: { type: number }, note: { type: string }"));
  const different = await on("diff", path);
  expect(different).toMatchObject({ code: 0 });
  expect(different.out).toContain("Installing it would change:");
  expect((await on("install", path)).out).toContain("Installed (revision 2).");

  writeFileSync(path, shop);
  const breaking = await on("diff", path);
  expect(breaking.code).toBe(1);
  expect(breaking.out).toMatch(/! \/types\/0\/versions\/0\/schema\S*/);
  const refused = await on("install", path);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/\/types\/0\/versions\/0\/schema/);

  const exported = await on("export", "shop");
  expect(exported.code).toBe(0);
  expect(parse(exported.out)).toMatchObject({ catalog: "shop", types: [{ name: "order.paid" }] });
  expect(await on("install", "base-events")).toMatchObject({ code: 0 });
  expect(await on("export", "nowhere")).toMatchObject({ code: 1 });
});
