-- What people do with catalogs: a user's preferences, and test events of a catalog's types.

-- Gives a user exactly these preferences of a catalog; the catalog's defaults hold for all others. One after the other for the same user:
-- of two at once the later one counts, whole. Returns ok, missing (no such tenant) or unknownCatalog.
create function posthorn.put_preferences(p_tenant text, p_catalog text, p_user text, p_names text[], p_enabled boolean[]) returns text language plpgsql as $$
begin
  perform 1 from posthorn.tenants where id = p_tenant for key share;
  if not found then return 'missing'; end if;
  perform 1 from posthorn.catalogs where name = p_catalog for key share;
  if not found then return 'unknownCatalog'; end if;
  perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', p_tenant, p_catalog, p_user), 0));
  delete from posthorn.preferences where tenant_id = p_tenant and catalog = p_catalog and user_id = p_user and name <> all (p_names);
  insert into posthorn.preferences as p (tenant_id, catalog, user_id, name, enabled)
    select p_tenant, p_catalog, p_user, g.name, g.enabled from unnest(p_names, p_enabled) g (name, enabled)
    on conflict (tenant_id, catalog, user_id, name) do update set enabled = excluded.enabled, updated_at = posthorn.now()
      where p.enabled <> excluded.enabled;
  return 'ok';
end $$;
--> statement-breakpoint

-- As in 0004_people.sql, but what was skipped was never to be sent, and stays so. Returns skipped then.
create or replace function posthorn.redeliver(p_tenant text, p_delivery uuid) returns text language plpgsql as $$
declare
  v_delivery posthorn.deliveries;
  v_endpoint posthorn.endpoints;
  v_next text;
begin
  select * into v_delivery from posthorn.deliveries where id = p_delivery and tenant_id = p_tenant for update;
  if not found then return 'missing'; end if;
  if v_delivery.status in ('queued', 'skipped') then return v_delivery.status; end if;
  select * into v_endpoint from posthorn.endpoints where id = v_delivery.endpoint_id;
  if not found then return 'gone'; end if;
  if v_endpoint.lane_reason = 'disabled' then return 'disabled'; end if;
  -- An open lane releases what it holds by itself, in order.
  if v_delivery.status = 'held' then return 'held'; end if;
  v_next := case when v_endpoint.lane = 'held' then 'held' else 'queued' end;
  update posthorn.deliveries set status = v_next, reason = null, step = 0, due_at = posthorn.now(), updated_at = posthorn.now()
    where id = p_delivery and status = v_delivery.status;
  if v_next = 'queued' then perform graphile_worker.add_jobs(array[posthorn.deliver_job(p_delivery)]); end if;
  return v_next;
end $$;
--> statement-breakpoint

-- As in 0004_people.sql, with the catalog and the version of the example, and the document that it is in the catalog's envelope (null: it has none).
drop function posthorn.send_test(text, uuid, text, json);
--> statement-breakpoint
create function posthorn.send_test(p_tenant text, p_endpoint uuid, p_catalog text, p_type text, p_version text, p_data json, p_native text)
returns table (event_id uuid, delivery_id uuid, status text) language plpgsql as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_endpoint posthorn.endpoints;
  v_input posthorn.event_input;
  v_event posthorn.events;
  v_head text;
begin
  select * into v_endpoint from posthorn.endpoints where tenant_id = p_tenant and id = p_endpoint;
  if not found then return; end if;
  if v_endpoint.lane_reason = 'disabled' then status := 'disabled'; return next; return; end if;
  event_id := posthorn.new_id();
  v_input.tenant_id := p_tenant; v_input.type := p_type; v_input.version := p_version; v_input.source := 'posthorn';
  v_head := posthorn.standard_head(posthorn.type_id('evt', event_id), v_input, v_now);
  insert into posthorn.events (id, tenant_id, catalog, type, version, occurred_at, accepted_at, source, body, data_start, operational, native)
    values (event_id, p_tenant, p_catalog, p_type, p_version, v_now, v_now, 'posthorn', v_head || p_data::text || '}', length(v_head) + 1, true, p_native)
    returning * into v_event;
  delivery_id := posthorn.new_id();
  status := case when v_endpoint.lane = 'held' then 'held' else 'queued' end;
  insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, event_type, status, due_at, body, payload_format, operational, created_at, updated_at)
    values (delivery_id, p_tenant, p_endpoint, event_id, p_type, status, v_now,
      case when v_endpoint.payload_format <> 'standard' then posthorn.formatted_body(v_endpoint.payload_format, v_event) end, v_endpoint.payload_format, true, v_now, v_now);
  if status = 'queued' then perform graphile_worker.add_jobs(array[posthorn.deliver_job(delivery_id)]); end if;
  return next;
end $$;
--> statement-breakpoint

-- As in 0004_people.sql, with the tenant's windows. One that a fan-out holds stays until it has passed: waiting for it could be waiting in
-- a circle.
create or replace function posthorn.delete_tenant(p_tenant text) returns boolean language plpgsql as $$
begin
  perform 1 from posthorn.tenants where id = p_tenant for update;
  if not found then return false; end if;
  delete from posthorn.api_keys where tenant_id = p_tenant;
  delete from posthorn.event_keys where tenant_id = p_tenant;
  delete from posthorn.throttles where ctid in (select ctid from posthorn.throttles where tenant_id = p_tenant for update skip locked);
  delete from posthorn.tenants where id = p_tenant;
  perform graphile_worker.add_jobs(array[posthorn.job('purge_tenant',
    json_build_object('tenantId', p_tenant, 'before', posthorn.new_id()), 'purge_tenant:' || p_tenant)]);
  return true;
end $$;
--> statement-breakpoint

-- What 0005_roles.sql takes from everybody holds for the functions that were there then: a default for the schema alone takes nothing away.
revoke all on all functions in schema posthorn from public;
