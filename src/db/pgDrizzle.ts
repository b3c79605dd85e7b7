import { drizzle } from "drizzle-orm/node-postgres";
import type { Pool } from "pg";
import { createPgStore } from "./pg.ts";
import * as schema from "./schema.ts";
import type { DrizzleStore } from "./store.ts";

/** The store over `pg`, with Drizzle on the same pool. */
export function createDrizzleStore(pool: Pool): DrizzleStore {
  return { ...createPgStore(pool), db: drizzle(pool, { schema }) };
}
