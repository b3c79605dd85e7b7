-- What people do to endpoints and deliveries. Each returns what the service answers with; a refusal is a value, not an exception.

create function posthorn.about_endpoint(p_type text, n posthorn.endpoints, p_data jsonb) returns void language sql as $$
  select posthorn.emit(n.tenant_id, p_type,
    (jsonb_build_object('WebhookId', posthorn.type_id('ep', n.id)) || p_data || jsonb_build_object('AccountId', n.tenant_id, 'Timestamp', posthorn.iso(posthorn.now())))::json)
$$;
--> statement-breakpoint

-- enable | disable | pause | resume. Doing it twice is doing it once. Returns ok, missing, or disabled (a disabled endpoint can be neither
-- paused nor resumed). Opening a lane starts the release of what it holds.
create function posthorn.set_lane(p_tenant text, p_endpoint uuid, p_action text, p_actor text) returns text language plpgsql as $$
declare
  v_old posthorn.endpoints;
  v_new posthorn.endpoints;
  v_reason text;
begin
  select * into v_old from posthorn.endpoints where tenant_id = p_tenant and id = p_endpoint for update;
  if not found then return 'missing'; end if;
  if p_action in ('pause', 'resume') and v_old.lane_reason = 'disabled' then return 'disabled'; end if;
  v_reason := case p_action
    when 'disable' then 'disabled'
    when 'pause' then 'paused'
    when 'resume' then nullif(v_old.lane_reason, 'paused')
    else nullif(v_old.lane_reason, 'disabled') end;
  if v_reason is not distinct from v_old.lane_reason then return 'ok'; end if;
  update posthorn.endpoints set lane = case when v_reason is null then 'open' else 'held' end, lane_reason = v_reason,
    lane_since = case when v_reason is not null then posthorn.now() end,
    lane_detail = case when p_action = 'disable' then 'by ' || p_actor end,
    revision = revision + 1, updated_at = posthorn.now()
    where id = p_endpoint returning * into v_new;
  if v_reason is null then
    perform graphile_worker.add_jobs(array[posthorn.job('release', json_build_object('id', p_endpoint), 'release:' || p_endpoint::text)]);
  end if;
  if p_action = 'disable' then
    perform posthorn.about_endpoint('API.Webhook.Disabled', v_new, jsonb_build_object('Reason', 'manual', 'DisabledBy', p_actor));
  elsif p_action = 'enable' then
    perform posthorn.about_endpoint('API.Webhook.Enabled', v_new, jsonb_build_object('EnabledBy', p_actor));
  else
    perform posthorn.about_endpoint('API.Webhook.Updated', v_new, jsonb_build_object('UpdatedBy', p_actor, 'Fields', jsonb_build_array('lane')));
  end if;
  return 'ok';
end $$;
--> statement-breakpoint

-- Sends a delivery again, or now: from failed, delivered, canceled, skipped and scheduled. Queued and held stay as they are; where the lane
-- is paused it is held until the lane opens. Returns the state it is in then, or missing, or disabled, or gone (endpoint deleted).
create function posthorn.redeliver(p_tenant text, p_delivery uuid) returns text language plpgsql as $$
declare
  v_delivery posthorn.deliveries;
  v_endpoint posthorn.endpoints;
  v_next text;
begin
  select * into v_delivery from posthorn.deliveries where id = p_delivery and tenant_id = p_tenant for update;
  if not found then return 'missing'; end if;
  if v_delivery.status = 'queued' then return 'queued'; end if;
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

-- Cancels what was not yet sent successfully. A request in flight may still arrive. Returns canceled, missing, or the final state it is in.
create function posthorn.cancel(p_tenant text, p_delivery uuid) returns text language plpgsql as $$
declare
  v_status text;
begin
  select status into v_status from posthorn.deliveries where id = p_delivery and tenant_id = p_tenant for update;
  if not found then return 'missing'; end if;
  if v_status not in ('held', 'scheduled', 'queued') then return v_status; end if;
  update posthorn.deliveries set status = 'canceled', reason = 'byRequest', updated_at = posthorn.now() where id = p_delivery and status = v_status;
  return 'canceled';
end $$;
--> statement-breakpoint

