import { withDefinitions } from "#domain/catalog/definitions.ts";
import type { CatalogDocument, JsonSchema, TypeVersion } from "#domain/catalog/document.ts";
import { escapeSegment } from "#domain/catalog/pointer.ts";
import type { CodedFault } from "#domain/problems.ts";
import { checkSchema, compileSchema } from "../schemas.ts";

const MAX_EXAMPLE_CHARACTERS = 65_536;

/** Schemas that cannot be used, and examples that do not match theirs. A fault in a definition is told once. */
export function checkVersionSchemas({ types, definitions = {} }: CatalogDocument): readonly CodedFault[] {
  const faults = new Map<string, CodedFault>();
  for (const [i, type] of types.entries()) {
    for (const [j, version] of type.versions.entries()) {
      for (const fault of checkVersion(version, definitions, `/types/${i}/versions/${j}`)) {
        faults.set(`${fault.pointer} ${fault.code}`, fault);
      }
    }
  }
  return [...faults.values()];
}

/** The text of a version's schema as it is registered: with the definitions that it refers to. */
export function schemaText({ schema }: TypeVersion, definitions: Readonly<Record<string, JsonSchema>> = {}): string {
  return JSON.stringify(withDefinitions(schema, definitions));
}

function checkVersion(version: TypeVersion, definitions: Readonly<Record<string, JsonSchema>>, at: string) {
  const text = schemaText(version, definitions);
  const faults = checkSchema(text);
  if (faults.length > 0) {
    const own = definitionsOf(version.schema);
    return faults.map((fault) => ({ ...fault, pointer: placeOf(fault.pointer, own, at) }));
  }
  return checkExample(version, text, `${at}/example`);
}

/** What stands under `$defs` and is not the schema's own came from the catalog's definitions. */
function placeOf(pointer: string, own: ReadonlySet<string>, at: string): string {
  const [, name] = /^\/\$defs\/([^/]+)/.exec(pointer) ?? [];
  return name === undefined || own.has(name)
    ? `${at}/schema${pointer}`
    : `/definitions${pointer.slice("/$defs".length)}`;
}

/** As segments of a pointer. */
function definitionsOf(schema: JsonSchema): ReadonlySet<string> {
  const own = typeof schema === "object" ? schema["$defs"] : undefined;
  const names = typeof own === "object" && own !== null ? Object.keys(own) : [];
  return new Set(names.map(escapeSegment));
}

function checkExample({ example }: TypeVersion, schema: string, at: string): CodedFault[] {
  if (JSON.stringify(example).length > MAX_EXAMPLE_CHARACTERS) {
    return [{ pointer: at, detail: `is longer than ${MAX_EXAMPLE_CHARACTERS} characters`, code: "invalidExample" }];
  }
  const faults = compileSchema(schema).validate(example);
  return faults.map(({ pointer, detail }) => ({ pointer: `${at}${pointer}`, detail, code: "invalidExample" }));
}
