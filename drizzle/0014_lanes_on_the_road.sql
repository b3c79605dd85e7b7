-- Lanes and order on the road of an event: what is written anew here stands in the earlier files as it was before.
--> statement-breakpoint

alter type posthorn.outcome_input
  -- Deliveries of its endpoint that the deliverer has room for now.
  add attribute room integer,
  -- What the receiver asked for with Retry-After, in milliseconds.
  add attribute wait_ms bigint;
--> statement-breakpoint

create function posthorn.keep_order() returns trigger language plpgsql as $$
declare
  v_endpoint constant uuid := coalesce(new.endpoint_id, old.endpoint_id);
begin
  if new.ordering is null and old.ordering is null then return null; end if;
  -- The lock first: the statement behind it then sees what a change at the same time has committed. No row: the endpoint is being deleted.
  perform 1 from posthorn.endpoints where id = v_endpoint for no key update;
  if not found then return null; end if;
  update posthorn.endpoints n set ordered = e.found
    from (select exists (select 1 from posthorn.subscriptions s where s.endpoint_id = v_endpoint and s.ordering is not null) as found) e
    where n.id = v_endpoint and n.ordered <> e.found;
  -- What it blocked goes on.
  if old.ordering = 'block' and new.ordering is distinct from 'block' then
    -- Who has one of them locked redelivers or cancels it, and may want the endpoint's row next.
    update posthorn.deliveries d set blocks = false where d.id = any (array(
      select x.id from posthorn.deliveries x where x.endpoint_id = v_endpoint and x.blocks and x.ordering_key is not null and x.subscription_id = old.id for update skip locked));
    if found then perform posthorn.wake_lane(v_endpoint); end if;
  end if;
  return null;
end $$;
--> statement-breakpoint

create trigger keep_order after insert or delete or update of ordering on posthorn.subscriptions
  for each row execute function posthorn.keep_order();
--> statement-breakpoint

drop function posthorn.targets(text, integer[], text, text, boolean, integer);
--> statement-breakpoint

-- One event's endpoints in order of their ids, at most `page` of them, where nothing about the subscriptions is evaluated.
create function posthorn.targets(p_tenant text, p_lengths integer[], p_catalog text, p_type text, p_operational boolean, page integer)
returns table (endpoint_id uuid, subscription_id uuid, held boolean, payload_format text, ordered boolean) language sql stable parallel safe as $$
  select m.endpoint_id, m.subscription_id, n.lane = 'held', n.payload_format, n.ordered
  -- Each endpoint once before it is looked up: four times as fast where a hundred subscriptions of each match.
  from (
    select distinct on (p.endpoint_id) p.endpoint_id, p.subscription_id
    from posthorn.matching(p_tenant, p_lengths, p_catalog, p_type, p_operational, '00000000-0000-0000-0000-000000000000'::uuid) p
    order by p.endpoint_id, p.subscription_id
  ) m join posthorn.endpoints n on n.id = m.endpoint_id
  where n.lane_reason is distinct from 'disabled'
  order by m.endpoint_id
  limit page
$$;
--> statement-breakpoint

-- Accepts events: idempotency, tenants, events, and their deliveries with jobs, or a fan_out job. The job where an event must be looked at by
-- itself: its type has rules, or its tenant's subscriptions have filters, transforms, versions or throttles; and where there are many endpoints.
-- An ordering key as well, unless the caller is the API: whoever publishes in his own transaction would keep the key's lock until he commits,
-- and keep everybody's outcomes waiting behind it.
-- `validated`: the caller has checked `data` against the type's schema at `type_revision`, and gives the native document where the type's
-- catalog has an envelope. Where it has not, the job does both before anything is sent. Results: accepted, replayed, idConflict and keyConflict (same id or key, other body), unknownType, stale (the type
-- changed since it was validated: validate again).
create or replace function posthorn.accept_events(items json, validated boolean) returns setof posthorn.event_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- Plans are made once a session, when a new partition has no statistics yet: without these a hash join over what was an empty
-- table is kept while the table grows.
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off
as $$
declare
  v_now constant timestamptz := posthorn.now();
  -- An id that the caller made is taken while its clock is near ours: a far one would fall outside of today's partitions.
  v_first constant uuid := posthorn.id_at(v_now - interval '12 hours');
  v_last constant uuid := posthorn.id_at(v_now + interval '12 hours');
  v_items posthorn.event_input[];
  v_results posthorn.event_result[] := '{}';
  v_done integer[] := '{}';
  v_keys integer;
  v_new_keys integer;
  -- Of the deliveries made that keep an order.
  v_endpoints uuid[];
  v_ordering_keys text[];
