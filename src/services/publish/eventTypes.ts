import { LRUCache } from "lru-cache";
import { loadEventType, type EventTypeRow } from "#db/sql/publish.ts";
import type { Store } from "#db/store.ts";
import { isEventTypeName } from "#domain/patterns.ts";
import { compileSchema, type Validator } from "../schemas.ts";

/** An event type as publishing needs it. */
export interface KnownType {
  readonly revision: number;
  /** Its catalog has an envelope. */
  readonly enveloped: boolean;
  /** By version, oldest first, retired ones left out; null: the version has no schema. */
  readonly versions: ReadonlyMap<string, Validator | null>;
  /** Versions by the names of their schemas, and those names by version. */
  readonly byRef: ReadonlyMap<string, string>;
  readonly refs: ReadonlyMap<string, string>;
  /** It had versions, and all are retired. */
  readonly retired: boolean;
  /** The version made last: what an event without a version is checked against, and stamped with. */
  readonly latest: string | null;
}

/** A compiled schema takes some 50 KiB: 1,000 types stay well below what a process may use. */
const MAX_TYPES = 1_000;

/**
 * Event types with their compiled schemas. What is known may be out of date: the statement that accepts an event compares the revision
 * and asks for `refresh`. What is unknown is asked for every time, so that a new type can be published at once, whoever made it.
 */
export class EventTypes {
  readonly #store: Store;
  readonly #known = new LRUCache<string, KnownType>({ max: MAX_TYPES });
  readonly #loading = new Map<string, Promise<KnownType | null>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What is known already, without asking the database. */
  peek(catalog: string, name: string): KnownType | undefined {
    return this.#known.get(keyOf(catalog, name));
  }

  /** The type, or null when there is none. @throws {StoreUnavailable} */
  async get(catalog: string, name: string): Promise<KnownType | null> {
    return this.peek(catalog, name) ?? (isEventTypeName(name) ? this.refresh(catalog, name) : null);
  }

  /** Asks the database; many at once ask once. */
  async refresh(catalog: string, name: string): Promise<KnownType | null> {
    const key = keyOf(catalog, name);
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading = this.#load(catalog, name).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(catalog: string, name: string): Promise<KnownType | null> {
    const rows = await this.#store.run<EventTypeRow>(loadEventType, [catalog, name]);
    const [first] = rows;
    if (first === undefined) {
      this.#known.delete(keyOf(catalog, name));
      return null;
    }
    const type = toKnownType(first, rows);
    this.#known.set(keyOf(catalog, name), type);
    return type;
  }
}

function toKnownType({ revision, enveloped, version: some }: EventTypeRow, rows: readonly EventTypeRow[]): KnownType {
  const versions = new Map<string, Validator | null>();
  const refs = new Map<string, string>();
  for (const { version, schema, ref, retired } of rows) {
    if (version === null || retired) continue;
    versions.set(version, schema === null ? null : compileSchema(schema));
    refs.set(version, ref);
  }
  return {
    revision: Number(revision),
    enveloped,
    versions,
    refs,
    byRef: new Map([...refs].map(([version, ref]) => [ref, version])),
    retired: some !== null && versions.size === 0,
    latest: [...versions.keys()].at(-1) ?? null,
  };
}

function keyOf(catalog: string, name: string): string {
  return `${catalog}\n${name}`;
}
