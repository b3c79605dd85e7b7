import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAssets } from "../../src/entry/assets.ts";
import { startApi, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi({}, { assets: await readAssets() });
});
afterAll(() => app.close());

const get = (path: string) => app.call("GET", path, { key: null });

test("the reference page and all that it asks for come from this host", async () => {
  const page = await get("/docs");
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|script-src[^;]*unsafe/);
  const asked = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  expect(asked).toHaveLength(4);
  for (const path of asked) {
    expect(path).toMatch(/^\/docs\//);
    expect((await get(path)).status).toBe(200);
  }
  expect(page.text).not.toMatch(/<script>|onload=/);
  const script = await get("/docs/reference.js");
  expect(script.text).toContain("validatorUrl: null");
  expect(script.text).toContain('url: "/openapi.yaml"');
});

test("/openapi.yaml is the committed document, which names an example or a schema for every answer", async () => {
  const { text, headers } = await get("/openapi.yaml");
  expect(headers.get("content-type")).toMatch(/^application\/yaml/);
  expect(text).toBe(readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8"));
  expect(text).toMatch(/^openapi: 3\.1\.0$/m);
});

test("the explanation of the errors is where problems point to", async () => {
  const { body } = await get("/v1/nothing");
  const { status, text } = await get(body.type.replace(/#.*/, ""));
  expect(status).toBe(200);
  expect(text).toContain("## notFound");
});

test("nothing else of the disk is served", async () => {
  for (const path of [
    "/docs/package.json",
    "/docs/../package.json",
    "/docs/%2e%2e/package.json",
    "/docs/swagger-ui.js",
  ]) {
    expect((await get(path)).status).toBe(404);
  }
});