begin
  select array_agg(row(i.ordinal, case when i.event_id between v_first and v_last then i.event_id else posthorn.new_id() end,
      case when i.event_id between v_first and v_last then i.type_id end, i.external_id, i.keys, i.tenant_id, coalesce(i.catalog, 'default'), i.type, i.type_revision,
      i.version, coalesce(i.version_assumed, false), i.occurred_at, i.source, i.user_id, i.correlation_id, i.trace_id, i.ordering_key, i.metadata, i.data, coalesce(i.operational, false), i.native)::posthorn.event_input)
    into v_items
    from json_populate_recordset(null::posthorn.event_input, items) i;
  if v_items is null then return; end if;

  select array_agg(row(i.ordinal, case when t.name is null then 'unknownType' else 'stale' end, null, null)::posthorn.event_result), array_agg(i.ordinal)
    into v_results, v_done
    from unnest(v_items) i left join posthorn.event_types t on t.catalog = i.catalog and t.name = i.type
    where t.name is null or (i.type_revision is not null and i.type_revision <> t.revision);
  v_done := coalesce(v_done, '{}');

  select sum(cardinality(i.keys)) into v_keys from unnest(v_items) i where i.ordinal <> all (v_done);
  if v_keys > 0 then
    -- In key order, so that two batches with the same keys wait for each other instead of deadlocking. Whoever comes second waits here
    -- until the first has committed, and the next statement then sees its row. A key older than 24 hours is taken over.
    with taken as (
      insert into posthorn.event_keys as k (tenant_id, key, event_id, fingerprint, created_at)
      select distinct on (i.tenant_id, key) i.tenant_id, key, i.event_id, posthorn.fingerprint(i), v_now
      from unnest(v_items) i cross join unnest(i.keys) key
      where i.ordinal <> all (v_done)
      order by i.tenant_id, key, i.ordinal
      on conflict (tenant_id, key) do update set event_id = excluded.event_id, fingerprint = excluded.fingerprint, created_at = excluded.created_at
        where k.created_at < v_now - interval '24 hours'
      returning 1
    )
    select count(*) into v_new_keys from taken;
  end if;
  if v_new_keys < v_keys then
    with taken as (
      select i.ordinal, i.event_id, i.external_id, k.event_id as first_id, k.created_at, key.key, k.fingerprint = posthorn.fingerprint(i) as same,
        row_number() over (partition by i.ordinal order by k.fingerprint = posthorn.fingerprint(i)) as nth
      from unnest(v_items) i cross join unnest(i.keys) key
      join posthorn.event_keys k on k.tenant_id = i.tenant_id and k.key = key.key
      where i.ordinal <> all (v_done) and k.event_id <> i.event_id
    ), unused as (
      -- The other key of an event that turned out to be known.
      delete from posthorn.event_keys k
      using (select i.tenant_id, key, i.event_id from unnest(v_items) i cross join unnest(i.keys) key) mine, taken
      where k.tenant_id = mine.tenant_id and k.key = mine.key and k.event_id = mine.event_id and mine.event_id = taken.event_id
    )
    select v_results || array_agg(row(ordinal, case when same then 'replayed' when starts_with(key, 'id:') then 'idConflict' else 'keyConflict' end,
        coalesce(external_id, posthorn.type_id('evt', first_id)), created_at)::posthorn.event_result),
      v_done || array_agg(ordinal)
      into v_results, v_done
      from taken where nth = 1;
    v_done := coalesce(v_done, '{}');
  end if;

  with input as materialized (
    select i, i.ordinal, i.event_id, i.tenant_id, i.external_id, coalesce(i.external_id, i.type_id, posthorn.type_id('evt', i.event_id)) as public_id,
      coalesce(i.occurred_at, v_now) as occurred_at, tn.id is null as is_new_tenant,
      (validated or not (t.has_schema or t.enveloped)) and not t.ruled and not coalesce(tn.evaluated, false) and coalesce(tn.endpoint_count, 0) <= 100
        and (validated or i.ordering_key is null or not exists (select from posthorn.endpoints n where n.tenant_id = i.tenant_id and n.ordered)) as inline
    from unnest(v_items) i
    join posthorn.event_types t on t.catalog = i.catalog and t.name = i.type
    left join posthorn.tenants tn on tn.id = i.tenant_id
    where i.ordinal <> all (v_done)
  ), new_tenants as (
    insert into posthorn.tenants (id, created_at, updated_at) select distinct tenant_id, v_now, v_now from input where is_new_tenant
    -- In order, for the same reason as the keys.
    order by tenant_id
    on conflict do nothing
  ), headed as materialized (
    select *, posthorn.standard_head(public_id, i, occurred_at) as head from input
  ), stored as (
    insert into posthorn.events (id, tenant_id, external_id, catalog, type, version, occurred_at, accepted_at, source, user_id, correlation_id,
      trace_id, ordering_key, metadata, body, data_start, operational, fan_out_after, native, validated)
    select event_id, tenant_id, external_id, (i).catalog, (i).type, (i).version, occurred_at, v_now, (i).source, (i).user_id, (i).correlation_id,
      (i).trace_id, (i).ordering_key, (i).metadata, head || (i).data || '}', length(head) + 1, (i).operational,
      case when inline then null else '00000000-0000-0000-0000-000000000000'::uuid end, (i).native, validated
    from headed
    returning *
  ), made as (
    insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, due_at, body, payload_format, operational,
      created_at, updated_at, ordering_key, ordered_at)
    select posthorn.new_id(), s.tenant_id, t.endpoint_id, s.id, t.subscription_id, s.type, case when t.held or o.key is not null then 'held' else 'queued' end, v_now,
      case when t.payload_format <> 'standard' then posthorn.formatted_body(t.payload_format, s) end, t.payload_format, s.operational, v_now, v_now,
      o.key, case when o.key is not null then v_now end
    from stored s join posthorn.tenants n on n.id = s.tenant_id
    cross join lateral posthorn.targets(s.tenant_id, n.prefix_lengths, s.catalog, s.type, s.operational, 100) t
    cross join lateral (select case when t.ordered and s.ordering_key is not null then
      (select s.ordering_key from posthorn.subscriptions x where x.id = t.subscription_id and x.ordering is not null) end as key) o
    where s.fan_out_after is null
    returning id, status, endpoint_id, ordering_key
  ), jobs as (
    select posthorn.deliver_job(id) as job from made where status = 'queued'
    union all
    select posthorn.job('fan_out', json_build_object('id', id), 'fan_out:' || id::text) from stored where fan_out_after is not null
  ), woken as (
    select count(a.id) as jobs from (select array_agg(job) as specs from jobs) j cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
  )
  select v_results || array_agg(row(ordinal, 'accepted', public_id, v_now)::posthorn.event_result),
      (select array_agg(endpoint_id) from made where ordering_key is not null), (select array_agg(ordering_key) from made where ordering_key is not null)
    into v_results, v_endpoints, v_ordering_keys
    from input, woken;
  if v_ordering_keys is not null then perform posthorn.admit_keys(v_endpoints, v_ordering_keys, false, null); end if;

  return query select * from unnest(v_results) r order by r.ordinal;
