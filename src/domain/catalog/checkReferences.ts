import type { CodedFault } from "../problems.ts";
import type { CatalogDocument, CatalogType, SubscriptionTemplate } from "./document.ts";
import { operationalTypes } from "./operationalTypes.ts";

/** Names that stand for something else of the catalog, which must be there. */
export function checkReferences(catalog: CatalogDocument): CodedFault[] {
  const types = new Map(catalog.types.map((type) => [type.name, type]));
  return [
    ...(catalog.templates ?? []).flatMap((template, i) => checkTemplate(template, `/templates/${i}`, catalog.types)),
    ...catalog.types.flatMap((type, i) => [
      ...checkType(catalog, type, `/types/${i}`),
      ...checkDerives(type, `/types/${i}/derives`, types),
      ...checkGateway(type, `/types/${i}`),
    ]),
  ];
}

function checkTemplate({ eventTypes, version }: SubscriptionTemplate, at: string, types: readonly CatalogType[]) {
  const faults: CodedFault[] = [];
  const matching = eventTypes.map((pattern) =>
    types.filter(({ name }) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern)),
  );
  for (const [i, found] of matching.entries()) {
    if (found.length === 0) faults.push(dangling(`${at}/eventTypes/${i}`, `${eventTypes[i]} names no event type`));
  }
  const isThere = matching.flat().some(({ versions }) => versions.some((v) => v.version === version));
  if (version !== undefined && !isThere) {
    faults.push(dangling(`${at}/version`, `none of the event types has the version ${version}`));
  }
  return faults;
}

function checkType(catalog: CatalogDocument, type: CatalogType, at: string): CodedFault[] {
  const { categories, channels, envelopes, preferences = [], templates = [] } = catalog;
  const wanted = [
    // Without a list of categories, or of channels, any name is one.
    { pointer: `${at}/category`, what: "category", name: type.category, among: categories },
    { pointer: `${at}/envelope`, what: "envelope", name: type.envelope, among: envelopes },
    { pointer: `${at}/preference/name`, what: "preference", name: type.preference?.name, among: preferences },
    ...(type.notifications ?? []).flatMap(({ template, channels: used = [] }, i) => [
      { pointer: `${at}/notifications/${i}/template`, what: "template", name: template, among: templates },
      ...used.map((name, j) => ({
        pointer: `${at}/notifications/${i}/channels/${j}`,
        what: "channel",
        name,
        among: channels,
      })),
    ]),
  ];
  return wanted.flatMap(({ pointer, what, name, among }) =>
    name === undefined || among === undefined || among.some((thing) => thing.name === name)
      ? []
      : [dangling(pointer, `the catalog has no ${what} ${name}`)],
  );
}

/** What follows from an event has nothing that follows from it: there is no end to a circle. */
function checkDerives({ derives = [] }: CatalogType, at: string, types: ReadonlyMap<string, CatalogType>) {
  return derives.flatMap(({ type }, i): CodedFault[] => {
    const pointer = `${at}/${i}/type`;
    const target = types.get(type);
    if (target === undefined) return [dangling(pointer, `${type} names no event type`)];
    if (target.gateway === true) return [invalid(pointer, `${type} is made by the gateway alone`)];
    const isLast = (target.derives ?? []).length === 0;
    return isLast ? [] : [invalid(pointer, `${type} has derived events itself: what is derived may have none`)];
  });
}

function checkGateway({ name, gateway = false }: CatalogType, at: string): CodedFault[] {
  if (gateway && !operationalTypes.has(name))
    return [invalid(`${at}/gateway`, `${name} is not an event that the gateway makes`)];
  if (!gateway && name.startsWith("API."))
    return [
      invalid(`${at}/name`, "names that begin with API. are the gateway's own: they stand here with gateway: true"),
    ];
  return [];
}

function dangling(pointer: string, detail: string): CodedFault {
  return { pointer, detail, code: "danglingPointer" };
}

function invalid(pointer: string, detail: string): CodedFault {
  return { pointer, detail, code: "invalidCatalog" };
}
