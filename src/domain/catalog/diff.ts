import type { CodedFault } from "../problems.ts";
import { withDefinitions } from "./definitions.ts";
import { diffEnvelopes } from "./envelopeDiff.ts";
import type { CatalogDocument, CatalogType, JsonSchema, TypeVersion } from "./document.ts";
import { envelopeFor, refOf } from "./envelope.ts";
import { isSameJson } from "./sameJson.ts";
import { narrowings } from "./schemaDiff.ts";

/** What is registered of a catalog, whether its document said so or somebody registered it on its own. */
export interface Published {
  /** Null: the catalog was never installed. */
  readonly document: CatalogDocument | null;
  /** By name: its versions. */
  readonly types: ReadonlyMap<string, ReadonlyMap<string, PublishedVersion>>;
}

export interface PublishedVersion {
  /** With the definitions that it refers to; null: it has none. */
  readonly schema: JsonSchema | null;
  readonly isRetired: boolean;
}

/** A difference, in words: "the schema of order.paid v1". `pointer` leads into the new document; of what is removed, into the old one. */
export interface Change {
  readonly pointer: string;
  readonly detail: string;
}

export interface CatalogDiff {
  readonly added: readonly Change[];
  readonly changed: readonly Change[];
  readonly removed: readonly Change[];
  /** What publishers, receivers or subscriptions rely on. Pointers lead into the new document. */
  readonly breaking: readonly CodedFault[];
}

/** What an installed document registers, for a comparison of documents alone. */
export function publishedBy(document: CatalogDocument): Published {
  const versionsOf = (type: CatalogType) =>
    new Map(type.versions.map((v) => [v.version, { schema: fullSchema(document, v), isRetired: false }]));
  return { document, types: new Map(document.types.map((type) => [type.name, versionsOf(type)])) };
}

/** What installing the document would change. */
export function diffCatalogs(published: Published, next: CatalogDocument): CatalogDiff {
  const { document } = published;
  const parts = document === null ? [] : [...diffMembers(document, next), ...diffTypes(document, next)];
  const of = (kind: Difference["kind"]): Change[] =>
    parts.filter((part) => part.kind === kind).map(({ pointer, detail }) => ({ pointer, detail }));
  const fresh = document === null ? next.types.map(({ name }, i) => ({ pointer: `/types/${i}`, detail: name })) : [];
  return {
    added: [...fresh, ...of("added")],
    changed: of("changed"),
    removed: of("removed"),
    breaking: [
      ...(document === null ? [] : diffEnvelopes(document, next)),
      ...removals(published, next),
      ...next.types.flatMap((type, i) => breaksOfType(published, next, type, `/types/${i}`)),
    ],
  };
}

/** What goes when the document is installed: whole types, or one of their versions. */
export function removedFrom(
  { document, types }: Published,
  next: CatalogDocument,
): readonly { readonly name: string; readonly version?: string }[] {
  const kept = new Map(next.types.map((type) => [type.name, type.versions]));
  return (document?.types ?? []).flatMap(({ name, versions }) => {
    if (!types.has(name)) return [];
    const left = kept.get(name);
    if (left === undefined) return [{ name }];
    const gone = versions.filter(({ version }) => left.every((v) => v.version !== version));
    return gone.map(({ version }) => ({ name, version }));
  });
}

/** A version that is new, has older ones, and no way down to them: it cannot be delivered to who pins one. */
export interface MissingDowngrade {
  readonly pointer: string;
  readonly name: string;
  readonly version: string;
  readonly older: readonly string[];
}

/** Each breaks the subscriptions that pin an older version, if there are any. */
export function missingDowngrades({ types }: Published, next: CatalogDocument): readonly MissingDowngrade[] {
  return next.types.flatMap(({ name, versions }, i) =>
    versions.flatMap(({ version, downgrade }, j): MissingDowngrade[] => {
      const registered = types.get(name);
      const isNew = registered !== undefined && !registered.has(version);
      if (j === 0 || !isNew || downgrade !== undefined) return [];
      const older = versions.slice(0, j).map((v) => v.version);
      return [{ pointer: `/types/${i}/versions/${j}`, name, version, older }];
    }),
  );
}

interface Difference extends Change {
  readonly kind: "added" | "changed" | "removed";
}

const members = [
  ["title", "the title"],
  ["description", "the description"],
  ["notes", "the notes"],
  ["naming", "the naming convention"],
  ["conventions", "the conventions"],
  ["categories", "the categories"],
  ["envelopes", "the envelopes"],
  ["definitions", "the definitions"],
  ["preferences", "the preferences"],
  ["channels", "the channels"],
  ["templates", "the subscription templates"],
] as const satisfies readonly (readonly [keyof CatalogDocument, string])[];

function diffMembers(before: CatalogDocument, after: CatalogDocument): Difference[] {
  return members.flatMap(([name, words]) => diffMember(before[name], after[name], `/${name}`, words));
}

function diffMember(before: unknown, after: unknown, pointer: string, detail: string): Difference[] {
  if (isSameJson(before, after)) return [];
  const kind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return [{ kind, pointer, detail }];
}