end $$;
--> statement-breakpoint

-- After pages of fan_out: the keys of the deliveries made, and those that waited for one of these events to be fanned out.
create function posthorn.admit_followers(p_pages posthorn.fan_out_page[], p_first uuid, p_last uuid, p_endpoints uuid[], p_keys text[]) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_endpoints uuid[];
  v_keys text[];
  v_unknown uuid[];
begin
  select array_agg(n.id) filter (where e.ordering_key is not null), array_agg(e.ordering_key) filter (where e.ordering_key is not null),
      array_agg(distinct n.id) filter (where e.ordering_key is null)
    into v_endpoints, v_keys, v_unknown
    from unnest(p_pages) g join posthorn.events e on e.id = g.event and e.id >= p_first and e.id <= p_last
    join posthorn.endpoints n on n.tenant_id = e.tenant_id and n.ordered
    where g.next is null and (e.ordering_key is not null or posthorn.key_unknown(e))
      and exists (select 1 from posthorn.deliveries d where d.endpoint_id = n.id and d.status = 'held' and d.ordering_key is not null
        and (e.ordering_key is null or d.ordering_key = e.ordering_key));
  -- Its key might have been any: whatever waits is looked at. By a job: this transaction has no lock on the lanes, and takes those of keys.
  perform graphile_worker.add_jobs(array(select posthorn.job('release', json_build_object('id', n), 'release:' || n::text) from unnest(v_unknown) n order by n));
  perform posthorn.admit_keys(p_endpoints || v_endpoints, p_keys || v_keys, false, null);
