import { checkNames } from "#domain/catalog/checkNames.ts";
import { checkPointers } from "#domain/catalog/checkPointers.ts";
import { checkReferences } from "#domain/catalog/checkReferences.ts";
import { checkVersions } from "#domain/catalog/checkVersions.ts";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import type { CodedFault, Fault } from "#domain/problems.ts";
import catalogSchema from "../../catalogs/catalog.schema.json" with { type: "json" };
import { compileSchema } from "../schemas.ts";
import { checkVersionSchemas } from "./checkSchemas.ts";
import { brokenName, compileNaming } from "./naming.ts";
import { readCatalog, type CatalogForm } from "./read.ts";

export type CheckedCatalog =
  | { readonly ok: true; readonly document: CatalogDocument }
  | { readonly ok: false; readonly faults: readonly CodedFault[] };

const MAX_FAULTS = 20;

/** The form of a catalog, as JSON Schema: what GET /catalog.schema.json answers. */
export const catalogSchemaText: string = JSON.stringify(catalogSchema);

/**
 * Judges a catalog's text in everything that can be judged without evaluating its expressions. Pointers of the faults lead into the
 * catalog; there are at most 20.
 */
export function checkCatalog(text: string, form: CatalogForm): CheckedCatalog {
  const read = readCatalog(text, form);
  if (!read.ok) return { ok: false, faults: [read.fault] };
  const { value } = read;
  const misshapen = validator.validate(value);
  if (misshapen.length > 0 || !isDocument(value)) return { ok: false, faults: misshapen.map(toFormFault) };
  const faults: CodedFault[] = [];
  for (const check of checks) {
    if (faults.length < MAX_FAULTS) faults.push(...check(value));
  }
  return faults.length === 0 ? { ok: true, document: value } : { ok: false, faults: faults.slice(0, MAX_FAULTS) };
}

/** Where `additionalProperties` is false, the schema of a member that is not known is `false`. */
function toFormFault({ pointer, detail }: Fault): CodedFault {
  return { pointer, detail: detail === "schema is false" ? "is not known here" : detail, code: "invalidCatalog" };
}

const validator = compileSchema(catalogSchemaText);

/** The schema says the same as the type. */
function isDocument(value: unknown): value is CatalogDocument {
  return validator.validate(value).length === 0;
}

/** Names first: what is wrong with them makes further faults elsewhere. */
const checks: readonly ((catalog: CatalogDocument) => readonly CodedFault[])[] = [
  checkNames,
  checkNaming,
  checkVersions,
  checkReferences,
  checkVersionSchemas,
  checkPointers,
];

function checkNaming({ naming, types }: CatalogDocument): readonly CodedFault[] {
  const follows = compileNaming(naming, "/naming");
  if (typeof follows !== "function") return [follows];
  return types.flatMap(({ name }, i) => (follows(name) ? [] : [brokenName(name, naming, `/types/${i}/name`)]));
}
