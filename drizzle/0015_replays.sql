-- Replays: many deliveries sent again, or for the first time, a page at a time. What a replay has done, its place and its jobs are written by
-- one statement each time: one that is killed goes on where it was, admits nothing twice and leaves nothing out. What a replay chooses is
-- what was so when it was asked for: a delivery that has changed since (redelivered by a person, sent by an earlier replay) is not its any more.

alter table posthorn.replays
  -- Its rate is used up to this moment.
  add column paced_at timestamptz;
--> statement-breakpoint
create index replays_next on posthorn.replays (next_at) where next_at is not null;
--> statement-breakpoint
-- The few that failed among all that were delivered.
create index deliveries_failed_of_endpoint on posthorn.deliveries (endpoint_id, id) where status = 'failed';
--> statement-breakpoint

-- Whether a replay asks for the type. Without a subquery, so that it is inlined where it is called. `asked`: the prefixes that begin with
-- `API.`, which is how operational events are asked for.
create function posthorn.replays_type(type text, operational boolean, exact text[], prefixes text[], asked text[]) returns boolean language sql immutable parallel safe as $$
  select exact is null or type = any (exact) or type ^@ any (case when operational then asked else prefixes end)
$$;
--> statement-breakpoint

create function posthorn.exact_of(patterns text[]) returns text[] language sql immutable parallel safe as $$
  select case when patterns is not null then array(select p from unnest(patterns) p where right(p, 1) <> '*') end
$$;
--> statement-breakpoint
create function posthorn.prefixes_of(patterns text[], beginning text) returns text[] language sql immutable parallel safe as $$
  select array(select left(p, -1) from unnest(patterns) p where right(p, 1) = '*' and starts_with(p, beginning))
$$;
--> statement-breakpoint

-- The next deliveries that a replay chooses, in order of their ids: at most p_limit of the next p_scan. `reached`: where the next page begins;
-- null: there is none.
create function posthorn.chosen_deliveries(r posthorn.replays, p_limit integer, p_scan integer, out ids uuid[], out reached uuid) language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_end constant uuid := posthorn.id_at(r.until);
  v_exact constant text[] := posthorn.exact_of(r.event_types);
  v_prefixes constant text[] := posthorn.prefixes_of(r.event_types, '');
  v_asked constant text[] := posthorn.prefixes_of(r.event_types, 'API.');
begin
  if 'delivered' = any (r.statuses) then
    ids := array(
      select s.id from (
        select d.id, d.status, d.event_type, d.operational, d.updated_at from posthorn.deliveries d
        where d.endpoint_id = r.endpoint_id and d.id > r.cursor and d.id < v_end order by d.id limit p_scan) s
      where s.status = any (r.statuses) and s.updated_at <= r.created_at and posthorn.replays_type(s.event_type, s.operational, v_exact, v_prefixes, v_asked)
      order by s.id limit p_limit);
    if cardinality(ids) < p_limit then
      reached := (select d.id from posthorn.deliveries d where d.endpoint_id = r.endpoint_id and d.id > r.cursor and d.id < v_end order by d.id offset p_scan - 1 limit 1);
    end if;
  else
    ids := array(
      select s.id from (
        select d.id, d.event_type, d.operational, d.updated_at from posthorn.deliveries d
        where d.endpoint_id = r.endpoint_id and d.status = 'failed' and d.id > r.cursor and d.id < v_end order by d.id limit p_scan) s
      where s.updated_at <= r.created_at and posthorn.replays_type(s.event_type, s.operational, v_exact, v_prefixes, v_asked)
      order by s.id limit p_limit);
    if cardinality(ids) < p_limit then
      reached := (select d.id from posthorn.deliveries d where d.endpoint_id = r.endpoint_id and d.status = 'failed' and d.id > r.cursor and d.id < v_end
        order by d.id offset p_scan - 1 limit 1);
    end if;
  end if;
  if cardinality(ids) = p_limit then reached := ids[p_limit]; end if;
end $$;
--> statement-breakpoint

