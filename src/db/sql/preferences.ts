import type { Statement } from "../store.ts";

/** ($1 tenant, $2 catalog, $3 user) → `enabled` by name, of those that were set. No row: no such tenant. */
export const getPreferences: Statement = {
  name: "get_preferences",
  text: `
    select (select coalesce(json_object_agg(p.name, p.enabled), '{}') from posthorn.preferences p
      where p.tenant_id = t.id and p.catalog = $2 and p.user_id = $3) as enabled
    from posthorn.tenants t where t.id = $1`,
};

/** ($1 tenant, $2 catalog, $3 user, $4 names, $5 whether each is enabled) → `result`: ok, missing or unknownCatalog. */
export const putPreferences: Statement = {
  name: "put_preferences",
  text: `select posthorn.put_preferences($1, $2, $3, $4, $5) as result`,
};

export interface ChoiceRow {
  readonly name: string;
  readonly user_id: string;
  readonly enabled: boolean;
}
/** ($1 tenant, $2 catalog, $3 names, $4 users) → ChoiceRow, of those that were set. */
export const loadChoices: Statement = {
  name: "load_choices",
  text: `
    select name, user_id, enabled from posthorn.preferences
    where tenant_id = $1 and catalog = $2 and name = any ($3) and user_id = any ($4)`,
};

/** Names of the catalogs that were installed from a document. */
export const installedCatalogs: Statement = {
  name: "installed_catalogs",
  text: `select name from posthorn.catalogs where document is not null order by name`,
};
