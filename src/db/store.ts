import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type * as schema from "./schema.ts";

/** A hand-written statement. `name` makes it prepared once a connection; it must be unique and change with the text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Drizzle = PgDatabase<PgQueryResultHKT, typeof schema>;

/**
 * The database as the services see it: the same over `pg` (Node) and over postgres.js (edge). Each call is one statement, and so one
 * transaction: there is no other way to write (see docs/decisions/0001).
 */
export interface Store {
  /** Runs one statement; rows as plain objects with the column names of the statement. @throws {StoreUnavailable} */
  run<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/** With Drizzle, for reads whose shape varies with the request. Not for deliverers: loading Drizzle takes 200 MB, of the 300 one may have. */
export interface DrizzleStore extends Store {
  /** @throws what the driver throws; `isUnavailable` judges it */
  readonly db: Drizzle;
}

/** The database cannot be reached, or did not answer in time; the statement may or may not have been carried out. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super("the database cannot be reached", { cause });
    this.name = "StoreUnavailable";
  }
}

/** SQLSTATE classes that say "the server or the way to it", not "the statement": connection, who may connect, resources, an operator's doing. */
const unreachableClasses = new Set(["08", "28", "53", "57"]);
/** And single states: no such database, a read-only server, a transaction that was ended, a disk or file that fails, a conflict, a lock. */
const unreachable = new Set(["3D000", "25006", "25P03", "25P04", "58000", "58030", "40001", "40P01", "55P03"]);
/** Every one has a digit, which EPIPE has not. */
const sqlState = /^(?=.*\d)[0-9A-Z]{5}$/;
const brokenConnection =
  /terminat|timeout|ECONN|EPIPE|ETIMEDOUT|EHOST|ENETUN|ENOENT|EAI_AGAIN|ENOTFOUND|EADDRNOTAVAIL|EMFILE|ENFILE|connection|not queryable|Client was closed|server conn crashed/i;

/** Whether trying again later can help. Some of the driver's connection errors have no `code`: their message decides. */
export function isUnavailable(error: unknown): boolean {
  for (let e = error, depth = 0; e instanceof Error && depth < 4; e = e.cause, depth++) {
    if (e instanceof StoreUnavailable) return true;
    const code = "code" in e && typeof e.code === "string" ? e.code : "";
    const isState = sqlState.test(code);
    if (isState && (unreachableClasses.has(code.slice(0, 2)) || unreachable.has(code))) return true;
    // A database that is closed to connections for a restore or a move: 55000 alone is any statement's too.
    if (code === "55000" && /not currently accepting connections/.test(e.message)) return true;
    if (isState) continue;
    // Drizzle wraps the driver's error and quotes the statement, whose words (`timeout_ms`) say nothing about the connection.
    if (e.message.startsWith("Failed query:")) continue;
    if (brokenConnection.test(`${code} ${e.message}`)) return true;
  }
  return false;
}
