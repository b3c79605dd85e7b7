import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Assets } from "#api/deps.ts";

/** Of the package, the files that the reference page asks for. */
const docsFiles = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
} as const;

const root = new URL("../../", import.meta.url);

/** Reads what the API serves from the disk, once. A clone without openapi.yaml has none to serve yet. */
export async function readAssets(): Promise<Assets> {
  const folder = new URL(".", import.meta.resolve("swagger-ui-dist/package.json"));
  const docs = new Map<string, { body: Uint8Array<ArrayBuffer>; contentType: string }>();
  for (const [name, contentType] of Object.entries(docsFiles)) {
    docs.set(name, { body: new Uint8Array(await readFile(fileURLToPath(new URL(name, folder)))), contentType });
  }
  const [openapiYaml, errorsMarkdown] = await Promise.all([readText("openapi.yaml"), readText("docs/errors.md")]);
  return { openapiYaml, errorsMarkdown, docs };
}

function readText(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(path, root)), "utf8");
}
