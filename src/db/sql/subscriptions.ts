import type { Statement } from "../store.ts";

const columns = (row: string) =>
  `${row}.id, ${row}.endpoint_id as "endpointId", ${row}.event_types as "eventTypes", ${row}.created_at as "createdAt", ${row}.updated_at as "updatedAt"`;

const said = (from: string, actor: string) => `
  select posthorn.about_endpoint('API.Webhook.Updated', e, jsonb_build_object('UpdatedBy', ${actor}::text, 'Fields', jsonb_build_array('subscriptions')))
  from ${from} join posthorn.endpoints e on e.id = ${from}.endpoint_id`;

/** No row: no such endpoint. A row without an id: it has $8 subscriptions already. */
export const createSubscription: Statement = {
  name: "create_subscription",
  text: `
    with endpoint as (
      select id, (select count(*) from posthorn.subscriptions s where s.endpoint_id = n.id) as subscriptions
      from posthorn.endpoints n where tenant_id = $1 and id = $2 for key share
    ), made as (
      insert into posthorn.subscriptions as s (id, tenant_id, endpoint_id, event_types, exact_types, prefixes)
      select $3::uuid, $1, id, $4::text[], $5::text[], $6::text[] from endpoint where subscriptions < $8::integer
      returning s.*
    ), said as (${said("made", "$7")})
    select ${columns("made")}, (select count(*) from said) from endpoint left join made on true`,
};

export const getSubscription: Statement = {
  name: "get_subscription",
  text: `select ${columns("s")} from posthorn.subscriptions s where tenant_id = $1 and endpoint_id = $2 and id = $3`,
};

export const updateSubscription: Statement = {
  name: "update_subscription",
  text: `
    with changed as (
      update posthorn.subscriptions s set event_types = $4::text[], exact_types = $5::text[], prefixes = $6::text[], updated_at = posthorn.now()
      where tenant_id = $1 and endpoint_id = $2 and id = $3 returning s.*
    ), said as (${said("changed", "$7")})
    select ${columns("changed")}, (select count(*) from said) from changed`,
};

export const deleteSubscription: Statement = {
  name: "delete_subscription",
  text: `
    with gone as (
      delete from posthorn.subscriptions where tenant_id = $1 and endpoint_id = $2 and id = $3 returning id, endpoint_id
    ), said as (${said("gone", "$4")})
    select gone.id, (select count(*) from said) from gone`,
};