-- Sends one event to one endpoint, whatever it subscribes to: the test button. Returns no row when there is no such endpoint, and only the
-- status disabled when it may get nothing.
create function posthorn.send_test(p_tenant text, p_endpoint uuid, p_type text, p_data json) returns table (event_id uuid, delivery_id uuid, status text) language plpgsql as $$
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
  v_input.tenant_id := p_tenant; v_input.type := p_type; v_input.source := 'posthorn';
  v_head := posthorn.standard_head(posthorn.type_id('evt', event_id), v_input, v_now);
  insert into posthorn.events (id, tenant_id, catalog, type, occurred_at, accepted_at, source, body, data_start, operational)
    values (event_id, p_tenant, 'posthorn', p_type, v_now, v_now, 'posthorn', v_head || p_data::text || '}', length(v_head) + 1, true)
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

-- Makes `p_new` the current secret; the old ones go on signing until the overlap has passed. Returns ok, missing (no such endpoint) or
-- tooMany: each secret that signs makes the header longer.
create function posthorn.rotate_secret(p_tenant text, p_endpoint uuid, p_new posthorn.endpoint_secrets, p_overlap_seconds integer, p_actor text) returns text language plpgsql as $$
declare
  v_endpoint posthorn.endpoints;
begin
  select * into v_endpoint from posthorn.endpoints where tenant_id = p_tenant and id = p_endpoint for update;
  if not found then return 'missing'; end if;
  delete from posthorn.endpoint_secrets where endpoint_id = p_endpoint and expires_at <= posthorn.now();
  if p_overlap_seconds > 0 and (select count(*) from posthorn.endpoint_secrets where endpoint_id = p_endpoint) >= 10 then return 'tooMany'; end if;
  update posthorn.endpoints set revision = revision + 1, updated_at = posthorn.now() where id = p_endpoint;
  -- Older ones too: who rotates without an overlap means that nothing but the new secret signs from now on. (least() passes over null.)
  update posthorn.endpoint_secrets set expires_at = least(expires_at, posthorn.now() + p_overlap_seconds * interval '1 second') where endpoint_id = p_endpoint;
  insert into posthorn.endpoint_secrets (id, tenant_id, endpoint_id, kid, nonce, ciphertext)
    values (p_new.id, p_tenant, p_endpoint, p_new.kid, p_new.nonce, p_new.ciphertext);
  perform posthorn.about_endpoint('API.Webhook.SecretRotated', v_endpoint, jsonb_build_object('RotatedBy', p_actor, 'OverlapSeconds', p_overlap_seconds));
  return 'ok';
end $$;
--> statement-breakpoint

-- What a tenant has goes at once (endpoints take their secrets and subscriptions along); its history goes by the purge job, in pages, and
-- only up to now: the same id may be used again. The lock comes first, so that the deletes see what was being made meanwhile. Returns
-- whether there was such a tenant.
create function posthorn.delete_tenant(p_tenant text) returns boolean language plpgsql as $$
begin
  perform 1 from posthorn.tenants where id = p_tenant for update;
  if not found then return false; end if;
  delete from posthorn.api_keys where tenant_id = p_tenant;
  delete from posthorn.event_keys where tenant_id = p_tenant;
  delete from posthorn.tenants where id = p_tenant;
  perform graphile_worker.add_jobs(array[posthorn.job('purge_tenant',
    json_build_object('tenantId', p_tenant, 'before', posthorn.new_id()), 'purge_tenant:' || p_tenant)]);
  return true;
end $$;
--> statement-breakpoint

-- A page of a deleted tenant's history, up to the moment of deletion. Returns whether more is left.
create function posthorn.purge_tenant(p_tenant text, p_before uuid, p_page integer) returns boolean language plpgsql as $$
declare
  v_deliveries uuid[];
  v_events integer;
begin
  with gone as (
    delete from posthorn.deliveries where id in (select id from posthorn.deliveries where tenant_id = p_tenant and id < p_before order by id limit p_page) returning id
  ) select array_agg(id) into v_deliveries from gone;
  delete from posthorn.attempts where delivery_id = any (v_deliveries);
  delete from posthorn.events where id in (select id from posthorn.events where tenant_id = p_tenant and id < p_before order by id limit p_page);
  get diagnostics v_events = row_count;
  return coalesce(cardinality(v_deliveries), 0) = p_page or v_events = p_page;
end $$;
