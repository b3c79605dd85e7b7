import type { CodedFault } from "../problems.ts";
import type { CatalogDocument, CatalogType } from "./document.ts";
import { refOf } from "./envelope.ts";

/** Names that stand twice where each must be one thing's. */
export function checkNames(catalog: CatalogDocument): CodedFault[] {
  const lists = [
    namesAt("/categories", catalog.categories),
    namesAt("/envelopes", catalog.envelopes),
    namesAt("/preferences", catalog.preferences),
    namesAt("/channels", catalog.channels),
    namesAt("/templates", catalog.templates),
    namesAt("/types", catalog.types),
    ...catalog.types.map((type, i) =>
      type.versions.map(({ version }, j) => ({ name: version, pointer: `/types/${i}/versions/${j}/version` })),
    ),
    catalog.types.flatMap((type, i) => (isFirst(catalog.types, type) ? refsOf(type, i) : [])),
  ];
  return lists.flatMap(twice);
}

interface Placed {
  readonly name: string;
  readonly pointer: string;
}

function namesAt(at: string, things: readonly { readonly name: string }[] = []): Placed[] {
  return things.map(({ name }, i) => ({ name, pointer: `${at}/${i}/name` }));
}

/** Twice the same type or version is told once, and not for its refs as well. */
function refsOf(type: CatalogType, i: number): Placed[] {
  return type.versions.flatMap((version, j) => {
    const isNew = type.versions.findIndex((v) => v.version === version.version) === j;
    const pointer = `/types/${i}/versions/${j}${version.ref === undefined ? "" : "/ref"}`;
    return isNew ? [{ name: refOf(type.name, version), pointer }] : [];
  });
}

function isFirst(types: readonly CatalogType[], type: CatalogType): boolean {
  return types.find(({ name }) => name === type.name) === type;
}

function twice(placed: readonly Placed[]): CodedFault[] {
  const seen = new Set<string>();
  return placed.flatMap(({ name, pointer }): CodedFault[] => {
    if (seen.has(name)) return [{ pointer, detail: `${name} stands twice`, code: "duplicateName" }];
    seen.add(name);
    return [];
  });
}