-- The next events that the endpoint never had a delivery of, in order of their ids, as above. Their ids are made by publishers' clocks, which
-- may be off by hours; what counts is when they were accepted. A delivery is made by the database's clock, after its event was accepted.
create function posthorn.chosen_events(r posthorn.replays, p_limit integer, p_scan integer, out ids uuid[], out reached uuid) language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_end constant uuid := posthorn.id_at(r.until + interval '12 hours');
  v_first_delivery constant uuid := posthorn.id_at(r.since);
  v_last_delivery constant uuid := posthorn.id_at(posthorn.now() + interval '1 minute');
  v_exact constant text[] := posthorn.exact_of(r.event_types);
  v_prefixes constant text[] := posthorn.prefixes_of(r.event_types, '');
  v_asked constant text[] := posthorn.prefixes_of(r.event_types, 'API.');
  v_lengths constant integer[] := (select prefix_lengths from posthorn.tenants where id = r.tenant_id);
begin
  ids := array(
    select s.id from (
      select e.id, e.catalog, e.type, e.operational, e.accepted_at, e.fan_out_after, e.verdict from posthorn.events e
      where e.tenant_id = r.tenant_id and e.id > r.cursor and e.id < v_end order by e.id limit p_scan) s
    where s.accepted_at >= r.since and s.accepted_at < r.until and s.fan_out_after is null and s.verdict is null
      -- Test events are for the endpoint that they were made for.
      and (not s.operational or (starts_with(s.type, 'API.') and s.type <> 'API.Webhook.Test'))
      and posthorn.replays_type(s.type, s.operational, v_exact, v_prefixes, v_asked)
      and (r.event_types is not null or exists (
        select 1 from posthorn.matching(r.tenant_id, v_lengths, s.catalog, s.type, s.operational, '00000000-0000-0000-0000-000000000000'::uuid) m
        where m.endpoint_id = r.endpoint_id offset 0))
      -- OFFSET keeps it a probe for each event: as a join it would read all of the endpoint's deliveries.
      and not exists (select 1 from posthorn.deliveries d where d.event_id = s.id and d.endpoint_id = r.endpoint_id
        and d.id >= v_first_delivery and d.id < v_last_delivery offset 0)
    order by s.id limit p_limit);
  reached := case when cardinality(ids) = p_limit then ids[p_limit]
    else (select e.id from posthorn.events e where e.tenant_id = r.tenant_id and e.id > r.cursor and e.id < v_end order by e.id offset p_scan - 1 limit 1) end;
end $$;
--> statement-breakpoint

-- Where a replay begins, and where it goes on when it has come to the end of a phase.
create function posthorn.begin_phase(r posthorn.replays, p_ended text) returns posthorn.replays language plpgsql stable as $$
begin
  r.phase := case
    when p_ended is null and r.statuses && array['failed', 'delivered'] then 'deliveries'
    when p_ended is distinct from 'events' and 'missed' = any (r.statuses) then 'events'
    else 'admitted' end;
  r.cursor := posthorn.id_at(case r.phase when 'events' then r.since - interval '12 hours' else r.since end);
  return r;
end $$;
--> statement-breakpoint

-- Counts what a replay would choose, p_scan rows at a time, so that a count of millions is many short statements. The first call gives no
-- phase, and gets the moment that all the others, and the replay itself, are about. phase `admitted`: all were counted. Results: ok, missing,
-- disabled, sinceAhead, untilAhead.
create function posthorn.count_replay(p_tenant text, p_endpoint uuid, p_since timestamptz, p_until timestamptz, p_types text[], p_statuses text[],
  p_as_of timestamptz, p_phase text, p_cursor uuid, p_scan integer)
returns table (result text, matched integer, as_of text, phase text, cursor uuid) language plpgsql stable as $$
declare
  r posthorn.replays;
  v_reason text;
  v_ids uuid[];
  v_reached uuid;
begin
  r.tenant_id := p_tenant; r.endpoint_id := p_endpoint; r.since := p_since; r.event_types := p_types; r.statuses := p_statuses;
  r.created_at := coalesce(p_as_of, posthorn.now()); r.until := coalesce(p_until, r.created_at); r.phase := p_phase; r.cursor := p_cursor;
  matched := 0; as_of := r.created_at::text;
  if p_phase is null then
    select coalesce(n.lane_reason, '') into v_reason from posthorn.endpoints n where n.tenant_id = p_tenant and n.id = p_endpoint;
    result := case when not found then 'missing' when v_reason = 'disabled' then 'disabled' when p_since >= r.created_at then 'sinceAhead' when p_until > r.created_at then 'untilAhead' end;
    if result is not null then return next; return; end if;
    r := posthorn.begin_phase(r, null);
  end if;
  result := 'ok';
  if r.phase = 'deliveries' then
    select c.ids, c.reached into v_ids, v_reached from posthorn.chosen_deliveries(r, p_scan, p_scan) c;
  else
    -- A probe or two for each: a fifth as many in the same time.
    select c.ids, c.reached into v_ids, v_reached from posthorn.chosen_events(r, p_scan / 5, p_scan / 5) c;
  end if;
  matched := cardinality(v_ids);
  if v_reached is null then r := posthorn.begin_phase(r, r.phase); else r.cursor := v_reached; end if;
  phase := r.phase; cursor := r.cursor;
  return next;
