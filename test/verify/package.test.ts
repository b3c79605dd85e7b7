import { execFile } from "node:child_process";
import { access, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const source = join(root, "src/verify");
const tsc = join(root, "node_modules/typescript/bin/tsc");

const manifestShape = z.object({
  name: z.literal("@posthorn/verify"),
  type: z.literal("module"),
  license: z.literal("MIT"),
  sideEffects: z.literal(false),
  files: z.array(z.string()),
  exports: z.record(z.string(), z.union([z.string(), z.object({ types: z.string(), default: z.string() })])),
});
const manifest = manifestShape.parse(JSON.parse(await readFile(join(source, "package.json"), "utf8")));
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== "./package.json");
const specifiers = subpaths.map((subpath) => subpath.replace(".", manifest.name));
const functions = [
  "checkSecret",
  "generateSecret",
  "generateSigningKeyPair",
  "importSigningKey",
  "publicKeyOf",
  "sign",
  "verify",
];

async function sourceFiles(): Promise<{ path: string; text: string }[]> {
  const paths = (await readdir(join(source, "src"), { recursive: true })).filter((path) => path.endsWith(".ts"));
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(source, "src", path), "utf8") })));
}

test("every import stays inside the package, and nothing is named that only some runtimes have", async () => {
  const files = await sourceFiles();
  expect(files.length).toBeGreaterThan(10);
  for (const { path, text } of files) {
    const inside = path.startsWith("lib/") ? /^(?:\.\/|\.\.\/)[\w-]+\.ts$/ : /^\.\/(?:lib\/)?[\w-]+\.ts$/;
    const imports = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g)].map(
      ([, specifier = ""]) => specifier,
    );
    const globals = text.match(/\b(?:require|process|Buffer|Deno|Bun|window|self|setImmediate)\b\s*[.(]/g) ?? [];
    expect({ path, outside: imports.filter((specifier) => !inside.test(specifier)), globals }).toEqual({
      path,
      outside: [],
      globals: [],
    });
  }
});

test("the package has no dependencies of any sort", async () => {
  const fields: unknown = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies"])
    expect(fields).not.toHaveProperty(field);
});

test("each function file is a subpath of its own", async () => {
  const names = (await readdir(join(source, "src"))).filter((name) => name.endsWith(".ts"));
  const expected = names.map((name) => (name === "index.ts" ? "." : `./${name.replace(/\.ts$/, "")}`));
  expect(subpaths.toSorted()).toEqual(expected.toSorted());
});

describe("built and installed as it is published", () => {
  let project = "";

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "posthorn-verify-"));
    const installed = join(project, "node_modules/@posthorn/verify");
    await mkdir(installed, { recursive: true });
    await cp(join(source, "package.json"), join(installed, "package.json"));
    await run(process.execPath, [tsc, "-p", join(source, "tsconfig.json"), "--outDir", join(installed, "dist")]);
    await mkdir(join(project, "node_modules/@types"));
    await symlink(join(root, "node_modules/@types/node"), join(project, "node_modules/@types/node"));
    await symlink(join(root, "node_modules/undici-types"), join(project, "node_modules/undici-types"));
    await writeFile(join(project, "package.json"), '{"type":"module"}');
  }, 60_000);

  afterAll(() => rm(project, { recursive: true, force: true }));

  test("every file that the exports name is there, and what is published includes it", async () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    for (const target of targets) {
      await expect(access(join(project, "node_modules/@posthorn/verify", target))).resolves.toBeUndefined();
      expect(target).toMatch(/^\.\/(?:dist\/[\w-]+\.(?:d\.ts|js)|package\.json)$/);
    }
    expect(manifest.files).toContain("dist");
  });

  test("every export has types that resolve, with node's types and with the browser's", async () => {
    const lines = specifiers.map((specifier, index) => `import * as m${index} from "${specifier}";\nvoid m${index};`);
    await writeFile(join(project, "consumer.ts"), [...lines, consumer].join("\n"));
    const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
    const compile = (...flags: string[]) =>
      run(process.execPath, [tsc, ...strict, ...flags, "consumer.ts"], { cwd: project }).catch(
        (error: unknown) => error,
      );
    const node = ["--module", "nodenext", "--skipLibCheck", "--types", "node"];
    const browser = ["--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2022,dom", "--types", ""];
    expect(await compile(...node)).toMatchObject({ stdout: "" });
    expect(await compile(...browser)).toMatchObject({ stdout: "" });
  }, 60_000);

  test.each([
    ["as the runtime is", ""],
    ["where Uint8Array has no toBase64, as on Node 20", "delete Uint8Array.prototype.toBase64;"],
  ])("every export loads, and what is signed verifies, %s", async (_, prelude) => {
    await writeFile(join(project, "round-trip.js"), `${prelude}\n${roundTrip}`);
    const { stdout } = await run(process.execPath, ["round-trip.js", ...specifiers], { cwd: project });
    expect(JSON.parse(stdout)).toEqual({ functions, versions: ["v1", "v1a"] });
  });
});

const consumer = `
import { verify, type VerificationErrorCode, type VerifiedWebhook } from "@posthorn/verify";
declare const record: Record<string, string | string[] | undefined>;
const webhooks: Promise<VerifiedWebhook>[] = [
  verify("", record, "whsec_"),
  verify(new Uint8Array(), new Headers(), ["whsec_"], { now: () => 0, toleranceSeconds: undefined }),
];
// @ts-expect-error a parsed body is not the raw body
void verify({}, record, "whsec_");
// @ts-expect-error the union of codes is closed
const code: VerificationErrorCode = "another";
void [webhooks, code];
`;

const roundTrip = `
const modules = await Promise.all(process.argv.slice(2).map((specifier) => import(specifier)));
const names = new Set(modules.flatMap((module) => Object.keys(module)).filter((name) => /^[a-z]/.test(name)));
const { generateSecret, generateSigningKeyPair, importSigningKey, sign, verify } = await import("@posthorn/verify");
const pair = await generateSigningKeyPair();
const versions = [];
for (const [mine, theirs] of [[generateSecret(), undefined], [pair.privateKey, pair.publicKey]]) {
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = await sign({ id: "evt_1", timestamp, body: "{}" }, await importSigningKey(mine));
  const headers = { "webhook-id": "evt_1", "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  versions.push((await verify("{}", headers, theirs ?? mine)).version);
}
console.log(JSON.stringify({ functions: [...names].sort(), versions }));
`;
