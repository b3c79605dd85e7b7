import type { Statement } from "../store.ts";
import { listedLane, wholeLane } from "./endpointLanes.ts";

/** What endpoints show, named as Drizzle names it. */
const columns = (row: string) => `
  ${row}.id, ${row}.tenant_id as "tenantId", ${row}.url, ${row}.description, ${row}.headers, ${row}.retry_schedule as "retrySchedule",
  ${row}.timeout_ms as "timeoutMs", ${row}.payload_format as "payloadFormat", ${row}.signature, ${row}.metadata, ${row}.lane,
  ${row}.lane_reason as "laneReason", ${row}.lane_since as "laneSince", ${row}.lane_detail as "laneDetail",
  ${row}.mode, ${row}.rate_limit as "rateLimit", ${row}.created_at as "createdAt", ${row}.updated_at as "updatedAt"`;

/**
 * The endpoint with its secret and, where event types are named, its subscription. No row: no such tenant. A row without an id: the
 * tenant has $14 endpoints already. The lock waits for a deletion of the tenant that is under way, so that it is then found missing; it is
 * the one that counting the endpoints needs: see sql/subscriptions.ts.
 */
export const createEndpoint: Statement = {
  name: "create_endpoint_2",
  text: `
    with tenant as (
      select id, endpoint_count from posthorn.tenants where id = $2 for no key update
    ), made as (
      insert into posthorn.endpoints as e (id, tenant_id, url, description, headers, retry_schedule, timeout_ms, payload_format, mode, lane, rate_limit, metadata, signature)
      select $1::uuid, id, $3::text, $4::text, $5::jsonb, $6::integer[], $7::integer, $8::text, $9::text, case $9::text when 'push' then 'open' else 'held' end,
        $10::jsonb, $11::jsonb, $12::text from tenant
      where endpoint_count < $14::integer
      returning e
    ), sealed as (
      insert into posthorn.endpoint_secrets (id, tenant_id, endpoint_id, kid, nonce, ciphertext)
      select $15::uuid, (e).tenant_id, (e).id, $16::text, $17::bytea, $18::bytea from made
    ), subscribed as (
      insert into posthorn.subscriptions (id, tenant_id, endpoint_id, event_types, exact_types, prefixes)
      select $19::uuid, (e).tenant_id, (e).id, $20::text[], $21::text[], $22::text[] from made where $20 is not null
    ), said as (
      select posthorn.about_endpoint('API.Webhook.Registered', e, jsonb_build_object('Url', (e).url,
        'Events', coalesce(to_jsonb($20::text[]), '[]'), 'RegisteredBy', $13::text)) from made
    )
    select ${columns("(made.e)")}, (select count(*) from said) from tenant left join made on true`,
};

/** With what its lane shows: see endpointLanes.ts. */
export const getEndpoint: Statement = {
  name: "get_endpoint_1",
  text: `select ${columns("e")}, ${wholeLane.columns} from posthorn.endpoints e ${wholeLane.joins} where e.tenant_id = $1 and e.id = $2`,
};

/** ($1 tenant, $2 the id they are older than, or null, $3 how many). Newest first. */
export const listEndpoints: Statement = {
  name: "list_endpoints",
  text: `
    select ${columns("e")}, ${listedLane.columns}
    from (
      select id from posthorn.endpoints where tenant_id = $1 and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') order by id desc limit $3::integer
    ) page join posthorn.endpoints e on e.id = page.id ${listedLane.joins}
    order by e.id desc`,
};

const mode = `case when 'mode' = any ($3::text[]) then $11::text else mode end`;
/** Who polls is held by people alone: the gateway sends nothing, and has no reason to hold anything back. */
const heldBy = `case when ${mode} = 'poll' and lane_reason not in ('paused', 'disabled') then null else lane_reason end`;

/**
 * Only the fields that $3 names change. The revision tells the deliverers. A trigger wakes or forgets the lane where the mode changes; here
 * one that is throttled is looked at under its new limit.
 */
export const updateEndpoint: Statement = {
  name: "update_endpoint_1",
  text: `
    with changed as (
      update posthorn.endpoints e set
        url = case when 'url' = any ($3::text[]) then $5 else url end,
        description = case when 'description' = any ($3::text[]) then $6 else description end,
        headers = case when 'headers' = any ($3::text[]) then $7::jsonb else headers end,
        retry_schedule = case when 'retrySchedule' = any ($3::text[]) then $8::integer[] else retry_schedule end,
        timeout_ms = case when 'timeoutMs' = any ($3::text[]) then $9::integer else timeout_ms end,
        payload_format = case when 'payloadFormat' = any ($3::text[]) then $10 else payload_format end,
        mode = ${mode},
        lane = case when ${heldBy} is null and ${mode} = 'push' then 'open' else 'held' end,
        lane_reason = ${heldBy},
        lane_since = case when ${heldBy} is not null then lane_since end,
        lane_detail = case when ${heldBy} is not null then lane_detail end,
        rate_limit = case when 'rateLimit' = any ($3::text[]) then $12::jsonb else rate_limit end,
        metadata = case when 'metadata' = any ($3::text[]) then $13::jsonb else metadata end,
        revision = revision + 1, updated_at = posthorn.now()
      where tenant_id = $1 and id = $2
      returning e
    ), woken as (
      select posthorn.wake_lane((e).id) from changed where 'rateLimit' = any ($3::text[]) and (e).lane_reason = 'throttled'
    ), said as (
      select posthorn.about_endpoint('API.Webhook.Updated', e, jsonb_build_object('UpdatedBy', $4::text, 'Fields', to_jsonb($3::text[]))) from changed
    )
    select (changed.e).id, (select count(*) from woken), (select count(*) from said) from changed`,
};

/** What was queued or scheduled is canceled when its time comes; the release job cancels what was held. The tenant's lock: see above. */
export const deleteEndpoint: Statement = {
  name: "delete_endpoint_1",
  text: `
    with tenant as (
      select id from posthorn.tenants where id = $1 for no key update
    ), gone as (
      delete from posthorn.endpoints e using tenant where e.tenant_id = tenant.id and e.id = $2 returning e
    ), said as (
      select posthorn.about_endpoint('API.Webhook.Deleted', e, jsonb_build_object('DeletedBy', $3::text)) from gone
    ), woken as (
      select count(j.id) from gone cross join lateral graphile_worker.add_jobs(array[
        posthorn.job('release', json_build_object('id', (e).id), 'release:' || (e).id::text)]) j
    )
    select (gone.e).id, (select count(*) from said), woken.count as jobs from gone, woken`,
};

export const setLane: Statement = {
  name: "set_lane",
  text: `select posthorn.set_lane($1, $2, $3, $4) as result`,
};

/** ($1 tenant, $2 endpoint, $3 catalog, $4 type, $5 version, $6 data, $7 native). No row: no such endpoint. */
export const sendTest: Statement = {
  name: "send_test_1",
  text: `select event_id as "eventId", delivery_id as "deliveryId", status from posthorn.send_test($1, $2, $3, $4, $5, $6::json, $7)`,
};

/** The example of a type's newest version that has one. No row: no such type. */
export const findExample: Statement = {
  name: "find_example_1",
  text: `
    select v.version, v.example from posthorn.event_types t left join lateral (
      select version, example from posthorn.event_type_versions
      where catalog = t.catalog and name = t.name and example is not null and retired_at is null
      order by created_at desc, position desc, version desc limit 1) v on true
    where t.catalog = $1 and t.name = $2`,
};