end $$;
--> statement-breakpoint

-- Makes a replay of what was counted. The endpoint's lock makes those who ask at once count each other. Results: ok, missing, disabled, tooMany.
create function posthorn.create_replay(p_tenant text, p_endpoint uuid, p_since timestamptz, p_until timestamptz, p_types text[], p_statuses text[],
  p_as_of timestamptz, p_rate integer, p_matched bigint, p_actor text, p_most integer)
returns table (result text, id uuid) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  r posthorn.replays;
  v_reason text;
begin
  select coalesce(n.lane_reason, '') into v_reason from posthorn.endpoints n where n.tenant_id = p_tenant and n.id = p_endpoint for no key update;
  result := case when not found then 'missing' when v_reason = 'disabled' then 'disabled'
    when (select count(*) from posthorn.replays o where o.endpoint_id = p_endpoint and o.status in ('waiting', 'running')) >= p_most then 'tooMany' else 'ok' end;
  if result = 'ok' then
    id := posthorn.new_id();
    r.since := p_since; r.statuses := p_statuses;
    r := posthorn.begin_phase(r, null);
    insert into posthorn.replays (id, tenant_id, endpoint_id, since, until, event_types, statuses, rate_per_second, status, matched, phase, cursor, next_at, created_by, created_at)
      values (id, p_tenant, p_endpoint, p_since, coalesce(p_until, p_as_of), p_types, p_statuses, p_rate, 'waiting', p_matched, r.phase, r.cursor, posthorn.now(), p_actor, p_as_of);
  end if;
  return next;
end $$;
--> statement-breakpoint

-- Whether it is the replay's turn: those of one endpoint go one after the other. One that has admitted everything, and waits for retries
-- only, holds up nobody.
create function posthorn.has_turn(r posthorn.replays) returns boolean language sql stable as $$
  select not exists (select 1 from posthorn.replays o where o.endpoint_id = r.endpoint_id and o.id < r.id and o.status in ('waiting', 'running')
    and (o.phase <> 'admitted' or exists (select 1 from posthorn.deliveries d where d.replay_id = o.id and d.status in ('held', 'queued')
      and d.id >= posthorn.id_at(o.since) and d.id < posthorn.id_at(posthorn.now() + interval '12 hours'))))
$$;
--> statement-breakpoint

-- From when on its rate is unused: not longer than a quarter of a second back, so that no window of a second sees much more than its rate.
create function posthorn.unused_since(r posthorn.replays) returns timestamptz language sql stable as $$
  select greatest(coalesce(r.paced_at, '-infinity'), posthorn.now() - greatest(0.25, 1.0 / r.rate_per_second) * interval '1 second')
$$;
--> statement-breakpoint

-- How many more of the replay's deliveries may be under way now. Null while it is not its turn, or the endpoint's lane is held or holds something
-- that must go first (live traffic). Those that keep an order wait in their keys, and take no room. It begins with 100 and goes on as they end: a
-- slow endpoint is not flooded with what would then go before its live traffic. Twice its lane's room, so that its slots stay full;
-- one, where that is to be the probe of an endpoint that failed. Without bitmap scans: an index scan marks the entries of those
-- that have ended, and the next one passes over them (2 ms instead of 42 behind 20,000).
create function posthorn.replay_room(r posthorn.replays, p_page integer, p_budget integer) returns integer language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_end constant uuid := posthorn.id_at(v_now + interval '12 hours');
  n posthorn.endpoints;
  v_under_way integer;
  v_most integer;
  v_room integer := p_page;
