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

/**
 * What a tenant has goes at once (endpoints take their secrets and subscriptions along); its history goes by the purge job, in pages,
 * and only up to now: the same id may be used again.
 */
export const deleteTenant: Statement = {
  name: "delete_tenant",
  text: `
    with gone as (
      delete from posthorn.tenants where id = $1 returning id
    ), keys as (
      delete from posthorn.api_keys using gone where tenant_id = gone.id
    ), published as (
      delete from posthorn.event_keys using gone where tenant_id = gone.id
    ), woken as (
      select count(j.id) from gone cross join lateral graphile_worker.add_jobs(array[posthorn.job('purge_tenant',
        json_build_object('tenantId', gone.id, 'before', posthorn.new_id()), 'purge_tenant:' || gone.id)]) j
    )
    select gone.id, woken.count from gone, woken`,
};

export const tenantExists: Statement = {
  name: "tenant_exists",
  text: `select exists (select 1 from posthorn.tenants where id = $1) as known`,
};
