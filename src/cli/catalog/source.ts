import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CatalogRefused } from "./options.ts";

/** A document as it was written. */
export interface Source {
  readonly text: string;
  readonly format: "json" | "yaml";
  /** For the person: the file, or the built-in catalog's name. */
  readonly from: string;
}

const folder = join(import.meta.dirname, "..", "..", "catalogs");

/** The names of the built-in catalogs. */
export function builtInNames(): string[] {
  return readdirSync(folder)
    .flatMap((file) => (file.endsWith(".yaml") ? [file.slice(0, -".yaml".length)] : []))
    .toSorted();
}

/** A built-in catalog by its name, or a file. @throws {CatalogRefused} */
export function readSource(subject: string): Source {
  if (builtInNames().includes(subject))
    return { text: readFileSync(join(folder, `${subject}.yaml`), "utf8"), format: "yaml", from: subject };
  try {
    return { text: readFileSync(subject, "utf8"), format: subject.endsWith(".json") ? "json" : "yaml", from: subject };
  } catch (cause) {
    const names = builtInNames().join(", ");
    throw new CatalogRefused(`There is no file ${subject}, and no built-in catalog of that name. They are: ${names}.`, {
      cause,
    });
  }
}