end $$;
--> statement-breakpoint

-- Writes pages of events' deliveries, at most one page of an event. Returns the events whose page was written; of the others another was
-- faster. Throttles are taken in one order by everybody, those of types before those of subscriptions: so nobody waits in a circle.
create or replace function posthorn.fan_out(p_pages json) returns setof uuid language plpgsql
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
  v_endpoints uuid[];
  v_keys text[];
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
    select e.id as event_id, e.tenant_id, e.type, e.operational, e.verdict, t.endpoint, t.subscription, t.format, t.body, t.error, n.lane = 'held' as held, s.throttle,
      s.ordering, case when s.ordering is not null then e.ordering_key end as key, e.accepted_at
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
      when a.held or a.key is not null then array['held'] else array['queued'] end as outcome
    from asked a
  ), made as (
    insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, reason, detail, due_at, body, payload_format, operational, created_at, updated_at,
      ordering_key, ordered_at, blocks)
    select posthorn.new_id(), t.tenant_id, t.endpoint, t.event_id, t.subscription, t.type, t.outcome[1], t.outcome[2],
      t.error, v_now,
      case when t.error is null then coalesce(t.body, case when t.format <> 'standard' then
        (select posthorn.formatted_body(t.format, e) from posthorn.events e where e.id = t.event_id and e.id >= v_first and e.id <= v_last) end) end,
      t.format, t.operational, v_now, v_now,
      t.key, case when t.key is not null then t.accepted_at end, t.key is not null and t.outcome[1] = 'failed' and t.ordering = 'block'
    from target t order by t.event_id, t.endpoint
    returning id, status, endpoint_id, ordering_key
  )
  select count(a.id), (select array_agg(endpoint_id) from made where ordering_key is not null), (select array_agg(ordering_key) from made where ordering_key is not null)
    into v_jobs, v_endpoints, v_keys from (select array_agg(posthorn.deliver_job(id)) as specs from made where status = 'queued') j
    cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null;

  perform posthorn.admit_followers(v_pages, v_first, v_last, v_endpoints, v_keys);

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

drop function posthorn.load_deliveries(uuid[]);
--> statement-breakpoint

-- As in 0009_fanning_out.sql; `lane` says whether this delivery may go: an admitted one goes though the gateway holds its lane.
create function posthorn.load_deliveries(p_ids uuid[]) returns table (
  id uuid, tenant_id text, endpoint_id uuid, status text, attempts integer, step integer, operational boolean, payload_format text, body text,
  event_id uuid, external_id text, trace_id text, revision bigint, lane text, notify boolean, now_ms double precision, rebuild boolean,
  admitted boolean, due_ms double precision
) language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_first constant uuid := (select x from unnest(p_ids) x order by x limit 1);
  v_last constant uuid := (select x from unnest(p_ids) x order by x desc limit 1);
  v_events uuid[] := (select array_agg(d.event_id order by d.event_id) from posthorn.deliveries d where d.id = any (p_ids) and d.id >= v_first and d.id <= v_last);
