// `node src/cli/openapi.ts` writes openapi.yaml from the routes; with --check it fails where the file differs from them.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Pool } from "pg";
import { createApi } from "#api/app.ts";
import { createApiDeps } from "#api/deps.ts";
import { describeApi } from "#api/openapi.ts";
import { loadConfig } from "#config";
import { createDrizzleStore } from "#db/pgDrizzle.ts";
import { systemClock } from "#domain/clock.ts";

const path = fileURLToPath(new URL("../../openapi.yaml", import.meta.url));

process.exitCode = process.argv.includes("--check") ? check(await generate()) : write(await generate());

/** The routes say it all: nothing connects to the database that the configuration has to name. */
async function generate(): Promise<string> {
  const environment = { DATABASE_URL: "postgres://localhost", POSTHORN_SECRET_KEYS: `none:${"A".repeat(43)}=` };
  const config = loadConfig({ ...environment, POSTHORN_OPERATOR_KEY: "-".repeat(32) }, "api");
  const deps = await createApiDeps({
    config,
    store: createDrizzleStore(new Pool({ connectionString: config.databaseUrl })),
    clock: systemClock,
    log: { error() {}, warn() {}, info() {} },
    assets: { openapiYaml: "", errorsMarkdown: "", docs: new Map() },
    ready: async () => ({ ready: true }),
    clientAddress: () => null,
  });
  return describeApi(createApi(deps));
}

function write(text: string): number {
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
  return 0;
}

function check(wanted: string): number {
  const found = readFileSync(path, "utf8");
  if (found === wanted) return 0;
  const [was, is] = [found.split("\n"), wanted.split("\n")];
  const first = is.findIndex((line, index) => line !== was[index]);
  console.error(`openapi.yaml differs from the routes from line ${first + 1} on:`);
  for (const line of was.slice(first, first + 5)) console.error(`- ${line}`);
  for (const line of is.slice(first, first + 5)) console.error(`+ ${line}`);
  console.error("Write it anew with: node src/cli/openapi.ts");
  return 1;
}
