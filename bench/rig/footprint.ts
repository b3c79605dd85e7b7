import { z } from "zod";
import { query, queryNumber } from "./database.ts";

/** How much write-ahead log the server has written in its life, in bytes. */
export const walBytes = (url: string): Promise<number> =>
  queryNumber(url, "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')");

/** What each of these many events takes in the tables that keep it, in bytes, and how many connections each kind of process has open. */
export async function readFootprint(url: string, events: number) {
  const sizes = await query(
    url,
    `select p.relname as name, sum(pg_table_size(i.inhrelid)) as rows, sum(pg_indexes_size(i.inhrelid)) as indexes
     from pg_inherits i join pg_class p on p.oid = i.inhparent
     where p.relkind = 'p' and p.relnamespace = 'posthorn'::regnamespace group by 1 order by 1`,
  );
  const connections = await query(
    url,
    `select application_name as name, count(*) as open from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() group by 1 order by 1`,
  );
  const tables = sizes.map((row) => table.parse(row));
  return {
    bytesPerEvent: Object.fromEntries(
      tables.map(({ name, rows, indexes }) => [
        name,
        { rows: Math.round(rows / events), indexes: Math.round(indexes / events) },
      ]),
    ),
    connections: Object.fromEntries(
      connections.map((row) => pool.parse(row)).map(({ name, open }) => [name || "without a name", open]),
    ),
  };
}

const table = z.object({ name: z.string(), rows: z.coerce.number(), indexes: z.coerce.number() });
const pool = z.object({ name: z.string(), open: z.coerce.number() });
