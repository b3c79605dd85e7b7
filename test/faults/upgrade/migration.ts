const tables = ["events", "deliveries", "attempts", "endpoints", "subscriptions", "tenants", "lanes", "replays"];
const functions = ["accept_events(json, boolean)", "load_deliveries(uuid[])", "record_outcomes(json)"];

/**
 * What a next version may do while this one runs: other bodies of the functions that publish, load and record, and new columns on the tables that
 * everything goes through and whose rows functions take as arguments. `posthorn.next_version_calls` counts who calls the functions.
 */
export const compatibleMigrations: readonly (() => string)[] = [
  () =>
    [
      "create sequence posthorn.next_version_calls",
      ...functions.map(
        (name) => `do $do$ begin
          execute regexp_replace(pg_get_functiondef('posthorn.${name}'::regprocedure), '\\mbegin\\M', 'begin perform nextval(''posthorn.next_version_calls'');');
        end $do$`,
      ),
      "revoke all on all functions in schema posthorn from public",
    ].join(";\n--> statement-breakpoint\n"),
  // One at a time: whoever holds one while it waits for another meets those that do it the other way round.
  ...tables.map((table) => () => `alter table posthorn.${table} add next_version text not null default 'by itself'`),
];
