import type { CodedFault } from "../problems.ts";
import { checkEnvelopes } from "./checkEnvelopes.ts";
import type { CatalogDocument, CatalogType } from "./document.ts";
import { examplesOf, leads, type Example } from "./examples.ts";

/**
 * Pointers that lead nowhere. A pointer leads somewhere where the example document of one of its events has a value there, or the schema
 * of their data knows the member.
 */
export function checkPointers(catalog: CatalogDocument): CodedFault[] {
  const examples = examplesOf(catalog);
  return [
    ...checkEnvelopes(catalog, examples),
    ...catalog.types.flatMap((type, i) =>
      listsOf(type, `/types/${i}`).flatMap((list) =>
        checkList(
          list,
          type.name,
          examples.filter((e) => e.type === type),
          examples,
        ),
      ),
    ),
  ];
}

/** Alternatives: the first that leads to a value counts. */
interface PointerList {
  readonly at: string;
  readonly pointers: readonly string[];
}

function listsOf({ orderingKey = [], throttle, preference }: CatalogType, at: string): PointerList[] {
  return [
    { at: `${at}/orderingKey`, pointers: orderingKey },
    { at: `${at}/throttle/per`, pointers: throttle?.per ?? [] },
    { at: `${at}/preference/users`, pointers: preference?.users ?? [] },
  ].filter(({ pointers }) => pointers.length > 0);
}

/** An alternative may be meant for another type, as many share one list; but not all of them. */
function checkList({ at, pointers }: PointerList, name: string, own: readonly Example[], all: readonly Example[]) {
  const [first] = own;
  const alike = all.filter(({ envelope }) => envelope === first?.envelope);
  const faults = pointers.flatMap((pointer, i): CodedFault[] =>
    alike.some((example) => leads(example, pointer))
      ? []
      : [{ pointer: `${at}/${i}`, detail: `${pointer} leads nowhere in ${name}`, code: "danglingPointer" }],
  );
  if (faults.length > 0 || own.some((example) => pointers.some((pointer) => leads(example, pointer)))) return faults;
  return [{ pointer: at, detail: `none of these leads anywhere in ${name}`, code: "danglingPointer" as const }];
}