begin
  return query
    select d.id, d.tenant_id, d.endpoint_id, d.status, d.attempts, d.step, d.operational, d.payload_format, coalesce(d.body, e.body),
      e.id, e.external_id, e.trace_id, n.revision,
      case when d.admitted and n.mode = 'push' and n.lane_reason in ('failing', 'slow', 'throttled') then 'open' else n.lane end, not d.operational and t.operational <> '{}', extract(epoch from posthorn.now())::double precision * 1000,
      d.status = 'queued' and d.detail is not null, d.admitted, extract(epoch from d.due_at)::double precision * 1000
    from posthorn.deliveries d
    -- Each event is looked up by its id, whatever the planner knows: one old delivery among new ones (a probe) makes the bounds below a hundred
    -- thousand events wide, which were read and kept for each of them, for five seconds.
    cross join lateral (select x.id, x.external_id, x.trace_id, x.body from posthorn.events x
      where x.id = d.event_id and x.id >= v_events[1] and x.id <= v_events[cardinality(v_events)] offset 0) e
    left join posthorn.endpoints n on n.id = d.endpoint_id
    left join posthorn.tenants t on t.id = d.tenant_id
    -- The bounds prune to the partitions concerned before the first index is opened: 270 us a delivery without, 14 with them. The events'
    -- are read first for the same reason: a join alone opens every partition at every call, which is most of the cost of a small one.
    where d.id = any (p_ids) and d.id >= v_first and d.id <= v_last;
end $$;
--> statement-breakpoint

-- The body that was made again (null: the one of the format), or why it could not be. Only where the delivery still waits for it.
create or replace function posthorn.rebuild(p_delivery uuid, p_format text, p_body text, p_error text) returns boolean language plpgsql as $$
declare
  v_endpoint uuid;
  v_key text;
begin
  update posthorn.deliveries d set
    body = case when p_error is null then coalesce(p_body, case when p_format <> 'standard' then
      (select posthorn.formatted_body(p_format, e) from posthorn.events e where e.id = d.event_id) end) end,
    payload_format = p_format, detail = p_error, updated_at = posthorn.now(),
    status = case when p_error is null then d.status else 'failed' end,
    reason = case when p_error is null then null else 'expressionFailed' end,
    admitted = d.admitted and p_error is null,
    blocks = p_error is not null and d.ordering_key is not null and exists (select 1 from posthorn.subscriptions s where s.id = d.subscription_id and s.ordering = 'block')
    where d.id = p_delivery and d.status = 'queued' and d.detail is not null
    returning d.endpoint_id, d.ordering_key into v_endpoint, v_key;
  if not found then return false; end if;
  if p_error is not null and v_key is not null then perform posthorn.admit_keys(array[v_endpoint], array[v_key], false, null); end if;
  return true;
end $$;
--> statement-breakpoint

-- Writes many outcomes. The fence: only where the delivery is still queued at the attempt number that was sent, so that a process which
-- stalled and wakes cannot overwrite a newer state. An attempt on a delivery that was canceled meanwhile is recorded, and changes nothing else.
-- Returns the deliveries that were written; what is missing was fenced off.
create or replace function posthorn.record_outcomes(outcomes json) returns setof uuid language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_items posthorn.outcome_input[];
  v_first uuid;
  v_last uuid;
  v_written uuid[];
  v_health posthorn.health_input[];
  v_endpoints uuid[];
  v_keys text[];