begin
  select * into n from posthorn.endpoints x where x.id = r.endpoint_id;
  if n.lane_reason is not null or not posthorn.has_turn(r) then return null; end if;
  if n.mode = 'push' then
    if exists (select 1 from posthorn.deliveries d where d.endpoint_id = r.endpoint_id and d.status = 'held' and d.ordering_key is null and d.id < v_end) then return null; end if;
    v_under_way := (select count(*) from (
      select 1 from posthorn.deliveries d where d.replay_id = r.id and d.status = 'queued' and d.id >= posthorn.id_at(r.since) and d.id < v_end limit p_budget) q);
    v_most := least(p_budget, 100 + r.admitted - v_under_way, (select case when l.probing then 1 else 2 * l.room end from posthorn.lanes l where l.endpoint_id = n.id));
    v_room := least(p_page, v_most - v_under_way);
    -- Small pages cost more than they bring.
    if v_room < least(p_page, v_most) / 4 then return 0; end if;
    if n.rate_limit is not null then
      v_room := least(v_room, posthorn.turns_by(n.id, n.rate_limit, v_now + interval '100 milliseconds') - v_under_way);
    end if;
  end if;
  if r.rate_per_second is not null then
    v_room := least(v_room, floor(extract(epoch from v_now - posthorn.unused_since(r)) * r.rate_per_second + 0.001)::integer);
  end if;
  return greatest(v_room, 0);
end $$;
--> statement-breakpoint

-- When a replay that has no room is looked at again. One that waits for its turn or its lane, the longer it has waited the later.
create function posthorn.replay_pause(r posthorn.replays, p_room integer) returns interval language sql stable as $$
  select case when p_room is null then least(greatest((posthorn.now() - r.created_at) / 10, interval '250 milliseconds'), interval '2 seconds')
    when r.rate_per_second is not null then interval '100 milliseconds' else interval '20 milliseconds' end
$$;
--> statement-breakpoint

-- Moves a replay on: p_admitted more, p_skipped more, and the place where it goes on (null: at the end of its phase).
create function posthorn.advance_replay(r posthorn.replays, p_admitted integer, p_skipped integer, p_reached uuid, p_pause interval) returns void language plpgsql as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_phase constant text := r.phase;
begin
  if p_reached is null then r := posthorn.begin_phase(r, v_phase); else r.cursor := p_reached; end if;
  r.admitted := r.admitted + p_admitted;
  r.skipped := r.skipped + p_skipped;
  -- What was counted and is not what it was any more.
  if r.phase = 'admitted' then r.skipped := greatest(r.skipped, r.matched - r.admitted); end if;
  if r.rate_per_second is not null then r.paced_at := posthorn.unused_since(r) + p_admitted * interval '1 second' / r.rate_per_second; end if;
  update posthorn.replays x set status = 'running', started_at = coalesce(x.started_at, v_now), admitted = r.admitted, skipped = r.skipped, phase = r.phase,
    cursor = r.cursor, paced_at = r.paced_at, next_at = v_now + p_pause where x.id = r.id;
end $$;
--> statement-breakpoint

-- An earlier replay of the endpoint that still waits for retries keeps the count of those that failed for it, and are sent by this one now.
create function posthorn.take_from_earlier(r posthorn.replays, p_deliveries uuid[]) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
  if not exists (select 1 from posthorn.replays o where o.endpoint_id = r.endpoint_id and o.id < r.id and o.status in ('waiting', 'running')) then return; end if;
  update posthorn.replays o set failed = coalesce(o.failed, 0) + f.count
    from (select d.replay_id, count(*) as count from posthorn.deliveries d where d.id = any (p_deliveries) and d.id >= p_deliveries[1] and d.id <= p_deliveries[cardinality(p_deliveries)]
      and d.status = 'failed' and d.updated_at <= r.created_at group by d.replay_id) f
    where o.id = f.replay_id and o.status = 'running' and o.id <> r.id;
end $$;
--> statement-breakpoint

-- Sends the replay's next deliveries again: a body that is still to be made is made by the deliverer, as with a redelivery. Returns how many,
-- and the ordering keys that the caller must look at.
create function posthorn.replay_page(r posthorn.replays, p_room integer, out moved integer, out keys text[]) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_polled constant boolean := (select n.mode = 'poll' from posthorn.endpoints n where n.id = r.endpoint_id);
  v_ids uuid[];
  v_reached uuid;
