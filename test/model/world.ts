import { Pool } from "pg";
import { loadConfig } from "#config";
import { createDrizzleStore } from "#db/pgDrizzle.ts";
import type { DrizzleStore } from "#db/store.ts";
import { systemClock } from "#domain/clock.ts";
import { KnownCatalogs } from "#services/catalogs/known.ts";
import type { EndpointContext } from "#services/endpoints.ts";
import { createPublisher, type Publisher } from "#services/publish.ts";
import { createSecretBox } from "#services/secretBox.ts";
import { createTestDatabase } from "#test/database.ts";
import { testEnvironment } from "#test/gateway.ts";

/** One pair of hands: a session of the database, and the services on it. Several act at the same time. */
export interface Hands {
  readonly store: DrizzleStore;
  readonly publisher: Publisher;
  readonly ctx: (tenantId: string) => EndpointContext;
}

/** A database whose clock stands still until it is moved, and the hands that work on it. */
export interface World {
  readonly hands: readonly [Hands, ...Hands[]];
  /** Empties it; the clock shows the present again, and chance in the database begins at the seed. */
  empty(seed: number): Promise<void>;
  move(byMs: number): Promise<void>;
  close(): Promise<void>;
}

const sessions = 3;

// The moment of every statement is what the table says: what happens does not depend on how fast this machine is. Ids go on by the real
// clock, which stays behind, so that the moves of one sequence must stay below twelve hours: within that functions look for what was made meanwhile.
const install = `
create schema posthorn_model;
create table posthorn_model.clock (at timestamptz not null) with (fillfactor = 10);
insert into posthorn_model.clock values (date_trunc('milliseconds', now()));
create or replace function posthorn.now() returns timestamptz language plpgsql stable parallel safe as $$
begin
  return (select at from posthorn_model.clock);
end $$;
-- Every look at everything opens all of them.
do $$ declare p record; begin
  for p in select inhrelid::regclass as name from pg_inherits
    where right(inhrelid::regclass::text, 8) ~ '^[0-9]{8}$' and right(inhrelid::regclass::text, 8) > to_char(now() + interval '1 day', 'YYYYMMDD') loop
    execute format('drop table %s', p.name);
  end loop;
end $$;
insert into posthorn.event_types (catalog, name) values ('default', 'thing.happened');`;

// Rows of a sequence are few: deleting them is faster than truncating some fifty tables and indexes.
const emptyAll = `
delete from posthorn.attempts;
delete from posthorn.deliveries;
delete from posthorn.events;
delete from posthorn.event_keys;
delete from posthorn.throttles;
delete from posthorn.tenants;
delete from posthorn.deliverers;
delete from graphile_worker._private_jobs;
update posthorn_model.clock set at = date_trunc('milliseconds', now()) + interval '10 minutes';`;

/** Makes a world on the test server. */
export async function createWorld(): Promise<World> {
  const database = await createTestDatabase();
  const pools = Array.from({ length: sessions }, () => openPool(database.url));
  const [first] = pools;
  if (first === undefined) throw new Error("a world has sessions");
  await first.query(install);
  const all = await Promise.all(pools.map(handsOn));
  const [one, ...others] = all;
  if (one === undefined) throw new Error("a world has hands");
  return {
    hands: [one, ...others],
    async empty(seed) {
      await first.query(emptyAll);
      for (const pool of pools) await pool.query("select setseed($1)", [(seed % 1_000) / 1_000]);
    },
    async move(byMs) {
      await first.query("update posthorn_model.clock set at = at + $1 * interval '1 millisecond'", [byMs]);
    },
    async close() {
      await Promise.all(pools.map((pool) => pool.end()));
      await database.drop();
    },
  };
}

function openPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    max: 1,
    statement_timeout: 10_000,
    options: "-c plan_cache_mode=force_generic_plan -c timezone=UTC -c jit=off -c deadlock_timeout=50",
  });
  pool.on("error", () => {});
  return pool;
}

async function handsOn(pool: Pool): Promise<Hands> {
  const config = loadConfig(
    { ...testEnvironment, POSTHORN_OPERATOR_KEY: "x".repeat(32), DATABASE_URL: "postgres://" },
    "api",
  );
  const store = createDrizzleStore(pool);
  const clock = systemClock;
  const catalogs = new KnownCatalogs(store, clock);
  const common = {
    store,
    clock,
    catalogs,
    secrets: await createSecretBox(config.secretKeys),
    limits: config,
    allowTargets: config.allowTargets,
    principal: { role: "operator", tenantId: null, actor: "operator" },
  } as const;
  const publisher = createPublisher({
    store,
    clock,
    catalogs,
    maxWaitingEvents: 1_000,
    maxWaitMs: 20_000,
    deadlineMs: 20_000,
    statements: 1,
  });
  return { store, publisher, ctx: (tenantId) => ({ ...common, tenantId }) };
}
