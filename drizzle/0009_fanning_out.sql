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

-- Events that are to be fanned out, with the candidates of their next endpoints: every subscription that matches by name, in the order in
-- which they are asked. No row: it was fanned out already. Events of one tenant and type follow each other, and their candidates are
-- looked up once: null says that they are those of the row before.
create function posthorn.load_fan_out(p_events uuid[], p_page integer) returns table (
  id uuid, after uuid, tenant_id text, catalog text, type text, version text, validated boolean, verdict text, trace_id text, ordering_key text,
  body text, native text, cloudevent text, type_revision bigint, catalog_revision bigint, candidates json, last_endpoint uuid, endpoints integer
) language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_first constant uuid := (select x from unnest(p_events) x order by x limit 1);
  v_last constant uuid := (select x from unnest(p_events) x order by x desc limit 1);
  e posthorn.events;
  b posthorn.events;
  t posthorn.tenants;
  v_wants_cloudevent boolean;
begin
  -- The bounds prune to the partitions concerned before their indexes are opened.
  for e in select * from posthorn.events x where x.id = any (p_events) and x.id >= v_first and x.id <= v_last and x.fan_out_after is not null
    order by x.tenant_id, x.catalog, x.type, x.operational, x.fan_out_after, x.id loop
    if t.id is distinct from e.tenant_id then select * into t from posthorn.tenants x where x.id = e.tenant_id; end if;
    id := e.id; after := e.fan_out_after; tenant_id := e.tenant_id; catalog := e.catalog; type := e.type; version := e.version;
    validated := e.validated; verdict := e.verdict; trace_id := e.trace_id; ordering_key := e.ordering_key; body := e.body; native := e.native;
    if (b.tenant_id, b.catalog, b.type, b.operational, b.fan_out_after) is not distinct from (e.tenant_id, e.catalog, e.type, e.operational, e.fan_out_after) then
      candidates := null;
    else
      type_revision := (select x.revision from posthorn.event_types x where x.catalog = e.catalog and x.name = e.type);
      -- Null where there is nothing to look up: the catalog has no document.
      catalog_revision := case when e.catalog not in ('default', 'posthorn') then
        (select x.revision from posthorn.catalogs x where x.name = e.catalog and x.document is not null) end;
      -- The page is cut before anything else is looked up: of 10,000 endpoints each page cost 200 ms.
      with page as materialized (
        select k.endpoint_id, n.payload_format
        from (select distinct m.endpoint_id from posthorn.matching(e.tenant_id, t.prefix_lengths, e.catalog, e.type, e.operational, e.fan_out_after) m order by m.endpoint_id) k
        join posthorn.endpoints n on n.id = k.endpoint_id
        where n.lane_reason is distinct from 'disabled'
        order by k.endpoint_id limit p_page
      ), asked as (
        -- A subscription may match twice: by name and by prefix.
        select distinct g.endpoint_id, m.subscription_id, g.payload_format
        from page g cross join lateral posthorn.matching(e.tenant_id, t.prefix_lengths, e.catalog, e.type, e.operational, e.fan_out_after) m
        where m.endpoint_id = g.endpoint_id
      )
      select coalesce(json_agg(json_build_object('endpoint', a.endpoint_id, 'subscription', a.subscription_id, 'format', a.payload_format,
          'version', s.version, 'filter', s.filter, 'transform', s.transform) order by a.endpoint_id, a.subscription_id), '[]'),
          (array_agg(a.endpoint_id order by a.endpoint_id desc))[1], count(distinct a.endpoint_id),
          coalesce(catalog_revision is not null and bool_or(a.payload_format = 'cloudevents'), false)
        into candidates, last_endpoint, endpoints, v_wants_cloudevent
        from asked a join posthorn.subscriptions s on s.id = a.subscription_id;
    end if;
    cloudevent := case when v_wants_cloudevent then posthorn.formatted_body('cloudevents', e) end;
    b := e;
    return next;
  end loop;
end $$;
--> statement-breakpoint

