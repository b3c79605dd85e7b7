import { LRUCache } from "lru-cache";
import { loadCatalog, type CatalogRow } from "#db/sql/catalogs.ts";
import type { Store } from "#db/store.ts";
import type { CatalogDocument, CatalogType } from "#domain/catalog/document.ts";
import type { Clock } from "#domain/clock.ts";

/** An installed catalog as publishing and delivering need it. */
export interface KnownCatalog {
  readonly name: string;
  readonly revision: number;
  readonly document: CatalogDocument;
  /** By name: what its document says. A type that was registered on its own is not among them. */
  readonly types: ReadonlyMap<string, CatalogType>;
}

const MAX_CATALOGS = 100;
/** How long a change of a catalog may take to be seen by a process that asks for no revision. */
const FRESH_MS = 2_000;

/** Installed catalogs by name, parsed once for each revision. Null: there is none of that name, or it has no document. */
export class KnownCatalogs {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #known = new LRUCache<string, Known>({ max: MAX_CATALOGS });
  readonly #loading = new Map<string, Promise<KnownCatalog | null>>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The catalog as it was within the last two seconds. @throws {StoreUnavailable} */
  async get(name: string): Promise<KnownCatalog | null> {
    const known = this.#known.get(name);
    return known !== undefined && this.#isFresh(known) ? known.catalog : this.#refresh(name);
  }

  /** The catalog at this revision or, where it has changed since, a later one. */
  async at(name: string, revision: number): Promise<KnownCatalog | null> {
    const known = this.#known.get(name);
    // The same number may be that of a catalog which was deleted and installed again.
    const isKnown = known !== undefined && known.catalog.revision === revision && this.#isFresh(known);
    if (isKnown) return known.catalog;
    const catalog = await this.#refresh(name);
    // What was asked by somebody else may have been asked before the change.
    return catalog !== null && catalog.revision >= revision ? catalog : this.#refresh(name);
  }

  #isFresh({ askedMs }: Known): boolean {
    return this.#clock() - askedMs < FRESH_MS;
  }

  /** Asks the database; many at once ask once. */
  async #refresh(name: string): Promise<KnownCatalog | null> {
    const running = this.#loading.get(name);
    if (running !== undefined) return running;
    const loading = this.#load(name).finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  async #load(name: string): Promise<KnownCatalog | null> {
    const before = this.#known.get(name);
    const values = [name, before?.catalog.revision ?? null, before?.made ?? null];
    const [row] = await this.#store.run<CatalogRow>(loadCatalog, values);
    if (row === undefined || (row.document === null && !row.same)) {
      this.#known.delete(name);
      return null;
    }
    const catalog = before !== undefined && row.same ? before.catalog : parse(name, row);
    this.#known.set(name, { catalog, made: row.made, askedMs: this.#clock() });
    return catalog;
  }
}

interface Known {
  readonly catalog: KnownCatalog;
  readonly made: string;
  readonly askedMs: number;
}

function parse(name: string, row: CatalogRow): KnownCatalog {
  // Checked when it was installed, by this program.
  const document: CatalogDocument = JSON.parse(row.document ?? "");
  const types = new Map(document.types.map((type) => [type.name, type]));
  return { name, revision: Number(row.revision), document, types };
}
