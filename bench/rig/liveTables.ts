import { z } from "zod";
import { query } from "./database.ts";

/** A table of live work with its indexes, or what the days' partitions have of one partial index. */
export interface LiveSize {
  readonly name: string;
  readonly bytes: number;
  /** Rows that vacuum has yet to remove; of tables. */
  readonly dead: number;
  /** It grows as long as publishers choose ids: they are kept for 24 hours, and with their events. */
  readonly kept: boolean;
}

const liveSize = z.object({ name: z.string(), bytes: z.coerce.number(), dead: z.coerce.number(), kept: z.boolean() });

/** Everything but what retention drops by the day: the unpartitioned tables, and the indexes of what waits. */
export async function readLiveSizes(databaseUrl: string): Promise<LiveSize[]> {
  const rows = await query(
    databaseUrl,
    `select c.oid::regclass::text as name, pg_total_relation_size(c.oid) as bytes, coalesce(s.n_dead_tup, 0) as dead,
       c.oid = 'posthorn.event_keys'::regclass as kept
     from pg_class c left join pg_stat_user_tables s on s.relid = c.oid
     where c.relkind = 'r' and not c.relispartition and c.relnamespace in ('posthorn'::regnamespace, 'graphile_worker'::regnamespace)
     union all
     select p.relname, sum(pg_relation_size(i.inhrelid)), 0, p.relname = 'events_by_external_id'
     from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_index x on x.indexrelid = p.oid
     where p.relnamespace = 'posthorn'::regnamespace and x.indpred is not null
     group by p.relname order by 1`,
  );
  return rows.map((row) => liveSize.parse(row));
}
