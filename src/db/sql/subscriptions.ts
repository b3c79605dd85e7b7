import type { Statement } from "../store.ts";

const columns = (row: string) => `
  ${row}.id, ${row}.endpoint_id as "endpointId", ${row}.event_types as "eventTypes", ${row}.catalog, ${row}.version, ${row}.filter, ${row}.transform,
  ${row}.throttle, ${row}.ordering, ${row}.filter_failures::double precision as "filterFailures", ${row}.last_filter_failure as "lastFilterFailure",
  ${row}.last_filter_failed_at as "lastFilterFailedAt", ${row}.created_at as "createdAt", ${row}.updated_at as "updatedAt"`;

const said = (from: string, actor: string) => `
  select posthorn.about_endpoint('API.Webhook.Updated', e, jsonb_build_object('UpdatedBy', ${actor}::text, 'Fields', jsonb_build_array('subscriptions')))
  from ${from} join posthorn.endpoints e on e.id = ${from}.endpoint_id`;

/**
 * The triggers need the tenant's row: locked first, and no weaker than they do, as whoever deletes an endpoint or the tenant locks it.
 * Two who both hold a weaker lock and want this one wait for each other as soon as a deletion waits behind them.
 */
const tenant = `tenant as (select id from posthorn.tenants where id = $1 for no key update)`;

/** Why the subscription in `w` cannot be; null: it can. A pinned version must be one that some type it asks for is published in. */
const refusal = (w: string) => `case
  when ${w}.catalog is not null and not exists (select 1 from posthorn.catalogs c where c.name = ${w}.catalog for key share) then 'unknownCatalog'
  when ${w}.version is not null and not exists (
    select 1 from posthorn.event_type_versions v where v.catalog = ${w}.catalog and v.version = ${w}.version and v.retired_at is null
      and (v.name = any (${w}.exact_types) or exists (select 1 from unnest(${w}.prefixes) p where starts_with(v.name, p)))) then 'unknownVersion' end`;

/** No row: no such endpoint. With a refusal: nothing was made; tooMany: the endpoint has $14 subscriptions already. */
export const createSubscription: Statement = {
  name: "create_subscription_2",
  text: `
    with ${tenant}, endpoint as (
      select n.id, (select count(*) from posthorn.subscriptions s where s.endpoint_id = n.id) as subscriptions
      from tenant join posthorn.endpoints n on n.tenant_id = tenant.id where n.id = $2 for key share of n
    ), wanted as (
      select $4::text[] as event_types, $5::text[] as exact_types, $6::text[] as prefixes, $7::text as catalog, $8::text as version,
        $9::text as filter, $10::text as transform, $11::jsonb as throttle, $12::text as ordering
    ), judged as materialized (
      select endpoint.id as endpoint_id, wanted.*, coalesce(${refusal("wanted")}, case when subscriptions >= $14::integer then 'tooMany' end) as refusal
      from endpoint cross join wanted
    ), made as (
      insert into posthorn.subscriptions as s (id, tenant_id, endpoint_id, event_types, exact_types, prefixes, catalog, version, filter, transform, throttle, ordering)
      select $3::uuid, $1, endpoint_id, event_types, exact_types, prefixes, catalog, version, filter, transform, throttle, ordering from judged where refusal is null
      returning s.*
    ), said as (${said("made", "$13")})
    select judged.refusal, ${columns("made")}, (select count(*) from said) from judged left join made on true`,
};

export const getSubscription: Statement = {
  name: "get_subscription_2",
  text: `select ${columns("s")} from posthorn.subscriptions s where tenant_id = $1 and endpoint_id = $2 and id = $3`,
};

const given = (field: string, value: string, column: string) =>
  `case when '${field}' = any ($4::text[]) then ${value} else s.${column} end as ${column}`;

/**
 * Only the fields that $4 names change. A pinned version without a catalog is one of \`default\`. What failed, failed in the former
 * filter. A trigger lets go of what a failed delivery blocked, where that ends.
 */
export const updateSubscription: Statement = {
  name: "update_subscription_2",
  text: `
    with ${tenant}, named as (
      select s.id, ${given("eventTypes", "$5::text[]", "event_types")}, ${given("eventTypes", "$6::text[]", "exact_types")},
        ${given("eventTypes", "$7::text[]", "prefixes")}, ${given("catalog", "$8::text", "catalog")}, ${given("version", "$9::text", "version")},
        ${given("filter", "$10::text", "filter")}, ${given("transform", "$11::text", "transform")}, ${given("throttle", "$12::jsonb", "throttle")},
        ${given("ordering", "$13::text", "ordering")}
      from tenant join posthorn.subscriptions s on s.tenant_id = tenant.id where s.endpoint_id = $2 and s.id = $3 for no key update of s
    ), wanted as (
      select id, event_types, exact_types, prefixes, case when version is null then catalog else coalesce(catalog, 'default') end as catalog,
        version, filter, transform, throttle, ordering from named
    ), judged as materialized (
      select wanted.*, case when $4::text[] && array['eventTypes', 'catalog', 'version'] then ${refusal("wanted")} end as refusal from wanted
    ), changed as (
      update posthorn.subscriptions s set event_types = j.event_types, exact_types = j.exact_types, prefixes = j.prefixes, catalog = j.catalog,
        version = j.version, filter = j.filter, transform = j.transform, throttle = j.throttle, ordering = j.ordering,
        filter_failures = case when s.filter is distinct from j.filter then 0 else s.filter_failures end,
        last_filter_failure = case when s.filter is distinct from j.filter then null else s.last_filter_failure end,
        last_filter_failed_at = case when s.filter is distinct from j.filter then null else s.last_filter_failed_at end,
        updated_at = posthorn.now()
      from judged j where s.id = j.id and j.refusal is null returning s.*
    ), said as (${said("changed", "$14")})
    select judged.refusal, ${columns("changed")}, (select count(*) from said) from judged left join changed on true`,
};

export const deleteSubscription: Statement = {
  name: "delete_subscription_1",
  text: `
    with ${tenant}, gone as (
      delete from posthorn.subscriptions s using tenant
      where s.tenant_id = tenant.id and endpoint_id = $2 and s.id = $3 returning s.id, endpoint_id
    ), said as (${said("gone", "$4")})
    select gone.id, (select count(*) from said) from gone`,
};
