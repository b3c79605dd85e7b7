import { Pool, type QueryResultRow } from "pg";
import { afterAll, beforeAll } from "vitest";
import { matches, parsePattern } from "#domain/patterns.ts";
import { createTestDatabase, type TestDatabase } from "#test/database.ts";

/** Subscriptions in a database of the test file's own, and a plain model of what they match. */
let database: TestDatabase | undefined;
let pool: Pool | undefined;

export function useMatching(): void {
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 8 });
    pool.on("error", () => {});
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });
}

export async function rows<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return (await pool?.query<Row>(text, [...values]))?.rows ?? [];
}

export interface Wish {
  readonly patterns: readonly string[];
  readonly catalog?: string | null;
  readonly filter?: string | null;
  readonly version?: string | null;
  readonly transform?: string | null;
  readonly throttle?: object | null;
}

let tenants = 0;
export async function newTenant(): Promise<string> {
  const [row] = await rows<{ id: string }>("insert into posthorn.tenants (id) values ($1) returning id", [
    `tenant-${tenants++}`,
  ]);
  return row?.id ?? "";
}

export async function newEndpoint(tenantId: string): Promise<string> {
  const [row] = await rows<{ id: string }>(
    "insert into posthorn.endpoints (id, tenant_id, url, timeout_ms) values (posthorn.new_id(), $1, 'https://hooks.example.com/', 5000) returning id",
    [tenantId],
  );
  return row?.id ?? "";
}

function fieldsOf({ patterns, catalog, filter, version, transform, throttle }: Wish): unknown[] {
  const read = patterns.map((text) => parsePattern(text));
  const exact = read.flatMap((r) => (r.ok && "exact" in r.pattern ? [r.pattern.exact] : []));
  const prefixes = read.flatMap((r) => (r.ok && "prefix" in r.pattern ? [r.pattern.prefix] : []));
  const rest = [catalog, filter, version, transform, throttle == null ? null : JSON.stringify(throttle)];
  return [[...patterns], exact, prefixes, ...rest.map((value) => value ?? null)];
}

export async function subscribe(tenantId: string, endpointId: string, wish: Wish): Promise<string> {
  const [row] = await rows<{ id: string }>(
    `insert into posthorn.subscriptions (id, tenant_id, endpoint_id, event_types, exact_types, prefixes, catalog, filter, version, transform, throttle)
     values (posthorn.new_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
    [tenantId, endpointId, ...fieldsOf(wish)],
  );
  return row?.id ?? "";
}

export async function change(subscriptionId: string, wish: Wish): Promise<void> {
  await rows(
    `update posthorn.subscriptions set event_types = $2, exact_types = $3, prefixes = $4, catalog = $5, filter = $6, version = $7,
     transform = $8, throttle = $9 where id = $1`,
    [subscriptionId, ...fieldsOf(wish)],
  );
}

export const drop = (subscriptionId: string) =>
  rows("delete from posthorn.subscriptions where id = $1", [subscriptionId]);

/** What the triggers keep of a tenant. */
export async function kept(tenantId: string) {
  const [tenant] = await rows<{ evaluated: boolean; lengths: number[] }>(
    "select evaluated, array(select l from unnest(prefix_lengths) l order by l) as lengths from posthorn.tenants where id = $1",
    [tenantId],
  );
  const patterns = await rows<{ pattern: string }>(
    `select pattern || coalesce(' in ' || catalog, '') as pattern from posthorn.subscription_patterns where tenant_id = $1 order by 1`,
    [tenantId],
  );
  return { ...tenant, patterns: patterns.map(({ pattern }) => pattern) };
}

export async function endpointsOf(
  tenantId: string,
  catalog: string,
  type: string,
  operational = false,
): Promise<string[]> {
  const found = await rows<{ endpoint_id: string }>(
    `select x.endpoint_id from posthorn.tenants t cross join lateral posthorn.targets(t.id, t.prefix_lengths, $2, $3, $4, 100) x where t.id = $1`,
    [tenantId, catalog, type, operational],
  );
  return found.map((row) => row.endpoint_id);
}

/** Chance that can be had again: its seed stands in the message of what fails (mulberry32). */
export function chanceFrom(seed: number) {
  let state = seed;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  const oneOf = <T>(list: readonly T[], otherwise: T): T => list[below(list.length)] ?? otherwise;
  const name = (): string =>
    Array.from({ length: 1 + below(3) }, () => oneOf(["a", "b", "ab", "API", "x-y", "long_word"], "a")).join(".");
  const pattern = (): string => {
    const whole = name();
    if (below(2) === 0) return whole;
    return below(12) === 0 ? "*" : `${whole.slice(0, 1 + below(whole.length))}*`;
  };
  const wish = (): Wish => ({
    patterns: Array.from({ length: 1 + below(4) }, pattern),
    catalog: oneOf([null, "one", "two"], null),
    filter: below(5) === 0 ? "true" : null,
  });
  return { below, oneOf, name, wish };
}
type Chance = ReturnType<typeof chanceFrom>;

interface Event {
  readonly catalog: string;
  readonly type: string;
  readonly operational: boolean;
}

function isWished(wish: Wish, { catalog, type, operational }: Event): boolean {
  if (wish.catalog != null && wish.catalog !== catalog && !operational) return false;
  return wish.patterns.some((text) => {
    const read = parsePattern(text);
    return read.ok && matches(read.pattern, type) && (!operational || text.startsWith("API."));
  });
}

export interface Held {
  readonly endpointId: string;
  readonly wish: Wish;
}

/** What sixty random events match and what the triggers keep, and what the model says of both. */
export async function compared(tenantId: string, model: ReadonlyMap<string, Held>, chance: Chance) {
  const events: Event[] = Array.from({ length: 60 }, () => {
    const operational = chance.below(6) === 0;
    const type = operational ? `API.${chance.name()}` : chance.name();
    return { catalog: operational ? "posthorn" : chance.oneOf(["one", "two", "default"], "one"), type, operational };
  });
  const found = await rows<{ ids: string[] }>(
    `select array(select distinct m.subscription_id::text from posthorn.matching(t.id, t.prefix_lengths, e.event ->> 'catalog',
       e.event ->> 'type', (e.event ->> 'operational')::boolean, '00000000-0000-0000-0000-000000000000') m order by 1) as ids
     from posthorn.tenants t cross join json_array_elements($2::json) with ordinality e (event, n) where t.id = $1 order by e.n`,
    [tenantId, JSON.stringify(events)],
  );
  const { patterns, evaluated } = await kept(tenantId);
  const held = [...model];
  const all = held.flatMap(([, { wish }]) =>
    [...new Set(wish.patterns)].map((text) => (wish.catalog == null ? text : `${text} in ${wish.catalog}`)),
  );
  return {
    found: {
      matched: events.map((event, index) => ({ event, ids: found[index]?.ids })),
      patterns: patterns.toSorted(),
      evaluated,
    },
    wanted: {
      matched: events.map((event) => ({
        event,
        ids: held.flatMap(([id, { wish }]) => (isWished(wish, event) ? [id] : [])).toSorted(),
      })),
      patterns: all.toSorted(),
      evaluated: held.some(([, { wish }]) => wish.filter != null),
    },
  };
}
