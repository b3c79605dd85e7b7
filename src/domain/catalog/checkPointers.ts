import type { CodedFault } from "../problems.ts";
import { checkEnvelopes } from "./checkEnvelopes.ts";
import type { CatalogDocument, CatalogType, Envelope } from "./document.ts";
import { examplesOf, leads, type Example } from "./examples.ts";

/**
 * Pointers that lead nowhere. A pointer leads somewhere where the example document of one of its events has a value there, or the schema
 * of their data knows the member.
 */
export function checkPointers(catalog: CatalogDocument): CodedFault[] {
  const examples = examplesOf(catalog);
  const byType = Map.groupBy(examples, ({ type }) => type);
  const leadsInAny = anyOf(examples);
  return [
    ...checkEnvelopes(catalog, examples),
    ...catalog.types.flatMap((type, i) =>
      listsOf(type, `/types/${i}`).flatMap((list) => checkList(list, byType.get(type) ?? [], leadsInAny)),
    ),
  ];
}

type LeadsInAny = (envelope: Envelope, pointer: string) => boolean;

/** Many types have the same pointers: a thousand types would each look through all others. */
function anyOf(examples: readonly Example[]): LeadsInAny {
  const byEnvelope = Map.groupBy(examples, ({ envelope }) => envelope);
  const known = new Map<string, boolean>();
  return (envelope, pointer) => {
    const key = `${envelope.name} ${pointer}`;
    const found = known.get(key) ?? (byEnvelope.get(envelope) ?? []).some((example) => leads(example, pointer));
    known.set(key, found);
    return found;
  };
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
function checkList({ at, pointers }: PointerList, own: readonly Example[], leadsInAny: LeadsInAny): CodedFault[] {
  const [first] = own;
  if (first === undefined) return [];
  const { name } = first.type;
  const leading = pointers.map((pointer) => own.some((example) => leads(example, pointer)));
  const faults = pointers.flatMap((pointer, i): CodedFault[] =>
    leading[i] === true || leadsInAny(first.envelope, pointer)
      ? []
      : [{ pointer: `${at}/${i}`, detail: `${pointer} leads nowhere in ${name}`, code: "danglingPointer" }],
  );
  if (faults.length > 0 || leading.includes(true)) return faults;
  return [{ pointer: at, detail: `none of these leads anywhere in ${name}`, code: "danglingPointer" }];
}
