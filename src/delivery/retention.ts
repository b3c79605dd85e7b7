import type { Pool, PoolClient } from "pg";

const tables = ["events", "deliveries", "attempts"] as const;

/** Any number that nothing else locks: one deliverer drops at a time. */
const retentionLock = 7_078_673_002;

/**
 * Drops the oldest day if it has expired: detached concurrently, then dropped, so that neither publishing nor a reader's long transaction
 * waits for it (a plain DROP of a partition would stall both). What fails half-way, by its lock or statement time-out, is taken up at the
 * next turn. Returns the day dropped as YYYYMMDD, or null. These are DDL statements: they cannot be one statement, and each may come alone.
 */
export async function dropExpiredDay(pool: Pool, retentionDays: number): Promise<string | null> {
  const client = await pool.connect();
  try {
    const lock = await client.query("select pg_try_advisory_lock($1) as mine", [retentionLock]);
    if (!lock.rows[0].mine) return null;
    const expired = await client.query("select to_char(posthorn.expired_day($1), 'YYYYMMDD') as day", [retentionDays]);
    const day: string | null = expired.rows[0].day;
    if (day !== null) for (const table of tables) await dropPartition(client, table, day);
    return day;
  } finally {
    // Destroyed, not given back: its session's settings end with it. Its lock would as well, but only when PostgreSQL has noticed.
    await client.query("select pg_advisory_unlock($1)", [retentionLock]).catch(() => {});
    client.release(true);
  }
}

async function dropPartition(client: PoolClient, table: (typeof tables)[number], day: string): Promise<void> {
  const partition = `posthorn.${table}_${day}`;
  const state = await client.query(
    `select c.oid is not null as exists, i.inhdetachpending as detaching from (select to_regclass($1) as oid) c left join pg_inherits i on i.inhrelid = c.oid`,
    [partition],
  );
  if (!state.rows[0].exists) return;
  await client.query("set lock_timeout = '100ms'");
  if (state.rows[0].detaching !== null) {
    const how = state.rows[0].detaching ? "finalize" : "concurrently";
    await client.query(`alter table posthorn.${table} detach partition ${partition} ${how}`);
  }
  await client.query(`drop table ${partition}`);
}
