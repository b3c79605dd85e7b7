import type { CatalogDocument } from "#domain/catalog/document.ts";
import { type BooksRow, fault } from "./books.ts";
import { describeDerived } from "./derived.ts";
import { samplesOf } from "./documents.ts";
import type { Findings } from "./inspect.ts";

/** What a catalog's receiver is judged by beside its tenant's books. */
export interface CatalogChecks {
  readonly catalog: CatalogDocument;
  readonly inspector: { readonly findings: Findings };
  /** What must follow from the published events, in the words of `describeDerived`. */
  readonly notifications: readonly string[];
}

/** One catalog's line of the closing table. */
export interface CatalogRow {
  readonly name: string;
  readonly types: number;
  readonly versions: number;
  readonly published: number;
  readonly derived: number;
  readonly delivered: number;
  /** By the receiver: accepted, because the signature holds. */
  readonly signed: number;
  /** By the receiver: to the byte what was published. */
  readonly same: number;
  /** By the receiver: as the type's schema says. */
  readonly valid: number;
  /** Empty when all is as it should be. */
  readonly faults: readonly string[];
}

/** Draws up what a catalog's receiver checked. The books of its tenant are judged on their own. */
export function catalogRow({ catalog, inspector, notifications }: CatalogChecks, books: BooksRow): CatalogRow {
  const { name, published, derived, delivered, seen } = books;
  const { same, valid, wrong, strangers } = inspector.findings;
  const samples = samplesOf(catalog);
  const [types, versions] = [new Set(samples.map(({ type }) => type.name)).size, samples.length];
  const got = [...strangers.values()].map(describeDerived).toSorted();
  const faults = [
    fault("not as published", new Set([...wrong].map(([id, complaint]) => `${id}: ${complaint}`))),
    published === versions + (notifications.length > 0 ? 1 : 0) ? undefined : "Not every version was published",
    same.size === published ? undefined : `${published - same.size} did not arrive byte for byte`,
    valid.size === published + derived ? undefined : `${published + derived - valid.size} without valid data`,
    String(got) === String([...notifications].toSorted())
      ? undefined
      : `What followed was ${list(got)}, and not ${list(notifications)}`,
  ];
  return {
    name,
    types,
    versions,
    published,
    derived,
    delivered,
    signed: seen,
    same: same.size,
    valid: valid.size,
    faults: faults.filter((text) => text !== undefined),
  };
}

function list(texts: readonly string[]): string {
  return texts.length === 0 ? "nothing" : texts.join(", ");
}
