import type { Statement } from "../store.ts";

const columns = (row: string) =>
  `${row}.id, ${row}.name, ${row}.metadata, ${row}.created_at as "createdAt", ${row}.updated_at as "updatedAt"`;

/** `created`: a row that an insert made has no xmax. */
export const putTenant: Statement = {
  name: "put_tenant",
  text: `
    insert into posthorn.tenants as t (id, name, metadata) values ($1, $2, $3::jsonb)
    on conflict (id) do update set name = excluded.name, metadata = excluded.metadata, updated_at = posthorn.now()
    returning ${columns("t")}, xmax = 0 as created`,
};

/** Only the fields that $2 names change. */
export const patchTenant: Statement = {
  name: "patch_tenant",
  text: `
    update posthorn.tenants t set
      name = case when 'name' = any ($2::text[]) then $3 else name end,
      metadata = case when 'metadata' = any ($2::text[]) then $4::jsonb else metadata end,
      updated_at = posthorn.now()
    where id = $1 returning ${columns("t")}`,
};

export const deleteTenant: Statement = {
  name: "delete_tenant",
  text: `select posthorn.delete_tenant($1) as deleted`,
};

export const tenantExists: Statement = {
  name: "tenant_exists",
  text: `select exists (select 1 from posthorn.tenants where id = $1) as known`,
};
