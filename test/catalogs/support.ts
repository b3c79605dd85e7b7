import { readFileSync } from "node:fs";
import jsonata from "jsonata";
import { RE2JS } from "re2js";
import { parse } from "yaml";
import { withDefinitions } from "#domain/catalog/definitions.ts";
import type { CatalogDocument, CatalogType, Json, TypeVersion } from "#domain/catalog/document.ts";
import { matches, parsePattern } from "#domain/patterns.ts";
import { checkSchema, compileSchema, type Validator } from "#services/schemas.ts";

/** A catalog that comes with Posthorn, as its file says. */
export function readCatalog(name: string): CatalogDocument {
  const document: CatalogDocument = parse(readFileSync(`src/catalogs/${name}.yaml`, "utf8"));
  return document;
}

export function typeOf(catalog: CatalogDocument, name: string): CatalogType {
  const type = catalog.types.find((t) => t.name === name);
  if (type === undefined) throw new Error(`${catalog.catalog} has no ${name}`);
  return type;
}

/** The version told, or the newest one. */
export function versionOf(type: CatalogType, version?: string): TypeVersion {
  const found = version === undefined ? type.versions.at(-1) : type.versions.find((v) => v.version === version);
  if (found === undefined) throw new Error(`${type.name} has no version ${version}`);
  return found;
}

/** Of the type's version told, or of its newest one. */
export function validatorOf(catalog: CatalogDocument, name: string, version?: string): Validator {
  return compileSchema(schemaText(catalog, versionOf(typeOf(catalog, name), version)));
}

/** What a valid catalog has none of, a sentence each. */
export function mistakesOf(catalog: CatalogDocument): string[] {
  const pattern = RE2JS.compile(catalog.naming.pattern);
  const categories = new Set(catalog.categories?.map((c) => c.name));
  const names = catalog.types.map((t) => t.name);
  const templates = catalog.templates ?? [];
  return [
    ...twice(names).map((name) => `${name} stands twice`),
    ...twice(templates.map((t) => t.name)).map((name) => `template ${name} stands twice`),
    ...names.filter((name) => !pattern.matches(name)).map((name) => `${name} breaks the naming convention`),
    ...catalog.types
      .filter((t) => t.category !== undefined && !categories.has(t.category))
      .map((t) => `${t.name} has the unknown category ${t.category}`),
    ...catalog.types.flatMap((t) =>
      (t.notifications ?? [])
        .filter((n) => n.template !== undefined && !templates.some((m) => m.name === n.template))
        .map((n) => `${t.name} has the unknown template ${n.template}`),
    ),
    ...templates.flatMap((t) =>
      t.eventTypes
        .filter((wish) => !names.some((name) => isWished(wish, name)))
        .map((wish) => `template ${t.name} has the unknown type ${wish}`),
    ),
    ...catalog.types.flatMap((t) => t.versions.flatMap((v) => mistakesOfVersion(catalog, t.name, v))),
  ];
}

/**
 * What the catalog says against a whole document as a publisher sends it: envelope, type, version and data. The version of a document
 * that names none is the newest.
 */
export function faultsOf(catalog: CatalogDocument, text: string): string[] {
  const document: Json = JSON.parse(text);
  const envelope = catalog.envelopes.find((e) =>
    (e.when ?? []).every((pointer) => valueAt(document, pointer) !== undefined),
  );
  if (envelope === undefined) return ["no envelope fits"];
  const found = (role: keyof typeof envelope.fields): Json | undefined =>
    envelope.fields[role]?.pointers.map((pointer) => valueAt(document, pointer)).find((value) => value !== undefined);
  const missing = Object.entries(envelope.fields).filter(
    ([, field]) =>
      field.required === true && field.pointers.every((pointer) => valueAt(document, pointer) === undefined),
  );
  if (missing.length > 0) return missing.map(([role]) => `the envelope lacks its ${role}`);
  const wrong = (envelope.constants ?? []).filter((c) => valueAt(document, c.pointer) !== c.value);
  const [name, version] = [found("type"), found("version")];
  if (typeof name !== "string") return ["the envelope lacks its type"];
  const validator = validatorOf(
    catalog,
    `${envelope.fields.type.prefix ?? ""}${name}`,
    typeof version === "string" ? version : undefined,
  );
  return [
    ...wrong.map((c) => `${c.pointer} is not ${JSON.stringify(c.value)}`),
    ...validator.validate(found("data")).map((fault) => `${fault.pointer} ${fault.detail}`),
  ];
}

/** Those of the example's fields (names, at the top) without which it is not valid. */
export function requiredFields(catalog: CatalogDocument, name: string, version?: string): string[] {
  const { example } = versionOf(typeOf(catalog, name), version);
  const validator = validatorOf(catalog, name, version);
  return fieldsOf(example).filter((field) => {
    const rest = Object.fromEntries(Object.entries(asMap(example)).filter(([key]) => key !== field));
    return validator.validate(rest).length > 0;
  });
}

/** The names at the top of an object, in order. */
export function fieldsOf(value: Json): string[] {
  return Object.keys(asMap(value));
}

/** What stands at the pointer (RFC 6901); `""` is the whole document. */
export function valueAt(document: Json, pointer: string): Json | undefined {
  let value: Json | undefined = document;
  for (const segment of pointer.split("/").slice(1)) {
    if (typeof value !== "object" || value === null) return undefined;
    const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    value = new Map<string, Json>(Object.entries(value)).get(key);
  }
  return value;
}

/** The document with another value there, or without the member where the value is undefined. */
export function withValue(document: Json, pointer: string, value: Json | undefined): Json {
  const [, name = "", ...rest] = pointer.split("/");
  const members = new Map(Object.entries(asMap(document)));
  const changed = rest.length === 0 ? value : withValue(members.get(name) ?? {}, `/${rest.join("/")}`, value);
  if (changed === undefined) members.delete(name);
  else members.set(name, changed);
  return Object.fromEntries(members);
}

function mistakesOfVersion(catalog: CatalogDocument, name: string, version: TypeVersion): string[] {
  const text = schemaText(catalog, version);
  const faults = checkSchema(text);
  const where = `${name} ${version.version}`;
  if (faults.length > 0) return faults.map((f) => `the schema of ${where}: ${f.pointer} ${f.detail}`);
  return compileSchema(text)
    .validate(version.example)
    .map((f) => `the example of ${where}: ${f.pointer} ${f.detail}`);
}

function isWished(pattern: string, name: string): boolean {
  const parsed = parsePattern(pattern);
  return parsed.ok && matches(parsed.pattern, name);
}

function schemaText(catalog: CatalogDocument, version: TypeVersion): string {
  return JSON.stringify(withDefinitions(version.schema, catalog.definitions ?? {}));
}

function twice(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i);
}

export function asMap(value: Json | undefined): { readonly [name: string]: Json } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("not an object");
  return Object.fromEntries(Object.entries(value));
}

/** What an expression gives, as JSON shows it; undefined where it gives nothing. */
export async function evaluate(expression: string | undefined, input: Json | undefined): Promise<Json | undefined> {
  if (expression === undefined) throw new Error("there is no expression");
  const result: unknown = await jsonata(expression).evaluate(input);
  return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
}