begin
  select array_agg(o order by o.delivery_id) into v_items from json_populate_recordset(null::posthorn.outcome_input, outcomes) o;
  v_first := v_items[1].delivery_id;
  v_last := v_items[cardinality(v_items)].delivery_id;
  with input as materialized (select * from unnest(v_items)), written as (
    update posthorn.deliveries d set
      attempts = d.attempts + 1,
      status = case when d.status = 'canceled' then d.status else i.next end,
      reason = case when d.status = 'canceled' then d.reason when i.next = 'failed' then coalesce(i.failure, d.reason) when i.next = 'delivered' then null else d.reason end,
      step = i.step,
      due_at = case when i.next = 'scheduled' then v_now + i.retry_ms * interval '1 millisecond' else d.due_at end,
      admitted = false,
      blocks = d.status <> 'canceled' and i.next = 'failed' and d.ordering_key is not null
        and exists (select 1 from posthorn.subscriptions s where s.id = d.subscription_id and s.ordering = 'block'),
      updated_at = v_now
    from input i
    where d.id = i.delivery_id and d.status in ('queued', 'canceled') and d.attempts = i.attempts and d.id >= v_first and d.id <= v_last
    returning d.id, d.tenant_id, d.endpoint_id, d.attempts, d.ordering_key, d.operational, i
  ), logged as (
    insert into posthorn.attempts (id, tenant_id, endpoint_id, delivery_id, number, started_at, duration_ms, outcome, failure, http_status, error, response_body, address)
    select posthorn.new_id(), w.tenant_id, w.endpoint_id, w.id, w.attempts, v_now - (w.i).age_ms * interval '1 millisecond', (w.i).duration_ms, (w.i).outcome, (w.i).failure,
      (w.i).http_status, (w.i).error, (w.i).response_body, (w.i).address
    from written w
  ), health as (
    select endpoint_id, count(*) filter (where (i).outcome = 'succeeded') as succeeded,
      count(*) filter (where (i).outcome = 'failed' and (i).failure <> 'interrupted' and (i).http_status is distinct from 429) as failed,
      count(*) filter (where (i).http_status = 429) as refused, count(*) filter (where (i).http_status in (502, 503, 504)) as busy,
      max((i).wait_ms) as wait_ms, coalesce(min((i).room), 100) as room, bool_and(operational) as quiet,
      array_agg((i).age_ms) filter (where (i).outcome = 'failed' and (i).failure <> 'interrupted') as ages_ms
    from written group by endpoint_id
  )
  select array_agg(id), array_agg(endpoint_id) filter (where ordering_key is not null), array_agg(ordering_key) filter (where ordering_key is not null),
      (select array_agg(row(h.endpoint_id, h.succeeded, h.failed, h.refused, h.busy, h.wait_ms, h.room, h.quiet, h.ages_ms)::posthorn.health_input order by h.endpoint_id) from health h)
    into v_written, v_endpoints, v_keys, v_health
    from written;
  -- Most batches are of healthy endpoints, and end here.
  v_health := array(select h from unnest(v_health) h where h.failed + h.refused > 0 or exists (select 1 from posthorn.lanes l where l.endpoint_id = h.endpoint_id) order by h.endpoint_id);
  if v_health <> '{}' then perform posthorn.note_health(v_health); end if;
  if v_keys is not null then perform posthorn.admit_keys(v_endpoints, v_keys, false, null); end if;
  if exists (select 1 from unnest(v_items) i where (i.notify or i.gone) and i.delivery_id = any (v_written)) then
    perform posthorn.follow_outcomes(v_items, v_written);
  end if;
  return query select unnest(v_written);
end $$;
--> statement-breakpoint

-- Deliveries whose job woke while their lane is held, or whose endpoint is gone, or whose event is: retention dropped its day while they
-- were held or after they had ended, and there is nothing left to send. Where the lane has opened since the delivery was loaded it gets
-- another job: this one is as good as done.
create or replace function posthorn.hold(p_deliveries uuid[]) returns void language sql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
  with held as (
    update posthorn.deliveries d set
      status = case when n.id is null then 'canceled' when e.id is null then 'failed' else 'held' end,
      reason = case when n.id is null then 'endpointDeleted' when e.id is null then 'eventExpired' else d.reason end,
      admitted = false, updated_at = posthorn.now()
    from unnest(p_deliveries) p left join posthorn.deliveries x on x.id = p left join posthorn.endpoints n on n.id = x.endpoint_id
      left join posthorn.events e on e.id = x.event_id
    where d.id = p and d.status = 'queued' and (n.id is null or n.lane = 'held' or e.id is null)
  )
  select count(a.id) from (
    select array_agg(posthorn.deliver_job(d.id)) as specs from unnest(p_deliveries) p join posthorn.deliveries d on d.id = p and d.status = 'queued'
      join posthorn.endpoints n on n.id = d.endpoint_id and n.lane = 'open' join posthorn.events e on e.id = d.event_id) j
  cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