function diffTypes(before: CatalogDocument, after: CatalogDocument): Difference[] {
  const old = new Map(before.types.map((type) => [type.name, type]));
  const names = new Set(after.types.map((type) => type.name));
  const removed = before.types.flatMap(({ name }, i): Difference[] =>
    names.has(name) ? [] : [{ kind: "removed", pointer: `/types/${i}`, detail: name }],
  );
  const others = after.types.flatMap((type, i): Difference[] => {
    const was = old.get(type.name);
    const pointer = `/types/${i}`;
    return was === undefined ? [{ kind: "added", pointer, detail: type.name }] : diffType(was, type, pointer);
  });
  return [...others, ...removed];
}

function diffType(before: CatalogType, after: CatalogType, at: string): Difference[] {
  const { versions: old, ...was } = before;
  const { versions: young, ...is } = after;
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  const [left, right] = [new Map<string, unknown>(Object.entries(was)), new Map<string, unknown>(Object.entries(is))];
  const known = new Map(old.map((version) => [version.version, version]));
  return [
    ...[...names].flatMap((name) =>
      diffMember(left.get(name), right.get(name), `${at}/${name}`, `${name} of ${after.name}`),
    ),
    ...young.flatMap((version, j) =>
      diffVersion(known.get(version.version), version, `${at}/versions/${j}`, after.name),
    ),
    ...old.flatMap(({ version }, j): Difference[] =>
      young.some((v) => v.version === version)
        ? []
        : [{ kind: "removed", pointer: `${at}/versions/${j}`, detail: `${after.name} ${version}` }],
    ),
  ];
}

function diffVersion(before: TypeVersion | undefined, after: TypeVersion, at: string, type: string): Difference[] {
  const detail = `${type} ${after.version}`;
  if (before === undefined) return [{ kind: "added", pointer: at, detail }];
  const [left, right] = [
    new Map<string, unknown>(Object.entries(before)),
    new Map<string, unknown>(Object.entries(after)),
  ];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) =>
    diffMember(left.get(name), right.get(name), `${at}/${name}`, `${name} of ${detail}`),
  );
}

/** What is gone from the document and still there to publish. What was registered on its own is not the document's to remove. */
function removals({ document, types }: Published, next: CatalogDocument): CodedFault[] {
  return (document?.types ?? []).flatMap((type): CodedFault[] => {
    const now = next.types.findIndex(({ name }) => name === type.name);
    const versions = [...(types.get(type.name) ?? [])].filter(([, { isRetired }]) => !isRetired).map(([name]) => name);
    if (now < 0)
      return versions.length === 0
        ? []
        : [breaking("/types", `the event type ${type.name} is removed: retire its versions or delete it first`)];
    return versions
      .filter((version) => type.versions.some((v) => v.version === version))
      .filter((version) => next.types[now]?.versions.every((v) => v.version !== version))
      .map((version) => breaking(`/types/${now}/versions`, `${type.name} ${version} is removed: retire it first`));
  });
}

function breaksOfType({ document, types }: Published, next: CatalogDocument, type: CatalogType, at: string) {
  const was = document?.types.find(({ name }) => name === type.name);
  const registered = types.get(type.name);
  return [
    ...(document !== null && was !== undefined && registered !== undefined
      ? breaksOfTerms(document, was, next, type, at)
      : []),
    ...type.versions.flatMap((version, j): CodedFault[] => {
      const known = registered?.get(version.version);
      if (known === undefined) return [];
      const place = `${at}/versions/${j}`;
      const said = was?.versions.find((v) => v.version === version.version);
      return [
        ...narrowings(known.schema ?? true, fullSchema(next, version)).map(({ pointer, detail }) =>
          breaking(`${place}/schema${pointer}`, `${type.name} ${version.version}: ${detail}`),
        ),
        ...(said === undefined ? [] : breaksOfVersion(type, said, version, place)),
      ];
    }),
  ];
}

function breaksOfTerms(
  before: CatalogDocument,
  was: CatalogType,
  next: CatalogDocument,
  type: CatalogType,
  at: string,
): CodedFault[] {
  const faults: CodedFault[] = [];
  if (envelopeFor(before, type.name).name !== envelopeFor(next, type.name).name)
    faults.push(breaking(`${at}/envelope`, `${type.name} has another envelope`));
  if (was.gateway !== type.gateway && type.gateway === true)
    faults.push(breaking(`${at}/gateway`, `${type.name} could not be published any more`));
  return faults;
}

function breaksOfVersion(type: CatalogType, was: TypeVersion, is: TypeVersion, at: string): CodedFault[] {
  const faults: CodedFault[] = [];
  const [before, after] = [refOf(type.name, was), refOf(type.name, is)];
  if (before !== after) faults.push(breaking(`${at}/ref`, `${type.name} ${is.version}: its ref was ${before}`));
  if (was.downgrade !== undefined && is.downgrade === undefined)
    faults.push(breaking(at, `${type.name} ${is.version}: who pins an older version needs its downgrade`));
  return faults;
}

function fullSchema({ definitions = {} }: CatalogDocument, { schema }: TypeVersion): JsonSchema {
  return withDefinitions(schema, definitions);
}

function breaking(pointer: string, detail: string): CodedFault {
  return { pointer, detail, code: "breakingChange" };
}
