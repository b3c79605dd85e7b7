-- Fanning out event by event: the deliverer reads an event with its candidates, decides (filters, transforms, versions, rules), and writes a
-- page of deliveries in one statement.

drop function posthorn.fan_out(uuid, boolean, integer);
--> statement-breakpoint
drop function posthorn.targets(text, text, boolean, uuid, integer);
--> statement-breakpoint
drop function posthorn.matches(text[], text[], text, boolean);
--> statement-breakpoint
drop function posthorn.matches_operational(text[], text);
--> statement-breakpoint

-- An event that is to be fanned out, with the candidates of its next endpoints: every subscription that matches by name, in the order in which
-- they are asked. No row: it was fanned out already.
create function posthorn.load_fan_out(p_event uuid, p_page integer) returns table (
  after uuid, tenant_id text, public_id text, catalog text, type text, version text, accepted_at timestamptz, operational boolean, validated boolean,
  body text, data_start integer, native text, trace_id text, verdict text, type_revision bigint, catalog_revision bigint,
  occurred_at timestamptz, source text, user_id text, correlation_id text, metadata text, candidates json, last_endpoint uuid, endpoints integer
) language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  e posthorn.events;
  t posthorn.tenants;
begin
  select * into e from posthorn.events x where x.id = p_event and x.fan_out_after is not null;
  if not found then return; end if;
  select * into t from posthorn.tenants x where x.id = e.tenant_id;
  after := e.fan_out_after; tenant_id := e.tenant_id; public_id := coalesce(e.external_id, posthorn.type_id('evt', e.id)); catalog := e.catalog; type := e.type;
  version := e.version; accepted_at := e.accepted_at; operational := e.operational; validated := e.validated; body := e.body; data_start := e.data_start;
  native := e.native; trace_id := e.trace_id; verdict := e.verdict; occurred_at := e.occurred_at; source := e.source; user_id := e.user_id;
  correlation_id := e.correlation_id; metadata := e.metadata;
  type_revision := (select x.revision from posthorn.event_types x where x.catalog = e.catalog and x.name = e.type);
  catalog_revision := (select x.revision from posthorn.catalogs x where x.name = e.catalog);
  with matched as materialized (
    select m.endpoint_id, m.subscription_id, n.payload_format
    from posthorn.matching(e.tenant_id, t.prefix_lengths, e.catalog, e.type, e.operational, e.fan_out_after) m join posthorn.endpoints n on n.id = m.endpoint_id
    where n.lane_reason is distinct from 'disabled'
  ), page as (
    select m.endpoint_id from matched m group by m.endpoint_id order by m.endpoint_id limit p_page
  ), asked as (
    -- A subscription may match twice: by name and by prefix.
    select distinct m.endpoint_id, m.subscription_id, m.payload_format from page join matched m on m.endpoint_id = page.endpoint_id
  )
  select coalesce(json_agg(json_build_object('endpoint', a.endpoint_id, 'subscription', a.subscription_id, 'format', a.payload_format,
      'version', s.version, 'filter', s.filter, 'transform', s.transform) order by a.endpoint_id, a.subscription_id), '[]'),
      (array_agg(a.endpoint_id order by a.endpoint_id desc))[1], count(distinct a.endpoint_id)
    into candidates, last_endpoint, endpoints
    from asked a join posthorn.subscriptions s on s.id = a.subscription_id;
  return next;
end $$;
--> statement-breakpoint

-- Writes one page of an event's deliveries. `p_after` is the fence: the place from which the page was read. `p_next` is where the next page
-- begins; null: this was the last one. `p_targets`: {endpoint, subscription, format, body?, error?}; without a body the one of the format is made
-- here. `p_rules`, looked at with the first page alone: {invalid?, preference?: {name, default, users}, throttle?: {max, windowSeconds, key}}.
-- `p_native`: the envelope made for an event that came without it. `p_derived`: events that follow from this one, as accept_events takes them.
-- `p_failures`: {subscription, message} of filters that failed. Returns false when another was faster.
create function posthorn.fan_out(p_event uuid, p_after uuid, p_next uuid, p_targets json, p_rules json, p_native text, p_derived json, p_failures json)
returns boolean language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_nil constant uuid := '00000000-0000-0000-0000-000000000000';
  v_now constant timestamptz := posthorn.now();
  v_event posthorn.events;
  v_jobs bigint;
