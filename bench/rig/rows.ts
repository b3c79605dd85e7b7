import { Client } from "pg";
import { dataBytes, eventType, sampleData } from "../payload.ts";
import { query } from "./database.ts";
import type { Endpoint } from "./operator.ts";

const perStatement = 1_000;
const connections = 2;

/** Accepts so many events of each of the tenants by the statement that the API publishes with, without the way over HTTP. */
export async function acceptInSql(url: string, tenants: readonly string[], countEach: number): Promise<void> {
  const left = tenants.map((tenant) => ({ tenant, count: countEach }));
  const data = sampleData(dataBytes);
  const accept = async (): Promise<void> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      for (let next = left[0]; next !== undefined; next = left[0]) {
        const count = Math.min(perStatement, next.count);
        next.count -= count;
        if (next.count === 0) left.shift();
        const { rows } = await client.query<{ accepted: string }>(acceptStatement, [
          next.tenant,
          eventType,
          data,
          count,
        ]);
        if (Number(rows[0]?.accepted) !== count) throw new Error(`${rows[0]?.accepted} of ${count} were accepted`);
      }
    } finally {
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: connections }, accept));
}

const acceptStatement = `
  select count(*) filter (where status = 'accepted') as accepted from posthorn.accept_events((
    select json_agg(json_build_object('ordinal', n, 'tenant_id', $1::text, 'catalog', 'default', 'type', $2::text, 'data', $3::text))
    from generate_series(1, $4::integer) n), true)`;

/**
 * What these endpoints hold becomes what a first failed attempt leaves: an attempt on record, and a retry due at some time between one hour and
 * a day from now.
 */
export async function failOnce(url: string, endpoints: readonly Endpoint[]): Promise<void> {
  const tenants = `'${endpoints.map(({ tenant }) => tenant).join("', '")}'`;
  await query(
    url,
    `with tried as (
      update posthorn.deliveries set status = 'scheduled', attempts = 1, step = 1, due_at = now() + interval '1 hour' + random() * interval '23 hours', updated_at = now()
      where tenant_id in (${tenants}) and status = 'held' returning id, tenant_id, endpoint_id
    )
    insert into posthorn.attempts (id, tenant_id, endpoint_id, delivery_id, number, started_at, duration_ms, outcome, failure, http_status, error, address)
    select posthorn.new_id(), tenant_id, endpoint_id, id, 1, now(), 12, 'failed', 'httpStatus', 500, 'the receiver answered 500', '127.0.0.1' from tried`,
  );
}

/**
 * Fills a day with so many events, each with its delivery and attempt: copies of what the gateway made today, with ids of that day. Makes the
 * day's partitions as the gateway makes them.
 */
export async function fillDay(url: string, day: string, rows: number): Promise<void> {
  await query(url, tables.map((table) => partitionStatements(table, day)).join(";"));
  const shift = `('${day}'::timestamp at time zone 'UTC') - now() + n * interval '${Math.floor(86e9 / rows)} microseconds'`;
  await query(
    url,
    `create unlogged table bench_models as
       select row_number() over (order by id) as model, id as attempt_model, delivery_id as delivery_model from posthorn.attempts;
     create unlogged table bench_day as
       select 1 + n % (select count(*) from bench_models) as model, uuidv7(${shift}) as event, uuidv7(${shift}) as delivery, uuidv7(${shift}) as attempt
       from generate_series(1, ${rows}) n`,
  );
  for (const table of tables) await query(url, await copyStatement(url, table));
  await query(url, "drop table bench_day, bench_models");
}

const copied = {
  events: {
    renewed: { id: "d.event" },
    from: "join posthorn.deliveries y on y.id = k.delivery_model join posthorn.events m on m.id = y.event_id",
  },
  deliveries: {
    renewed: { id: "d.delivery", event_id: "d.event" },
    from: "join posthorn.deliveries m on m.id = k.delivery_model",
  },
  attempts: {
    renewed: { id: "d.attempt", delivery_id: "d.delivery" },
    from: "join posthorn.attempts m on m.id = k.attempt_model",
  },
} as const;

async function copyStatement(url: string, table: Table): Promise<string> {
  const renewed: Readonly<Record<string, string>> = copied[table].renewed;
  const [row] = await query(
    url,
    `select string_agg(attname, ',' order by attnum) as columns from pg_attribute
    where attrelid = 'posthorn.${table}'::regclass and attnum > 0 and not attisdropped`,
  );
  const columns = String(row?.["columns"]).split(",");
  return `insert into posthorn.${table} (${columns.join(", ")})
    select ${columns.map((column) => renewed[column] ?? `m.${column}`).join(", ")}
    from bench_day d join bench_models k on k.model = d.model ${copied[table].from}`;
}

const tables = ["events", "deliveries", "attempts"] as const;
type Table = (typeof tables)[number];

const partitionName = (table: Table, day: string): string => `posthorn.${table}_${day.replaceAll("-", "")}`;

/** As posthorn.ensure_partitions. */
function partitionStatements(table: Table, day: string): string {
  const name = partitionName(table, day);
  const at = (days: number): string => `posthorn.id_at(('${day}'::date + ${days})::timestamp at time zone 'UTC')`;
  return `create table ${name} (like posthorn.${table} including defaults including constraints);
    alter table ${name} set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
    do $$ begin execute format('alter table posthorn.${table} attach partition ${name} for values from (%L) to (%L)', ${at(0)}, ${at(1)}); end $$`;
}