begin
  moved := 0;
  select c.ids, c.reached into v_ids, v_reached from posthorn.chosen_deliveries(r, p_room, greatest(10 * p_room, 5000)) c;
  if v_ids <> '{}' then
    perform posthorn.take_from_earlier(r, v_ids);
    with sent as (
      update posthorn.deliveries d set
        -- In a feed they are handed out again; those that keep an order take their place in their key.
        status = case when d.ordering_key is not null or (v_polled and d.detail is null) then 'held' else 'queued' end,
        admitted = d.ordering_key is null and not v_polled,
        reason = null, step = 0, due_at = v_now, updated_at = v_now, blocks = false, feed_position = null, replay_id = r.id
      where d.id = any (v_ids) and d.id >= v_ids[1] and d.id <= v_ids[cardinality(v_ids)] and d.status = any (r.statuses) and d.updated_at <= r.created_at
      returning d.id, d.status, d.ordering_key
    ), woken as (
      select count(a.id) from (select array_agg(posthorn.deliver_job(id, 10)) as specs from sent where status = 'queued') j
      cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
    )
    select count(s.id), array_agg(distinct s.ordering_key) filter (where s.ordering_key is not null) into moved, keys from woken left join sent s on true;
  end if;
  perform posthorn.advance_replay(r, moved, 0, v_reached, case when r.rate_per_second is not null then interval '100 milliseconds'
    when moved = p_room then interval '10 milliseconds' else interval '0' end);
end $$;
--> statement-breakpoint

-- Takes back a page of what waits of a canceled replay: it becomes what it was before, as its last attempt says; what the replay made itself is
-- canceled. What has been let go is left to go: its request may be under way, and its outcome is to be written. Returns how many it took back,
-- and their ordering keys: those behind them go on when the caller looks at these.
create function posthorn.cancel_replayed(r posthorn.replays, p_page integer, out taken integer, out keys text[]) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_first constant uuid := posthorn.id_at(r.since);
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_ids uuid[] := array(select d.id from posthorn.deliveries d where d.replay_id = r.id and d.status in ('held', 'scheduled') and d.id >= v_first and d.id < v_end
    limit p_page for update skip locked);
  v_former integer;
begin
  with back as (
    update posthorn.deliveries d set status = f.status, reason = f.reason, admitted = false, feed_position = null, updated_at = posthorn.now(),
      replay_id = case when f.status = 'canceled' then d.replay_id end,
      blocks = f.status = 'failed' and d.ordering_key is not null and exists (select 1 from posthorn.subscriptions s where s.id = d.subscription_id and s.ordering = 'block')
    from (
      select x.id, case when x.created_at >= r.created_at then 'canceled' when a.outcome = 'succeeded' then 'delivered' else 'failed' end as status,
        case when x.created_at >= r.created_at then 'replayCanceled' when a.outcome = 'succeeded' then null
          else coalesce(a.failure, case when x.detail is not null then 'expressionFailed' end) end as reason
      from posthorn.deliveries x
      left join lateral (select t.outcome, t.failure from posthorn.attempts t where t.delivery_id = x.id and t.id > x.id order by t.number desc limit 1) a on true
      where x.id = any (v_ids) and x.id >= v_first and x.id < v_end) f
    where d.id = f.id and d.id >= v_first and d.id < v_end
    returning d.status, d.ordering_key
  ) select count(*), count(*) filter (where status <> 'canceled'), array_agg(distinct ordering_key) filter (where ordering_key is not null) into taken, v_former, keys from back;
  update posthorn.replays x set canceled = coalesce(x.canceled, 0) + v_former where x.id = r.id and v_former > 0;
end $$;
--> statement-breakpoint

-- Keeps what has become of its deliveries, once none is under way; says so where it was not canceled. They are counted a stretch at a time, from
-- `cursor` on: millions may have failed. Those whose day retention has dropped have ended, and count as delivered. Returns whether it has ended.
create function posthorn.end_replay(r posthorn.replays) returns boolean language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_page constant integer := 200000;
  v_first constant uuid := posthorn.id_at(r.since);
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_failed integer;
  v_canceled integer;
  v_last uuid;
  n posthorn.endpoints;