create type posthorn.fan_out_page as (
  event uuid,
  -- The fence: the place from which the page was read. The nil UUID is the beginning.
  after uuid,
  -- Where the next page begins; null: this was the last one.
  next uuid,
  -- Looked at with the first page alone: {invalid?, preference?: {name, default, users}, throttle?: {max, windowSeconds, key}}.
  rules json,
  -- The envelope made for an event that came without it.
  native text,
  -- Found in it, where the publisher gave none.
  ordering_key text,
  -- Events that follow from this one, as accept_events takes them; with the first page alone. Their ordinals are different in all pages.
  derived json,
  -- {endpoint, subscription, format, body?, error?}; without a body the one of the format is made here.
  targets json,
  -- {subscription, message} of filters that failed.
  failures json
);
--> statement-breakpoint

-- Writes pages of events' deliveries, at most one page of an event. Returns the events whose page was written; of the others another was
-- faster. Throttles are taken in one order by everybody, those of types before those of subscriptions: so nobody waits in a circle.
create function posthorn.fan_out(p_pages json) returns setof uuid language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_nil constant uuid := '00000000-0000-0000-0000-000000000000';
  v_now constant timestamptz := posthorn.now();
  v_pages posthorn.fan_out_page[] := array(select p from json_populate_recordset(null::posthorn.fan_out_page, p_pages) p order by p.event);
  v_first constant uuid := v_pages[1].event;
  v_last constant uuid := v_pages[cardinality(v_pages)].event;
  v_written uuid[];
  v_judged uuid[] := '{}';
  v_verdicts text[] := '{}';
  v_derived json;
  v_jobs bigint;
  p record;
begin
  v_written := array(
    select e.id from unnest(v_pages) g join posthorn.events e on e.id = g.event and e.fan_out_after = g.after
    where e.id >= v_first and e.id <= v_last
    order by e.id for update of e);
  v_pages := array(select g from unnest(v_pages) g where g.event = any (v_written) order by g.event);
  for p in select e as event, g.rules, g.next is not null or json_array_length(g.targets) > 0 as has_targets
    from unnest(v_pages) g join posthorn.events e on e.id = g.event
    where g.rules is not null and g.after = v_nil and e.id >= v_first and e.id <= v_last
    order by e.tenant_id, e.catalog, e.type, g.rules -> 'throttle' ->> 'key', e.id loop
    v_judged := v_judged || (p.event).id;
    v_verdicts := v_verdicts || posthorn.judge(p.event, p.rules, p.has_targets);
  end loop;
  update posthorn.events e set fan_out_after = g.next, native = coalesce(e.native, g.native), ordering_key = coalesce(e.ordering_key, g.ordering_key),
    verdict = coalesce(e.verdict, v_verdicts[array_position(v_judged, e.id)])
    from unnest(v_pages) g where e.id = g.event and e.id >= v_first and e.id <= v_last;

  -- What follows from an event whose data is wrong would be wrong as well.
  select json_agg(d) into v_derived from unnest(v_pages) g cross join lateral json_array_elements(g.derived) d
    where g.after = v_nil and coalesce(v_verdicts[array_position(v_judged, g.event)] <> 'invalidEvent', true);
  if v_derived is not null then perform posthorn.accept_events(v_derived, false); end if;

  with asked as materialized (
    select e.id as event_id, e.tenant_id, e.type, e.operational, e.verdict, t.endpoint, t.subscription, t.format, t.body, t.error, n.lane = 'held' as held, s.throttle
    from unnest(v_pages) g
    join posthorn.events e on e.id = g.event
    cross join lateral json_to_recordset(g.targets) as t (endpoint uuid, subscription uuid, format text, body text, error text)
    join posthorn.endpoints n on n.id = t.endpoint and n.lane_reason is distinct from 'disabled'
    left join posthorn.subscriptions s on s.id = t.subscription
    where e.id >= v_first and e.id <= v_last
    order by t.subscription, e.id
  ), target as materialized (
    select a.*, case
      when a.verdict = 'invalidEvent' then array['failed', 'invalidEvent']
      when a.verdict is not null then array['skipped', a.verdict]
      when a.error is not null then array['failed', 'expressionFailed']
      when a.throttle is not null and not posthorn.take(a.tenant_id, 'subscription', a.subscription::text, (a.throttle ->> 'max')::integer,
        (a.throttle ->> 'windowSeconds')::integer) then array['skipped', 'throttled']
      when a.held then array['held'] else array['queued'] end as outcome
    from asked a
  ), made as (
    insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, reason, detail, due_at, body, payload_format, operational, created_at, updated_at)
    select posthorn.new_id(), t.tenant_id, t.endpoint, t.event_id, t.subscription, t.type, t.outcome[1], t.outcome[2],
      t.error, v_now,
      case when t.error is null then coalesce(t.body, case when t.format <> 'standard' then
        (select posthorn.formatted_body(t.format, e) from posthorn.events e where e.id = t.event_id and e.id >= v_first and e.id <= v_last) end) end,
      t.format, t.operational, v_now, v_now
    from target t order by t.event_id, t.endpoint
    returning id, status
  )
  select count(a.id) into v_jobs from (select array_agg(posthorn.deliver_job(id)) as specs from made where status = 'queued') j
    cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null;

  if exists (select 1 from unnest(v_pages) g where g.failures is not null) then
    update posthorn.subscriptions s set filter_failures = s.filter_failures + f.failures, last_filter_failure = f.message, last_filter_failed_at = v_now
      from (select f.subscription, count(*) as failures, (array_agg(f.message order by g.event desc))[1] as message
        from unnest(v_pages) g cross join lateral json_to_recordset(g.failures) as f (subscription uuid, message text)
        group by f.subscription order by f.subscription) f
      where s.id = f.subscription;
  end if;
  return query select unnest(v_written);