begin
  select * into v_event from posthorn.events where id = p_event and fan_out_after = p_after for update;
  if not found then return false; end if;
  v_event.native := coalesce(v_event.native, p_native);
  if p_after = v_nil then
    v_event.verdict := posthorn.judge(v_event, p_rules, p_next is not null or json_array_length(p_targets) > 0);
    if p_derived is not null and v_event.verdict is distinct from 'invalidEvent' then perform posthorn.accept_events(p_derived, true); end if;
  end if;
  with target as materialized (
    select t.endpoint, t.subscription, t.format, t.body, t.error, n.lane = 'held' as held, s.throttle
    from json_to_recordset(p_targets) as t (endpoint uuid, subscription uuid, format text, body text, error text)
    join posthorn.endpoints n on n.id = t.endpoint and n.lane_reason is distinct from 'disabled'
    left join posthorn.subscriptions s on s.id = t.subscription
    -- The order in which throttles are locked.
    order by t.endpoint
  ), made as (
    insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, reason, detail, due_at, body, payload_format, operational, created_at, updated_at)
    select posthorn.new_id(), v_event.tenant_id, t.endpoint, v_event.id, t.subscription, v_event.type, o.outcome[1], o.outcome[2], t.error, v_now,
      case when t.error is null then coalesce(t.body, case when t.format <> 'standard' then posthorn.formatted_body(t.format, v_event) end) end,
      t.format, v_event.operational, v_now, v_now
    from target t cross join lateral (select case
        when v_event.verdict = 'invalidEvent' then array['failed', 'invalidEvent']
        when v_event.verdict is not null then array['skipped', v_event.verdict]
        when t.error is not null then array['failed', 'expressionFailed']
        when t.throttle is not null and not posthorn.take(v_event.tenant_id, 'subscription', t.subscription::text, (t.throttle ->> 'max')::integer,
          (t.throttle ->> 'windowSeconds')::integer) then array['skipped', 'throttled']
        when t.held then array['held'] else array['queued'] end as outcome) o
    returning id, status
  ), noted as (
    update posthorn.subscriptions s set filter_failures = s.filter_failures + 1, last_filter_failure = f.message, last_filter_failed_at = v_now
    from json_to_recordset(p_failures) as f (subscription uuid, message text) where s.id = f.subscription
  )
  select count(a.id) into v_jobs from (select array_agg(posthorn.deliver_job(id)) as specs from made where status = 'queued') j
    cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null;
  update posthorn.events set fan_out_after = p_next, verdict = v_event.verdict, native = v_event.native where id = p_event;
  return true;
end $$;
--> statement-breakpoint

-- Whether an event is to be sent at all: null, or why not.
create function posthorn.judge(e posthorn.events, p_rules json, p_has_targets boolean) returns text language plpgsql as $$
declare
  v_preference constant json := p_rules -> 'preference';
  v_throttle constant json := p_rules -> 'throttle';
begin
  if (p_rules ->> 'invalid')::boolean then return 'invalidEvent'; end if;
  -- Switched off by everybody whom it concerns.
  if v_preference is not null and json_array_length(v_preference -> 'users') > 0 and not exists (
    select 1 from json_array_elements_text(v_preference -> 'users') u
    left join posthorn.preferences p on p.tenant_id = e.tenant_id and p.catalog = e.catalog and p.user_id = u and p.name = v_preference ->> 'name'
    where coalesce(p.enabled, v_preference ->> 'default' = 'enabled')) then
    return 'preference';
  end if;
  -- What nobody gets is not counted.
  if v_throttle is not null and p_has_targets and not posthorn.take(e.tenant_id, e.catalog || ' ' || e.type, v_throttle ->> 'key',
      (v_throttle ->> 'max')::integer, (v_throttle ->> 'windowSeconds')::integer) then
    return 'throttled';
  end if;
  return null;
end $$;
--> statement-breakpoint