begin
  if exists (select 1 from posthorn.deliveries d where d.replay_id = r.id and d.status in ('held', 'scheduled', 'queued') and d.id >= v_first and d.id < v_end) then
    return false;
  end if;
  select count(*) filter (where s.status = 'failed'), count(*) filter (where s.status = 'canceled'), (array_agg(s.id order by s.id desc))[1] into v_failed, v_canceled, v_last from (
    (select d.id, d.status from posthorn.deliveries d where d.replay_id = r.id and d.status = 'failed' and d.id > r.cursor and d.id < v_end order by d.id)
    union all
    (select d.id, d.status from posthorn.deliveries d where d.replay_id = r.id and d.status = 'canceled' and d.id > r.cursor and d.id < v_end order by d.id)
    order by id limit v_page) s;
  r.failed := coalesce(r.failed, 0) + v_failed;
  r.canceled := coalesce(r.canceled, 0) + v_canceled;
  if v_failed + v_canceled = v_page then
    update posthorn.replays x set failed = r.failed, canceled = r.canceled, cursor = v_last where x.id = r.id;
    return false;
  end if;
  r.delivered := r.admitted - r.failed - r.canceled;
  update posthorn.replays x set status = case x.status when 'canceled' then x.status else 'completed' end, failed = r.failed, canceled = r.canceled, delivered = r.delivered,
    ended_at = coalesce(x.ended_at, posthorn.now()), next_at = null where x.id = r.id;
  if r.status <> 'canceled' then
    select * into n from posthorn.endpoints where id = r.endpoint_id;
    perform posthorn.about_endpoint('API.Webhook.ReplayCompleted', n, jsonb_build_object('ReplayId', posthorn.type_id('rpl', r.id), 'Matched', r.matched,
      'Admitted', r.admitted, 'Delivered', r.delivered, 'Failed', r.failed));
  end if;
  return true;
end $$;
--> statement-breakpoint

-- Moves on every replay that is due, a page each, but for those that are at events, which a deliverer must look at. Returns how many
-- deliveries were admitted, and in how many milliseconds there is more to do (null: nothing is known of).
create function posthorn.admit_replays(p_page integer, p_budget integer) returns table (moved integer, next_ms integer) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  r posthorn.replays;
  v_room integer;
  v_moved integer;
  v_canceled integer;
  v_done integer := 0;
  v_of text[];
  v_endpoints uuid[] := '{}';
  v_keys text[] := '{}';
begin
  moved := 0;
  for r in select * from posthorn.replays x where x.next_at <= v_now and (x.status = 'canceled' or x.phase <> 'events') order by x.next_at limit 10 for update skip locked loop
    -- What it does in one statement is bounded; the others are still due.
    exit when v_done >= p_page;
    v_of := null;
    if r.status = 'canceled' then
      select c.taken, c.keys into v_canceled, v_of from posthorn.cancel_replayed(r, p_page) c;
      v_done := v_done + v_canceled;
      select * into r from posthorn.replays x where x.id = r.id;
      if not posthorn.end_replay(r) then
        update posthorn.replays x set next_at = v_now + interval '10 milliseconds' where x.id = r.id;
      end if;
    elsif r.phase = 'admitted' then
      if not posthorn.end_replay(r) then
        update posthorn.replays x set next_at = v_now + interval '500 milliseconds' where x.id = r.id;
      end if;
    else
      v_room := posthorn.replay_room(r, p_page, p_budget);
      if v_room > 0 then
        select g.moved, g.keys into v_moved, v_of from posthorn.replay_page(r, v_room) g;
        moved := moved + v_moved; v_done := v_done + v_moved;
      else
        update posthorn.replays x set next_at = v_now + posthorn.replay_pause(r, v_room) where x.id = r.id;
      end if;
    end if;
    if v_of is not null then
      v_endpoints := v_endpoints || array_fill(r.endpoint_id, array[cardinality(v_of)]); v_keys := v_keys || v_of;
    end if;
  end loop;
  -- All at once, for their locks are taken in order: page by page, two replays and a batch of outcomes waited for each other in a circle.
  perform posthorn.admit_keys(v_endpoints, v_keys, false, null);
  next_ms := (select greatest(0, ceil(extract(epoch from x.next_at - v_now) * 1000)) from posthorn.replays x
    where x.next_at is not null and (x.status = 'canceled' or x.phase <> 'events') order by x.next_at limit 1);
  return next;
end $$;
--> statement-breakpoint

-- Gives a deliverer the next events of a replay that is due and at events, for ten seconds; no row: there is none. `reached`: where the page
-- after them begins. A stretch without any is passed over, and gives an empty page.
create function posthorn.claim_missed(p_page integer, p_budget integer) returns table (replay uuid, after uuid, events uuid[], reached uuid) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  r posthorn.replays;
  v_room integer;
