import { query } from "./database.ts";

const dayMs = 86_400_000;
/** Of a day, at its end: ids are made from the clock, which goes on while they are made. */
const marginMs = 400_000;

/** The UTC day so many days ago, as YYYY-MM-DD. */
export const dayAgo = (days: number): string => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);

/**
 * Fills each day with so many events, each with its delivery and attempt: copies of what the gateway made in this database, under ids and
 * with times of that day, in the order of their times. Makes the days' partitions, where they are missing, as the gateway makes them.
 */
export async function fillDays(
  url: string,
  days: readonly string[],
  rowsEach: number,
  say: (line: string) => void = () => {},
): Promise<void> {
  await query(url, tables.map(modelStatement).join(";"));
  for (const [nth, day] of days.entries()) {
    await query(url, dayStatement(day, rowsEach));
    await Promise.all(tables.map((table) => fillPartition(url, table, day)));
    await query(url, "drop table bench_day");
    if ((nth + 1) % 5 === 0) say(`${nth + 1} days are filled`);
  }
  await query(url, tables.map((table) => `drop table bench_${table}`).join(";"));
}

const tables = ["events", "deliveries", "attempts"] as const;
type Table = (typeof tables)[number];

// What is copied, by its number: a delivery's event and its attempt have the number of the delivery.
function modelStatement(table: Table): string {
  const numbered = "(select row_number() over (order by id) as model, id, event_id from posthorn.deliveries) y";
  const by = { events: "y.event_id = m.id", deliveries: "y.id = m.id", attempts: "y.id = m.delivery_id" }[table];
  return `create unlogged table bench_${table} as
    select distinct on (y.model) y.model, m.* from posthorn.${table} m join ${numbered} on ${by} order by y.model, m.id`;
}

function dayStatement(day: string, rows: number): string {
  const startMs = Date.parse(day);
  const stepMicros = Math.floor((Math.min(dayMs - marginMs, Date.now() - startMs) * 1000) / rows);
  const moment = `timestamptz '${day} 00:00:00Z' + n * interval '${stepMicros} microseconds'`;
  const id = `uuidv7(${moment} - now())`;
  return `create unlogged table bench_day as
    select 1 + n % (select count(*) from bench_deliveries) as model, ${moment} as moment, ${id} as event, ${id} as delivery, ${id} as attempt
    from generate_series(1, ${rows}) n`;
}

const renewed: Readonly<Record<Table, Readonly<Record<string, string>>>> = {
  events: { id: "d.event", occurred_at: "d.moment", accepted_at: "d.moment" },
  deliveries: {
    id: "d.delivery",
    event_id: "d.event",
    due_at: "d.moment",
    created_at: "d.moment",
    updated_at: "d.moment + interval '20 milliseconds'",
  },
  attempts: { id: "d.attempt", delivery_id: "d.delivery", started_at: "d.moment + interval '10 milliseconds'" },
};

// A partition that is not there yet is filled before it is attached: its indexes are made at once, in a tenth of the time.
async function fillPartition(url: string, table: Table, day: string): Promise<void> {
  const name = `posthorn.${table}_${day.replaceAll("-", "")}`;
  const [found] = await query(
    url,
    `select to_regclass('${name}') is not null as made, string_agg(attname, ',' order by attnum) as columns from pg_attribute
     where attrelid = 'posthorn.${table}'::regclass and attnum > 0 and not attisdropped`,
  );
  const columns = String(found?.["columns"]).split(",");
  const copy = `insert into ${name} (${columns.join(", ")})
    select ${columns.map((column) => renewed[table][column] ?? `m.${column}`).join(", ")}
    from bench_day d join bench_${table} m on m.model = d.model order by d.moment`;
  const settings = "set local maintenance_work_mem = '256MB'; set local work_mem = '64MB'";
  await query(
    url,
    found?.["made"] === true
      ? copy
      : `${settings};${makeStatements(table, name)};${copy};${attachStatement(table, name, day)}`,
  );
}

// Both as posthorn.ensure_partitions.
function makeStatements(table: Table, name: string): string {
  return `create table ${name} (like posthorn.${table} including defaults including constraints);
    alter table ${name} set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)`;
}

function attachStatement(table: Table, name: string, day: string): string {
  const at = (days: number): string => `posthorn.id_at(('${day}'::date + ${days})::timestamp at time zone 'UTC')`;
  return `do $$ begin execute format('alter table posthorn.${table} attach partition ${name} for values from (%L) to (%L)', ${at(0)}, ${at(1)}); end $$`;
}