$$;
--> statement-breakpoint

-- Admits due retries, a page at a time. Returns how many it moved; 0 while another deliverer does it.
create or replace function posthorn.promote_due(p_page integer) returns integer language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_moved integer;
  v_endpoints uuid[];
  v_keys text[];
begin
  if not pg_try_advisory_xact_lock(hashtext('posthorn.promote_due')) then return 0; end if;
  with due as materialized (
    select d.id, d.endpoint_id from posthorn.deliveries d where d.status = 'scheduled' and d.due_at <= posthorn.now()
    order by d.due_at limit p_page for update skip locked
  ), moved as (
    update posthorn.deliveries d set
      status = case when n.id is null then 'canceled' when n.lane = 'held' or d.ordering_key is not null then 'held' else 'queued' end,
      reason = case when n.id is null then 'endpointDeleted' else d.reason end,
      updated_at = posthorn.now()
    from due left join posthorn.endpoints n on n.id = due.endpoint_id
    where d.id = due.id and d.status = 'scheduled'
    returning d.id, d.status, d.endpoint_id, d.ordering_key
  ), woken as (
    select count(a.id) from (select array_agg(posthorn.deliver_job(id)) as specs from moved where status = 'queued') j
    cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
  )
  select count(moved.id), array_agg(moved.endpoint_id) filter (where ordering_key is not null), array_agg(ordering_key) filter (where ordering_key is not null)
    into v_moved, v_endpoints, v_keys from woken left join moved on true;
  -- A retry of one that keeps an order is the first of its key again.
  if v_keys is not null then perform posthorn.admit_keys(v_endpoints, v_keys, false, null); end if;
  return v_moved;
end $$;
--> statement-breakpoint

-- Cancels what a deleted endpoint held, a page at a time. Returns how many; 0 where the endpoint is there.
create or replace function posthorn.release(p_endpoint uuid, p_page integer) returns integer language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_canceled integer;
begin
  if exists (select 1 from posthorn.endpoints where id = p_endpoint) then return 0; end if;
  update posthorn.deliveries d set status = 'canceled', reason = 'endpointDeleted', updated_at = posthorn.now()
    where d.status = 'held' and d.id = any (array(
      select id from posthorn.deliveries where endpoint_id = p_endpoint and status = 'held' limit p_page for update skip locked));
  get diagnostics v_canceled = row_count;
  return v_canceled;
end $$;
--> statement-breakpoint

-- enable | disable | pause | resume. Doing it twice is doing it once. Returns ok, missing, or disabled (a disabled endpoint can be neither
-- paused nor resumed). Where a person holds the lane no longer, the gateway's own reason shows again; to resume what the gateway holds is to
-- try at once, with the next that comes where nothing waits.
create or replace function posthorn.set_lane(p_tenant text, p_endpoint uuid, p_action text, p_actor text) returns text language plpgsql as $$
declare
  v_old posthorn.endpoints;
  v_new posthorn.endpoints;
  v_lane posthorn.lanes;
  v_by_person text;
  v_reason text;
