// What a program can see of the schema, and which changes of it an older program would stumble over.
import type { Client } from "pg";

/** By name: columns of tables, and functions with their arguments. */
export interface Surface {
  readonly columns: ReadonlyMap<string, Column>;
  /** What each returns and what its arguments are called, by `name(types)`. */
  readonly functions: ReadonlyMap<string, string>;
}

interface Column {
  readonly table: string;
  readonly type: string;
  readonly nullable: boolean;
  /** An insert may leave it out. */
  readonly optional: boolean;
}

/** Reads it from a migrated database. Composite types count as tables: functions take them as arguments. */
export async function readSurface(client: Client): Promise<Surface> {
  // Whether a type is shown with its schema depends on it.
  await client.query("set search_path = ''");
  const columns = await client.query<Column & { name: string }>(
    `select c.relname as table, c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
       not a.attnotnull as nullable, not a.attnotnull or a.atthasdef or a.attidentity <> '' as optional
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'posthorn'::regnamespace and c.relkind in ('r', 'p', 'v', 'c') and not c.relispartition`,
  );
  const functions = await client.query<{ name: string; shape: string }>(
    `select format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) as name,
       format('(%s) returns %s', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)) as shape
     from pg_proc p where p.pronamespace = 'posthorn'::regnamespace and p.prokind in ('f', 'p')`,
  );
  return {
    columns: new Map(columns.rows.map(({ name, ...column }) => [name, column])),
    functions: new Map(functions.rows.map(({ name, shape }) => [name, shape])),
  };
}

/** What a program written for `before` would miss in `after`, as sentences; empty where it finds all it uses. */
export function breakages(before: Surface, after: Surface): string[] {
  const found: string[] = [];
  for (const [name, was] of before.columns) {
    const is = after.columns.get(name);
    if (is === undefined) found.push(`${name} is gone`);
    else if (is.type !== was.type) found.push(`${name} was ${was.type} and is ${is.type}`);
    else if (was.optional && !is.optional) found.push(`${name} must be given now`);
    else if (was.nullable && !is.nullable) found.push(`${name} may not be null any more`);
  }
  const tables = new Set([...before.columns.values()].map(({ table }) => table));
  for (const [name, { table, optional }] of after.columns)
    if (!before.columns.has(name) && tables.has(table) && !optional) found.push(`${name} is new and must be given`);
  for (const [name, was] of before.functions) {
    const is = after.functions.get(name);
    if (is === undefined) found.push(`the function ${name} is gone`);
    else if (is !== was) found.push(`the function ${name} was ${was} and is ${is}`);
  }
  return found;
}