-- As in 0003_delivery.sql, with `rebuild`: the delivery's body is to be made again, because its transform or version had failed.
drop function posthorn.load_deliveries(uuid[]);
--> statement-breakpoint
create function posthorn.load_deliveries(p_ids uuid[]) returns table (
  id uuid, tenant_id text, endpoint_id uuid, status text, attempts integer, step integer, operational boolean, payload_format text, body text,
  event_id uuid, external_id text, trace_id text, revision bigint, lane text, notify boolean, now_ms double precision, rebuild boolean
) language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_first constant uuid := (select x from unnest(p_ids) x order by x limit 1);
  v_last constant uuid := (select x from unnest(p_ids) x order by x desc limit 1);
  v_events uuid[] := (select array_agg(d.event_id order by d.event_id) from posthorn.deliveries d where d.id = any (p_ids) and d.id >= v_first and d.id <= v_last);
begin
  return query
    select d.id, d.tenant_id, d.endpoint_id, d.status, d.attempts, d.step, d.operational, d.payload_format, coalesce(d.body, e.body),
      e.id, e.external_id, e.trace_id, n.revision, n.lane, not d.operational and t.operational <> '{}', extract(epoch from posthorn.now())::double precision * 1000,
      d.status = 'queued' and d.reason is not distinct from 'expressionFailed'
    from posthorn.deliveries d
    join posthorn.events e on e.id = d.event_id
    left join posthorn.endpoints n on n.id = d.endpoint_id
    left join posthorn.tenants t on t.id = d.tenant_id
    -- The bounds prune to the partitions concerned before the first index is opened: 270 us a delivery without, 14 with them. The events'
    -- are read first for the same reason: a join alone opens every partition at every call, which is most of the cost of a small one.
    where d.id = any (p_ids) and d.id >= v_first and d.id <= v_last
      and e.id >= v_events[1] and e.id <= v_events[cardinality(v_events)];
end $$;
--> statement-breakpoint

-- What a redelivery needs to make the body again: the event as load_fan_out gives it, with this delivery's subscription as the only candidate.
-- No candidate: the subscription is gone.
create function posthorn.load_rebuild(p_delivery uuid) returns table (
  public_id text, catalog text, type text, version text, body text, data_start integer, native text, type_revision bigint, catalog_revision bigint, candidates json
) language sql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
  select coalesce(e.external_id, posthorn.type_id('evt', e.id)), e.catalog, e.type, e.version, e.body, e.data_start, e.native, t.revision, c.revision,
    case when s.id is null then '[]'::json else json_build_array(json_build_object('endpoint', d.endpoint_id, 'subscription', s.id, 'format', n.payload_format,
      'version', s.version, 'filter', null, 'transform', s.transform)) end
  from posthorn.deliveries d join posthorn.events e on e.id = d.event_id join posthorn.endpoints n on n.id = d.endpoint_id
  left join posthorn.subscriptions s on s.id = d.subscription_id
  left join posthorn.event_types t on t.catalog = e.catalog and t.name = e.type
  left join posthorn.catalogs c on c.name = e.catalog
  where d.id = p_delivery
$$;
--> statement-breakpoint

-- The body that was made again, or why it could not be. Only where the delivery still waits for it.
create function posthorn.rebuild(p_delivery uuid, p_format text, p_body text, p_error text) returns boolean language plpgsql as $$
begin
  update posthorn.deliveries set body = p_body, payload_format = p_format, detail = p_error, updated_at = posthorn.now(),
    status = case when p_error is null then status else 'failed' end,
    reason = case when p_error is null then null else reason end
    where id = p_delivery and status = 'queued' and reason = 'expressionFailed';
  return found;
end $$;
--> statement-breakpoint

-- As in 0004_people.sql, but that a delivery whose expression failed keeps its reason, so that its body is made again.
create or replace function posthorn.redeliver(p_tenant text, p_delivery uuid) returns text language plpgsql as $$
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
  update posthorn.deliveries set status = v_next, reason = case when reason = 'expressionFailed' then reason end, detail = null, step = 0,
    due_at = posthorn.now(), updated_at = posthorn.now()
    where id = p_delivery and status = v_delivery.status;
  if v_next = 'queued' then perform graphile_worker.add_jobs(array[posthorn.deliver_job(p_delivery)]); end if;
  return v_next;
end $$;
