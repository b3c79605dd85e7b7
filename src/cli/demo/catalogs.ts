import { setTimeout as delay } from "node:timers/promises";
import { parse } from "yaml";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import type { CatalogGateway } from "../catalog/gateway.ts";
import { builtInNames, readSource } from "../catalog/source.ts";
import { ApiError } from "../client.ts";
import { explained } from "./tenants.ts";

const tries = 20;

/** Installs the built-in catalogs; those that are there stay as they are. */
export async function installCatalogs(gateway: CatalogGateway): Promise<CatalogDocument[]> {
  const catalogs: CatalogDocument[] = [];
  for (const name of builtInNames()) {
    const source = readSource(name);
    await patiently(() => gateway.install(name, source, false)).catch(rethrow(name));
    const catalog: CatalogDocument = parse(source.text);
    catalogs.push(catalog);
  }
  return catalogs;
}

// A catalog's expressions are checked by a deliverer, and that of a gateway just started may not be there yet.
async function patiently(install: () => Promise<unknown>): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      await install();
      return;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 503) || n === tries) throw error;
      await delay(250);
    }
  }
}

function rethrow(name: string): (error: unknown) => never {
  return (error) => {
    const known = explained(error);
    if (!(known instanceof ApiError)) throw known;
    const { status, code, message, faults } = known;
    throw new ApiError(status, code, `The gateway does not take the catalog ${name}: ${message}`, faults);
  };
}