begin
  for r in select * from posthorn.replays x where x.next_at <= v_now and x.status in ('waiting', 'running') and x.phase = 'events' order by x.next_at limit 10 for update skip locked loop
    v_room := posthorn.replay_room(r, p_page, p_budget);
    if coalesce(v_room, 0) = 0 then
      update posthorn.replays x set next_at = v_now + posthorn.replay_pause(r, v_room) where x.id = r.id;
      continue;
    end if;
    select c.ids, c.reached into events, reached from posthorn.chosen_events(r, v_room, 5000) c;
    if events = '{}' then
      perform posthorn.advance_replay(r, 0, 0, reached, interval '0');
    else
      update posthorn.replays x set status = 'running', started_at = coalesce(x.started_at, v_now), next_at = v_now + interval '10 seconds' where x.id = r.id;
    end if;
    replay := r.id; after := r.cursor;
    return next;
    return;
  end loop;
end $$;
--> statement-breakpoint

-- The events of a page as a fan-out reads them, with the endpoint's subscriptions that match by name as candidates. Where types were named
-- that none of them asks for, the candidate has the nil UUID for a subscription: the endpoint gets them in its format. Cut before their
-- bodies are more than one statement should carry.
create function posthorn.load_missed(p_replay uuid, p_events uuid[]) returns table (
  id uuid, tenant_id text, catalog text, type text, version text, trace_id text, ordering_key text, body text, native text, cloudevent text, type_revision bigint,
  catalog_revision bigint, candidates json
) language sql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
  with page as materialized (
    select x.*, sum(octet_length(x.body) + coalesce(octet_length(x.native), 0)) over (order by x.id) - octet_length(x.body) as before
    from posthorn.events x where x.id = any (p_events) and x.id >= p_events[1] and x.id <= p_events[cardinality(p_events)]
  )
  select e.id, e.tenant_id, e.catalog, e.type, e.version, e.trace_id, e.ordering_key, e.body, e.native,
    case when n.payload_format = 'cloudevents' and c.revision is not null then posthorn.formatted_body('cloudevents', x) end, t.revision, c.revision, a.candidates
  from page e
  join posthorn.events x on x.id = e.id and x.id >= p_events[1] and x.id <= p_events[cardinality(p_events)]
  join posthorn.replays r on r.id = p_replay
  join posthorn.endpoints n on n.id = r.endpoint_id
  join posthorn.tenants o on o.id = r.tenant_id
  left join posthorn.event_types t on t.catalog = e.catalog and t.name = e.type
  left join posthorn.catalogs c on c.name = e.catalog and c.document is not null
  cross join lateral (
    select coalesce(json_agg(json_build_object('endpoint', n.id, 'subscription', s.id, 'format', n.payload_format, 'version', s.version, 'filter', s.filter, 'transform', s.transform) order by s.id),
      case when r.event_types is null then '[]'::json else json_build_array(json_build_object('endpoint', n.id, 'subscription', '00000000-0000-0000-0000-000000000000',
        'format', n.payload_format, 'version', null, 'filter', null, 'transform', null)) end) as candidates
    from (select distinct m.subscription_id from posthorn.matching(e.tenant_id, o.prefix_lengths, e.catalog, e.type, e.operational, '00000000-0000-0000-0000-000000000000'::uuid) m
      where m.endpoint_id = n.id) m
    join posthorn.subscriptions s on s.id = m.subscription_id) a
  where e.before < 4000000
  order by e.id
$$;
--> statement-breakpoint

-- Writes the deliveries of a page of events. The fence: the place from which the page was read. p_looked: how many events were looked at;
-- those without a target were left out by their filters. Returns whether it was written: else another was faster.
create function posthorn.replay_missed(p_replay uuid, p_after uuid, p_reached uuid, p_looked integer, p_targets json) returns boolean language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  r posthorn.replays;
  n posthorn.endpoints;
  v_events uuid[] := array(select (t ->> 'event')::uuid from json_array_elements(p_targets) t order by 1);
  v_made integer := 0;
  v_keys text[];