begin
  select * into v_old from posthorn.endpoints where tenant_id = p_tenant and id = p_endpoint for no key update;
  if not found then return 'missing'; end if;
  if p_action in ('pause', 'resume') and v_old.lane_reason = 'disabled' then return 'disabled'; end if;
  if p_action = 'resume' and v_old.lane_reason in ('failing', 'slow', 'throttled') then
    update posthorn.lanes set blocked_until = null where endpoint_id = p_endpoint;
    if v_old.lane_reason = 'failing' and not exists (select 1 from posthorn.deliveries d where d.endpoint_id = p_endpoint and d.status = 'held') then
      perform posthorn.try_lane(p_endpoint);
      return 'ok';
    end if;
    perform posthorn.wake_lane(p_endpoint);
    return 'ok';
  end if;
  v_by_person := case when v_old.lane_reason in ('paused', 'disabled') then v_old.lane_reason end;
  if v_by_person is not distinct from (case p_action when 'disable' then 'disabled' when 'pause' then 'paused'
      when 'enable' then nullif(v_by_person, 'disabled') end) then return 'ok'; end if;
  if p_action = 'enable' then
    -- It begins anew, and little by little: it may have been disabled because nothing came through.
    update posthorn.lanes set reason = null, since = null, room = 2, probes = 0, blocked_until = null, failures = 0, failing_since = null where endpoint_id = p_endpoint;
  end if;
  select * into v_lane from posthorn.lanes where endpoint_id = p_endpoint;
  v_reason := coalesce(case p_action when 'disable' then 'disabled' when 'pause' then 'paused' end, v_lane.reason);
  update posthorn.endpoints set lane = case when v_reason is null and mode = 'push' then 'open' else 'held' end, lane_reason = v_reason,
    lane_since = case when v_reason is null then null when v_reason = v_lane.reason then v_lane.since else posthorn.now() end,
    lane_detail = case when p_action in ('disable', 'pause') then 'by ' || p_actor when v_reason = v_lane.reason then 'as before the pause' end,
    revision = revision + 1, updated_at = posthorn.now()
    where id = p_endpoint returning * into v_new;
  if p_action in ('enable', 'resume') and v_new.mode = 'push' then perform posthorn.wake_lane(p_endpoint); end if;
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

-- Sends a delivery again, or now: from failed, delivered, canceled and scheduled. Queued and held stay as they are; where the lane is held it
-- waits, and a failing one is probed at once; where it keeps an order it takes its place in its key. What was skipped was never to be sent. In a
-- feed it is handed out again. Returns the state it is in then, or missing, disabled, gone (endpoint deleted) or skipped.
create or replace function posthorn.redeliver(p_tenant text, p_delivery uuid) returns text language plpgsql as $$
declare
  v_now constant timestamptz := posthorn.now();
  d posthorn.deliveries;
  n posthorn.endpoints;
  v_next text;
begin
  select * into d from posthorn.deliveries where id = p_delivery and tenant_id = p_tenant for update;
  if not found then return 'missing'; end if;
  if d.status in ('queued', 'skipped') then return d.status; end if;
  select * into n from posthorn.endpoints where id = d.endpoint_id;
  if not found then return 'gone'; end if;
  if n.lane_reason = 'disabled' then return 'disabled'; end if;
  if d.status <> 'held' then
    -- A body that is still to be made is made by a job, in a feed too.
    v_next := case when n.mode = 'poll' and n.lane_reason is null and d.detail is not null then 'queued' when n.lane = 'held' or d.ordering_key is not null then 'held' else 'queued' end;
    update posthorn.deliveries set status = v_next, reason = null, step = 0, due_at = v_now, updated_at = v_now, blocks = false, feed_position = null where id = p_delivery;
    if v_next = 'queued' then perform graphile_worker.add_jobs(array[posthorn.deliver_job(p_delivery)]); end if;
  end if;
  if n.lane_reason = 'failing' then
    perform 1 from posthorn.endpoints where id = n.id for no key update;
    perform posthorn.wake_lane(n.id);
  elsif d.ordering_key is not null then
    perform posthorn.admit_keys(array[d.endpoint_id], array[d.ordering_key], false, null);
  end if;
  return (select status from posthorn.deliveries where id = p_delivery);
end $$;
--> statement-breakpoint

-- Cancels what was not yet sent successfully, and what failed but blocks its ordering key. A request in flight may still arrive. Returns canceled,
-- missing, or the final state it is in.
create or replace function posthorn.cancel(p_tenant text, p_delivery uuid) returns text language plpgsql as $$
declare
  d posthorn.deliveries;
begin
  select * into d from posthorn.deliveries where id = p_delivery and tenant_id = p_tenant for update;
  if not found then return 'missing'; end if;
  if d.status not in ('held', 'scheduled', 'queued') and not d.blocks then return d.status; end if;
  update posthorn.deliveries set status = 'canceled', reason = 'byRequest', admitted = false, blocks = false, updated_at = posthorn.now() where id = p_delivery;
  if d.ordering_key is not null then perform posthorn.admit_keys(array[d.endpoint_id], array[d.ordering_key], false, null); end if;
  return 'canceled';
end $$;
--> statement-breakpoint

revoke all on all functions in schema posthorn from public;