end $$;
--> statement-breakpoint

-- For events whose tenant's expressions are so slow that they would take the slots of everybody's jobs: another time, each in its own.
create function posthorn.postpone_fan_out(p_events uuid[], p_delays_ms integer[]) returns bigint language sql as $$
  select count(*) from graphile_worker.add_jobs(array(
    select posthorn.job('fan_out', json_build_object('id', x.event), 'fan_out:' || x.event::text, now() + x.delay_ms * interval '1 millisecond')
    from unnest(p_events, p_delays_ms) as x (event, delay_ms)))
$$;
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

-- As in 0003_delivery.sql, with `rebuild`: the delivery's body is to be made again, because its transform, its version or its event's data was wrong. Its `detail`
-- says so for as long as there is no body, whatever the delivery has come to meanwhile: the event's own body must not be sent instead.
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
      d.status = 'queued' and d.detail is not null
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
  tenant_id text, catalog text, type text, version text, trace_id text, ordering_key text, body text, native text, cloudevent text, type_revision bigint, catalog_revision bigint,
  candidates json
) language sql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
  select e.tenant_id, e.catalog, e.type, e.version, e.trace_id, e.ordering_key, e.body, e.native, case when n.payload_format = 'cloudevents' then posthorn.formatted_body('cloudevents', e) end,
    t.revision, c.revision,
    case when s.id is null then '[]'::json else json_build_array(json_build_object('endpoint', d.endpoint_id, 'subscription', s.id, 'format', n.payload_format,
      'version', s.version, 'filter', null, 'transform', s.transform)) end
  from posthorn.deliveries d join posthorn.events e on e.id = d.event_id join posthorn.endpoints n on n.id = d.endpoint_id
  left join posthorn.subscriptions s on s.id = d.subscription_id
  left join posthorn.event_types t on t.catalog = e.catalog and t.name = e.type
  left join posthorn.catalogs c on c.name = e.catalog and c.document is not null
  where d.id = p_delivery
$$;
--> statement-breakpoint

-- The body that was made again (null: the one of the format), or why it could not be. Only where the delivery still waits for it.
create function posthorn.rebuild(p_delivery uuid, p_format text, p_body text, p_error text) returns boolean language plpgsql as $$
begin
  update posthorn.deliveries d set
    body = case when p_error is null then coalesce(p_body, case when p_format <> 'standard' then
      (select posthorn.formatted_body(p_format, e) from posthorn.events e where e.id = d.event_id) end) end,
    payload_format = p_format, detail = p_error, updated_at = posthorn.now(),
    status = case when p_error is null then d.status else 'failed' end,
    reason = case when p_error is null then null else 'expressionFailed' end
    where d.id = p_delivery and d.status = 'queued' and d.detail is not null;
  return found;
end $$;