begin
  select * into r from posthorn.replays x where x.id = p_replay and x.status = 'running' and x.phase = 'events' and x.cursor = p_after for update;
  if not found then return false; end if;
  select * into n from posthorn.endpoints x where x.id = r.endpoint_id;
  if v_events <> '{}' then
    with made as (
      insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, reason, detail, due_at, body, payload_format, operational,
        created_at, updated_at, ordering_key, ordered_at, admitted, replay_id)
      select posthorn.new_id(), r.tenant_id, n.id, e.id, s.id, e.type, x.status, case when t.error is not null then 'expressionFailed' end, t.error, v_now,
        case when t.error is null then coalesce(t.body, case when t.format <> 'standard' then posthorn.formatted_body(t.format, e) end) end, t.format, e.operational,
        v_now, v_now, k.key, case when k.key is not null then e.accepted_at end, x.status = 'queued', r.id
      from json_to_recordset(p_targets) as t (event uuid, subscription uuid, format text, body text, error text)
      join posthorn.events e on e.id = t.event
      left join posthorn.subscriptions s on s.id = t.subscription
      cross join lateral (select case when s.ordering is not null then e.ordering_key end as key) k
      cross join lateral (select case when t.error is not null then 'failed' when n.lane = 'held' or k.key is not null then 'held' else 'queued' end as status) x
      where e.id >= v_events[1] and e.id <= v_events[cardinality(v_events)]
        and not exists (select 1 from posthorn.deliveries d where d.event_id = e.id and d.endpoint_id = n.id and d.id >= posthorn.id_at(r.since) offset 0)
      order by e.id
      returning id, status, ordering_key
    ), woken as (
      select count(a.id) from (select array_agg(posthorn.deliver_job(id, 10)) as specs from made where status = 'queued') j
      cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
    )
    select count(m.id), array_agg(distinct m.ordering_key) filter (where m.ordering_key is not null and m.status = 'held') into v_made, v_keys from woken left join made m on true;
    if v_keys is not null then perform posthorn.admit_keys(array_fill(n.id, array[cardinality(v_keys)]), v_keys, false, null); end if;
  end if;
  perform posthorn.advance_replay(r, v_made, p_looked - v_made, p_reached, case when r.rate_per_second is not null then interval '100 milliseconds' else interval '0' end);
  return true;
end $$;
--> statement-breakpoint

-- Cancels a replay; what of it waits is taken back, a first page at once. Twice is once. Returns canceled, completed or missing.
create function posthorn.cancel_replay(p_tenant text, p_replay uuid, p_page integer) returns text language plpgsql as $$
declare
  r posthorn.replays;
  v_keys text[];
begin
  select * into r from posthorn.replays x where x.tenant_id = p_tenant and x.id = p_replay for update;
  if not found then return 'missing'; end if;
  if r.status in ('canceled', 'completed') then return r.status; end if;
  r := posthorn.begin_phase(r, 'events');
  update posthorn.replays x set status = 'canceled', phase = r.phase, cursor = r.cursor, ended_at = posthorn.now(), next_at = posthorn.now() where x.id = r.id returning * into r;
  select c.keys into v_keys from posthorn.cancel_replayed(r, p_page) c;
  if v_keys is not null then perform posthorn.admit_keys(array_fill(r.endpoint_id, array[cardinality(v_keys)]), v_keys, false, null); end if;
  select * into r from posthorn.replays x where x.id = r.id;
  perform posthorn.end_replay(r);
  return 'canceled';
end $$;
--> statement-breakpoint

-- A replay with what has become of its deliveries so far. An ended one's numbers are kept.
create function posthorn.replay_progress(r posthorn.replays) returns table (delivered bigint, failed bigint, canceled bigint, remaining bigint) language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_open bigint;
  -- What lies before it was counted when it came to its end.
  v_first constant uuid := case r.phase when 'admitted' then r.cursor else posthorn.id_at(r.since) end;
begin
  if r.next_at is null then
    delivered := r.delivered; failed := r.failed; canceled := r.canceled; remaining := 0;
  else
    select count(*) filter (where d.status in ('held', 'scheduled', 'queued')), count(*) filter (where d.status = 'failed') + coalesce(r.failed, 0),
        count(*) filter (where d.status = 'canceled') + coalesce(r.canceled, 0)
      into v_open, failed, canceled
      from posthorn.deliveries d where d.replay_id = r.id and d.status in ('held', 'scheduled', 'queued', 'failed', 'canceled')
        and d.id > v_first and d.id < posthorn.id_at(posthorn.now() + interval '12 hours');
    delivered := greatest(0, r.admitted - v_open - failed - canceled);
    remaining := v_open + case when r.status = 'canceled' then 0 else greatest(0, r.matched - r.admitted - r.skipped) end;
  end if;
  return next;
end $$;
--> statement-breakpoint
revoke all on all functions in schema posthorn from public;
