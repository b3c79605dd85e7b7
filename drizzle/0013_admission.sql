-- Admission: what lets waiting deliveries through a lane, and what closes and opens lanes. Who changes a lane holds the endpoint's row
-- (for no key update); waiting deliveries are taken `skip locked`, so that nobody waits for anybody's delivery while holding a lane.

-- Jobs of lower priority (a higher number) run when no other is due: backlogs have 5 and replays 10, so that live traffic goes first.
create function posthorn.deliver_job(delivery uuid, priority integer) returns graphile_worker.job_spec language sql stable parallel safe as $$
  select row('deliver', json_build_object('id', delivery), null, null, null, null, priority, null)::graphile_worker.job_spec
$$;
--> statement-breakpoint

-- Shows the gateway's reason on the endpoint, unless a person holds it.
create function posthorn.show_lane(p_endpoint uuid, p_reason text, p_detail text) returns void language sql as $$
  update posthorn.endpoints n set
    lane = case when p_reason is null and n.mode = 'push' then 'open' else 'held' end, lane_reason = p_reason,
    lane_since = case when p_reason is null then null when n.lane_reason = p_reason then n.lane_since else posthorn.now() end,
    lane_detail = p_detail
    where n.id = p_endpoint and coalesce(n.lane_reason, '') not in ('paused', 'disabled')
      and (n.lane_reason is distinct from p_reason or n.lane_detail is distinct from p_detail or (n.lane = 'open') is distinct from (p_reason is null and n.mode = 'push'))
$$;
--> statement-breakpoint

-- The endpoint's waiting deliveries are looked at now. The job tells the next free deliverer; if it is lost, the pump comes by all the same.
create function posthorn.wake_lane(p_endpoint uuid) returns void language plpgsql as $$
begin
  insert into posthorn.lanes as l (endpoint_id, next_at, window_at) values (p_endpoint, posthorn.now(), posthorn.now())
    on conflict (endpoint_id) do update set next_at = excluded.next_at, drained_at = null, key_cursor = null;
  perform graphile_worker.add_jobs(array[posthorn.job('release', json_build_object('id', p_endpoint), 'release:' || p_endpoint::text)]);
end $$;
--> statement-breakpoint

-- Rate limits: a sliding window as moments and how many turns each has. A turn's moment is rounded up to a hundredth of the window, and a
-- turn counts for the window and 30 ms more: a request that arrives up to that late still finds no window with more than the limit.

create function posthorn.turn_lasts(p_limit jsonb) returns interval language sql immutable parallel safe as $$
  select (p_limit ->> 'windowSeconds')::integer * interval '1 second' + interval '30 milliseconds'
$$;
--> statement-breakpoint

-- How many turns will be free by then.
create function posthorn.turns_by(p_endpoint uuid, p_limit jsonb, p_moment timestamptz) returns integer language sql stable as $$
  select greatest(0, (p_limit ->> 'max')::integer - coalesce((
    select sum(s.sent) from posthorn.rate_limits r cross join lateral unnest(r.moments, r.sent) s (moment, sent)
    where r.endpoint_id = p_endpoint and s.moment > p_moment - posthorn.turn_lasts(p_limit)), 0))::integer
$$;
--> statement-breakpoint

-- When more turns will be free than p_taken, at the earliest.
create function posthorn.next_turn(p_endpoint uuid, p_limit jsonb, p_taken integer) returns timestamptz language sql stable as $$
  select min(s.moment + posthorn.turn_lasts(p_limit)) from (
    select t.moment, sum(t.sent) over (order by t.moment desc) - t.sent as later
    from posthorn.rate_limits r cross join lateral unnest(r.moments, r.sent) t (moment, sent) where r.endpoint_id = p_endpoint) s
  where (p_limit ->> 'max')::integer - s.later > p_taken
$$;
--> statement-breakpoint

-- Promises turns: for each endpoint one delay for every turn it gets, at most p_ahead_ms from now, and how long it is until the next one
-- (null: it got all). The row's lock makes all deliverers ask one after the other.
create function posthorn.take_turns(p_endpoints uuid[], p_counts integer[], p_ahead_ms integer)
returns table (endpoint_id uuid, delays_ms integer[], wait_ms integer) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  n record;
  b record;
  v_now timestamptz;
  v_lasts interval;
  v_grid double precision;
  v_used bigint;
  v_rest integer;
  v_free integer;
  v_moment timestamptz;
  v_moments timestamptz[];
  v_sent integer[];
begin
  for n in select e.id, e.rate_limit, g.count, (e.rate_limit ->> 'max')::integer as max
    from unnest(p_endpoints, p_counts) g (id, count) join posthorn.endpoints e on e.id = g.id order by e.id loop
    endpoint_id := n.id; delays_ms := '{}'; wait_ms := null;
    -- The limit was taken away since the deliverer read it.
    if n.rate_limit is null then
      delays_ms := array_fill(0, array[n.count]); return next; continue;
    end if;
    insert into posthorn.rate_limits as r (endpoint_id, moments, sent) values (n.id, '{}', '{}') on conflict do nothing;
    v_lasts := posthorn.turn_lasts(n.rate_limit);
    v_grid := (n.rate_limit ->> 'windowSeconds')::integer / 100.0;
    select r.moments, r.sent into v_moments, v_sent from posthorn.rate_limits r where r.endpoint_id = n.id for update;
    -- Not the statement's time: it may have waited for the lock.
    v_now := posthorn.now() + (clock_timestamp() - statement_timestamp());
    v_used := coalesce((select sum(s.sent) from unnest(v_moments, v_sent) s (moment, sent) where s.moment > v_now - v_lasts), 0);
    v_rest := n.count;
    -- Now, and then at each moment at which earlier turns have passed.
    for b in
      select v_now as free_at, 0 as sent
      union all
      select s.moment + v_lasts, s.sent from unnest(v_moments, v_sent) s (moment, sent) where s.moment > v_now - v_lasts
      order by 1
    loop
      v_used := v_used - b.sent;
      v_free := least(v_rest, n.max - v_used);
      continue when v_free <= 0;
      if b.free_at > v_now + p_ahead_ms * interval '1 millisecond' then
        wait_ms := ceil(extract(epoch from b.free_at - v_now) * 1000);
        exit;
      end if;
      delays_ms := delays_ms || array_fill(ceil(extract(epoch from b.free_at - v_now) * 1000)::integer, array[v_free]);
      v_moment := to_timestamp(ceil(extract(epoch from b.free_at)::double precision / v_grid) * v_grid);
      v_moments := v_moments || v_moment; v_sent := v_sent || v_free;
      v_used := v_used + v_free;
      v_rest := v_rest - v_free;
      exit when v_rest = 0;
    end loop;
    update posthorn.rate_limits r set moments = kept.moments, sent = kept.sent
      from (select array_agg(k.moment order by k.moment) as moments, array_agg(k.sent order by k.moment) as sent from (
        select s.moment, sum(s.sent)::integer as sent from unnest(v_moments, v_sent) s (moment, sent) where s.moment > v_now - v_lasts group by s.moment) k) kept
      where r.endpoint_id = n.id and kept.moments is not null;
    -- All that it waits for was promised in this call: there is a turn when the first of them has passed.
    if v_rest > 0 and wait_ms is null then
      wait_ms := greatest(1, ceil(extract(epoch from v_lasts) * 1000));
    end if;
    return next;
  end loop;
end $$;
--> statement-breakpoint

-- Whether the event's ordering key is still to be found, in the envelope that the job makes for it.
create function posthorn.key_unknown(e posthorn.events) returns boolean language sql stable as $$
  select e.ordering_key is null and e.native is null and exists (select 1 from posthorn.event_types t where t.catalog = e.catalog and t.name = e.type and t.enveloped)
$$;
--> statement-breakpoint

create function posthorn.key_lock(p_endpoint uuid, p_key text) returns integer language sql immutable parallel safe as $$
  select hashtext(p_endpoint::text || p_key) & 4095
$$;
--> statement-breakpoint

-- Requests that arrived later than promised (the process was busy, or a connection had to be made): their turns count from then on. Told soon
-- enough, for nobody has been promised anything yet on the strength of the earlier moment. p_from_ms and p_to_ms: how long ago the promised
-- moment and the true one were.
create function posthorn.correct_turns(p_endpoints uuid[], p_from_ms integer[], p_to_ms integer[]) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  n record;
  c record;
  v_now timestamptz;
  v_grid double precision;
  v_from integer;
  v_to timestamptz;
  v_moments timestamptz[];
  v_sent integer[];
begin
  for n in select e.id, e.rate_limit from posthorn.endpoints e where e.id = any (p_endpoints) and e.rate_limit is not null order by e.id loop
    select r.moments, r.sent into v_moments, v_sent from posthorn.rate_limits r where r.endpoint_id = n.id for update;
    continue when not found;
    v_now := posthorn.now() + (clock_timestamp() - statement_timestamp());
    v_grid := (n.rate_limit ->> 'windowSeconds')::integer / 100.0;
    for c in select v_now - t.from_ms * interval '1 millisecond' as promised, v_now - t.to_ms * interval '1 millisecond' as true_at
      from unnest(p_endpoints, p_from_ms, p_to_ms) t (endpoint, from_ms, to_ms) where t.endpoint = n.id loop
      v_from := (select s.nth from unnest(v_moments, v_sent) with ordinality s (moment, sent, nth) where s.sent > 0
        order by abs(extract(epoch from s.moment - c.promised)) limit 1);
      v_to := to_timestamp(ceil(extract(epoch from c.true_at)::double precision / v_grid) * v_grid);
      continue when v_from is null or v_moments[v_from] >= v_to;
      v_sent[v_from] := v_sent[v_from] - 1;
      v_moments := v_moments || v_to; v_sent := v_sent || 1;
    end loop;
    update posthorn.rate_limits r set moments = kept.moments, sent = kept.sent
      from (select array_agg(k.moment order by k.moment) as moments, array_agg(k.sent order by k.moment) as sent from (
        select s.moment, sum(s.sent)::integer as sent from unnest(v_moments, v_sent) s (moment, sent) where s.sent > 0 group by s.moment) k) kept
      where r.endpoint_id = n.id and kept.moments is not null;
  end loop;
end $$;
--> statement-breakpoint

-- Lets the first of each ordering key go, where it may: nothing of the key is queued, it is the first of those that are active, and no event
-- that was accepted earlier is still to be fanned out. The locks make all who ask about a key ask one after the other: each then sees what
-- the one before has committed, so that of two who finish and publish at the same moment the later one finds the head. Keys share 4,096
-- locks: a transaction holds a bounded number of them. Returns how many it let go.
create function posthorn.admit_keys(p_endpoints uuid[], p_keys text[], p_admitted boolean, p_limit integer) returns integer language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now timestamptz;
  v_end uuid;
  v_pending boolean;
  v_ids uuid[];
begin
  if coalesce(p_keys, '{}') = '{}' then return 0; end if;
  if p_admitted then
    -- A lane lets keys through a few at a time, holding the locks of those before: it must not wait for one. Who has it now looks himself.
    select array_agg(k.endpoint), array_agg(k.key) into p_endpoints, p_keys from unnest(p_endpoints, p_keys) k (endpoint, key)
      where pg_try_advisory_xact_lock(7078673, posthorn.key_lock(k.endpoint, k.key));
    if p_keys is null then return 0; end if;
  else
    perform pg_advisory_xact_lock(7078673, l.lock)
      from (select distinct posthorn.key_lock(k.endpoint, k.key) as lock from unnest(p_endpoints, p_keys) k (endpoint, key) order by 1) l;
  end if;
  v_now := posthorn.now();
  -- Without this bound every look opens the partitions of the days to come.
  v_end := posthorn.id_at(v_now + interval '12 hours');
  v_pending := exists (select 1 from posthorn.events e where e.fan_out_after is not null and e.id < v_end
    and e.tenant_id = any (array(select n.tenant_id from posthorn.endpoints n where n.id = any (p_endpoints))));
  v_ids := array(
    select h.id from (select distinct k.endpoint, k.key from unnest(p_endpoints, p_keys) k (endpoint, key)) k
    join posthorn.endpoints n on n.id = k.endpoint
    cross join lateral (
      select d.id, d.status, d.ordered_at, d.event_id from posthorn.deliveries d
      where d.endpoint_id = k.endpoint and d.ordering_key = k.key and (d.status in ('held', 'scheduled', 'queued') or d.blocks) and d.id < v_end
      order by d.ordered_at, d.event_id limit 1) h
    where h.status = 'held' and n.mode = 'push' and coalesce(n.lane_reason, '') not in ('paused', 'disabled') and (p_admitted or n.lane = 'open')
      and not exists (select 1 from posthorn.deliveries q where q.endpoint_id = k.endpoint and q.ordering_key = k.key
        and (q.status in ('held', 'scheduled', 'queued') or q.blocks) and q.status = 'queued' and q.id < v_end)
      and (not v_pending or not exists (select 1 from posthorn.events e where e.tenant_id = n.tenant_id and (e.ordering_key = k.key or posthorn.key_unknown(e))
        and e.fan_out_after is not null and e.id < v_end and (e.accepted_at, e.id) < (h.ordered_at, h.event_id)))
    order by h.id limit p_limit);
  if v_ids = '{}' then return 0; end if;
  -- One that somebody else has locked (he cancels it) is left to him: he asks again when he is done.
  v_ids := array(select d.id from posthorn.deliveries d where d.id = any (v_ids) and d.id >= v_ids[1] and d.id <= v_ids[cardinality(v_ids)]
    and d.status = 'held' order by d.id for update skip locked);
  if v_ids = '{}' then return 0; end if;
  update posthorn.deliveries d set status = 'queued', admitted = p_admitted, due_at = v_now, updated_at = v_now
    where d.id = any (v_ids) and d.id >= v_ids[1] and d.id <= v_ids[cardinality(v_ids)];
  perform graphile_worker.add_jobs(array(select posthorn.deliver_job(x) from unnest(v_ids) x));
  return cardinality(v_ids);
end $$;
--> statement-breakpoint

-- Of an endpoint's ordering keys with something waiting, from where the last look ended.
create function posthorn.admit_heads(p_endpoint uuid, p_limit integer) returns integer language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_cursor text := coalesce((select key_cursor from posthorn.lanes where endpoint_id = p_endpoint), '');
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_keys text[];
  v_moved integer := 0;
begin
  for turn in 1 .. 10 loop
    v_keys := array(
      with recursive keys as (
        (select d.ordering_key as key from posthorn.deliveries d
          where d.endpoint_id = p_endpoint and d.status = 'held' and d.ordering_key > v_cursor and d.id < v_end order by d.ordering_key limit 1)
        union all
        select (select d.ordering_key from posthorn.deliveries d
          where d.endpoint_id = p_endpoint and d.status = 'held' and d.ordering_key > k.key and d.id < v_end order by d.ordering_key limit 1)
        from keys k where k.key is not null
      )
      select key from keys where key is not null limit greatest(1, p_limit - v_moved));
    v_moved := v_moved + posthorn.admit_keys(array_fill(p_endpoint, array[cardinality(v_keys)]), v_keys, true, p_limit - v_moved);
    v_cursor := v_keys[cardinality(v_keys)];
    exit when v_cursor is null or v_moved >= p_limit;
  end loop;
  update posthorn.lanes set key_cursor = v_cursor where endpoint_id = p_endpoint;
  return v_moved;
end $$;
--> statement-breakpoint

-- Lets through what one endpoint's lane has room for; the caller holds the endpoint's row. Returns how many.
create function posthorn.admit_endpoint(n posthorn.endpoints, p_page integer, p_budget integer) returns integer language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_end constant uuid := posthorn.id_at(v_now + interval '12 hours');
  l posthorn.lanes;
  v_under_way integer;
  v_room integer;
  v_moved integer := 0;
  v_ids uuid[];
begin
  select * into l from posthorn.lanes where endpoint_id = n.id;
  if not found then return 0; end if;
  if n.lane_reason in ('paused', 'disabled') or n.mode = 'poll' then
    update posthorn.lanes set next_at = null where endpoint_id = n.id and next_at is not null;
    return 0;
  end if;
  select count(*) into v_under_way from posthorn.deliveries d where d.endpoint_id = n.id and d.status = 'queued' and d.admitted and d.id < v_end;
  v_room := least(p_page, case
    when l.reason = 'failing' then case when v_under_way = 0 and l.next_at <= v_now then 1 else 0 end
    when l.blocked_until > v_now then 0
    when l.reason is null then least(l.room, p_budget) - v_under_way
    else l.room - v_under_way end);
  if n.rate_limit is not null and v_room > 0 then
    -- A little ahead: they find their turn just when they are about to be sent.
    v_room := least(v_room, posthorn.turns_by(n.id, n.rate_limit, v_now + interval '100 milliseconds') - v_under_way);
  end if;
  if v_room > 0 then
    -- The key stands in the order so that deliveries_held is used: by the id alone all that the endpoint ever had was read.
    v_ids := array(select d.id from posthorn.deliveries d where d.endpoint_id = n.id and d.status = 'held' and d.ordering_key is null and d.id < v_end
      order by d.ordering_key, d.id limit v_room for update skip locked);
    if v_ids <> '{}' then
      update posthorn.deliveries d set status = 'queued', admitted = true, due_at = v_now, updated_at = v_now
        where d.id = any (v_ids) and d.id >= v_ids[1] and d.id <= v_ids[cardinality(v_ids)];
      perform graphile_worker.add_jobs(array(select posthorn.deliver_job(x, case when l.reason is null then 5 else 0 end) from unnest(v_ids) x));
    end if;
    v_moved := cardinality(v_ids);
    if v_moved < v_room then v_moved := v_moved + posthorn.admit_heads(n.id, v_room - v_moved); end if;
  end if;
  perform posthorn.set_next(n, l, v_room, v_moved, v_under_way);
  return v_moved;
end $$;
--> statement-breakpoint

-- Opens a failing lane a little: whatever comes next is its probe, and the first failure closes it again.
create function posthorn.try_lane(p_endpoint uuid) returns void language sql as $$
  select posthorn.show_lane(p_endpoint, null, null);
  update posthorn.lanes set reason = null, since = null, room = 2, probing = true, drained_at = posthorn.now(), next_at = posthorn.now() + interval '500 milliseconds'
    where endpoint_id = p_endpoint
$$;
--> statement-breakpoint

-- When an endpoint is looked at next, after v_moved of v_room were let through; and whether its lane opens.
create function posthorn.set_next(n posthorn.endpoints, l posthorn.lanes, v_room integer, v_moved integer, v_under_way integer) returns void language plpgsql as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_next timestamptz;
begin
  if l.reason = 'failing' and v_moved = 0 and v_under_way = 0 and l.next_at <= v_now
    and exists (select 1 from posthorn.replays r where r.endpoint_id = n.id and r.status in ('waiting', 'running')) then
    -- Nothing waits that could be its probe but a replay, which waits for an open lane: "it was down until all had failed, send it all again".
    perform posthorn.try_lane(n.id);
  elsif l.reason = 'failing' then
    -- The probe's outcome says when the next one is; a minute is for a deliverer that died with it.
    -- What was under way when the lane closed is none.
    v_next := case when v_moved > 0 then v_now + interval '1 minute' when l.next_at > v_now then l.next_at else v_now + interval '5 seconds' end;
    update posthorn.lanes set next_at = v_next, probing = v_moved > 0 or (probing and v_under_way > 0) where endpoint_id = n.id;
  elsif v_room <= 0 or v_moved >= v_room then
    v_next := case
      when l.blocked_until > v_now then l.blocked_until
      when n.rate_limit is not null and v_room <= 0 then
        greatest(v_now + interval '25 milliseconds', posthorn.next_turn(n.id, n.rate_limit, v_under_way) - interval '100 milliseconds')
      when v_room <= 0 then v_now + interval '250 milliseconds'
      else v_now + interval '25 milliseconds' end;
    update posthorn.lanes set next_at = v_next, drained_at = null where endpoint_id = n.id;
  else
    -- Nothing waits: the lane opens. Who has read that it was held may still be writing to it, and few transactions take longer than ten
    -- seconds; what is written later still is found by the reconciliation.
    if l.reason is not null then perform posthorn.show_lane(n.id, null, null); end if;
    v_next := case when coalesce(l.drained_at, v_now) > v_now - interval '10 seconds' then v_now + interval '500 milliseconds' end;
    update posthorn.lanes set reason = null, since = null, drained_at = coalesce(l.drained_at, v_now), next_at = v_next, blocked_until = null where endpoint_id = n.id;
    delete from posthorn.lanes where endpoint_id = n.id and next_at is null and failing_since is null and window_at < v_now - interval '1 minute';
  end if;
end $$;
--> statement-breakpoint

-- Lets waiting deliveries through: of these endpoints, whatever is known of them, or of all that are due. Returns how many, and in how many milliseconds there is more
-- to do (null: nothing is known of).
create function posthorn.admit(p_endpoints uuid[], p_page integer, p_budget integer) returns table (moved integer, next_ms integer) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_due constant uuid[] := coalesce(p_endpoints, array(select l.endpoint_id from posthorn.lanes l where l.next_at <= v_now order by l.next_at limit 50));
  n posthorn.endpoints;
begin
  moved := 0;
  for n in select * from posthorn.endpoints e where e.id = any (v_due) order by e.id for no key update skip locked loop
    exit when moved >= p_page;
    if p_endpoints is not null then
      insert into posthorn.lanes as l (endpoint_id, next_at, window_at) values (n.id, v_now, v_now)
        on conflict (endpoint_id) do update set next_at = v_now where l.next_at is null;
    end if;
    moved := moved + posthorn.admit_endpoint(n, p_page - moved, p_budget);
  end loop;
  next_ms := (select greatest(0, ceil(extract(epoch from l.next_at - v_now) * 1000)) from posthorn.lanes l where l.next_at is not null order by l.next_at limit 1);
  return next;
end $$;
--> statement-breakpoint

-- Deliveries that a deliverer had no slot or no turn for wait again, and their lane is held: slow or throttled. Only those still queued.
create function posthorn.turn_away(p_deliveries uuid[], p_reasons text[], p_waits_ms integer[], p_rooms integer[]) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_first constant uuid := (select x from unnest(p_deliveries) x order by x limit 1);
  v_last constant uuid := (select x from unnest(p_deliveries) x order by x desc limit 1);
  v_endpoints uuid[];
  t record;
begin
  with away as (
    update posthorn.deliveries d set status = 'held', admitted = false, updated_at = v_now
      where d.id = any (p_deliveries) and d.id >= v_first and d.id <= v_last and d.status = 'queued' returning d.endpoint_id
  ) select array_agg(distinct endpoint_id) into v_endpoints from away;
  for t in
    select n.id, g.* from posthorn.endpoints n
    cross join lateral (
      select bool_or(a.reason = 'throttled') as throttled, min(a.wait_ms) filter (where a.reason = 'throttled') as wait_ms, min(a.room) filter (where a.reason = 'slow') as room
      from unnest(p_deliveries, p_reasons, p_waits_ms, p_rooms) a (delivery, reason, wait_ms, room)
      join posthorn.deliveries d on d.id = a.delivery and d.id >= v_first and d.id <= v_last where d.endpoint_id = n.id) g
    where n.id = any (v_endpoints) and n.mode = 'push' order by n.id for no key update of n
  loop
    insert into posthorn.lanes as l (endpoint_id, reason, since, next_at, room, window_at)
      values (t.id, case when t.throttled then 'throttled' else 'slow' end, v_now, v_now + greatest(coalesce(t.wait_ms, 100) - 50, 10) * interval '1 millisecond', coalesce(t.room, 100), v_now)
      on conflict (endpoint_id) do update set
        reason = case when l.reason = 'failing' or l.reason = 'throttled' then l.reason else excluded.reason end,
        since = case when l.reason is null then v_now else l.since end,
        next_at = case when l.reason = 'failing' then least(l.next_at, v_now + interval '5 seconds') when l.blocked_until > v_now then l.blocked_until else excluded.next_at end,
        room = coalesce(t.room, l.room), drained_at = null;
    perform posthorn.show_lane(t.id, l.reason, case when l.reason = 'slow' then 'no slot is free for it' when l.reason = 'throttled' then 'its rate limit is used up' end)
      from posthorn.lanes l where l.endpoint_id = t.id and l.reason <> 'failing';
  end loop;
end $$;
--> statement-breakpoint

create type posthorn.health_input as (
  endpoint_id uuid,
  succeeded integer,
  failed integer,
  -- Answered 429.
  refused integer,
  -- Answered 502, 503 or 504, which are among the failed.
  busy integer,
  -- What the receiver asked for, in milliseconds.
  wait_ms bigint,
  -- Deliveries that the deliverer has room for now.
  room integer,
  -- Nothing but the gateway's own events.
  quiet boolean,
  -- How long ago each of the failed and refused began.
  ages_ms integer[]
);
--> statement-breakpoint

-- How long after a failed probe the next one is made: 5 s, 10 s, 20 s … 300 s, and up to a fifth more by chance.
create function posthorn.probe_distance(p_probes integer) returns interval language sql volatile as $$
  select least(5 * 2 ^ least(p_probes, 10), 300) * (1 + 0.2 * random()) * interval '1 second'
$$;
--> statement-breakpoint

-- Follows what endpoints answered: opens and closes their lanes, and disables those that have done nothing but fail for five days.
create function posthorn.note_health(p_inputs posthorn.health_input[]) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  h posthorn.health_input;
  n posthorn.endpoints;
  l posthorn.lanes;
  v_detail text;
  -- Of the failed and refused, those that began since the last success.
  v_news integer;
begin
  -- In order of their ids, as everybody who locks more than one.
  foreach h in array p_inputs loop
    select * into n from posthorn.endpoints where id = h.endpoint_id for no key update;
    -- Nothing is sent to one that polls by now: its lane is nobody's but its people's.
    continue when not found or n.mode = 'poll';
    select * into l from posthorn.lanes where endpoint_id = n.id;
    if not found then
      continue when h.failed + h.refused = 0;
      insert into posthorn.lanes (endpoint_id, window_at) values (n.id, v_now) returning * into l;
    end if;
    v_detail := n.lane_detail;
    if l.window_at < v_now - interval '1 minute' then
      l.window_at := v_now; l.window_succeeded := 0; l.window_failed := 0;
    end if;
    l.window_succeeded := l.window_succeeded + h.succeeded;
    v_news := (select count(*) from unnest(h.ages_ms) age where l.succeeded_at is null or v_now - age * interval '1 millisecond' > l.succeeded_at);
    l.window_failed := l.window_failed + h.failed;
    if h.succeeded > 0 then
      l.failures := 0; l.failing_since := null; l.succeeded_at := v_now;
    elsif v_news > 0 then
      l.failures := l.failures + v_news; l.failing_since := coalesce(l.failing_since, v_now);
    end if;

    if l.reason = 'failing' then
      -- What was under way when the lane was closed says nothing new, whichever way it ends.
      if h.succeeded > 0 and l.probing then
        -- A few at first, and twice as many with each round that succeeds: what has just come back must not be flooded.
        l.reason := 'slow'; l.since := v_now; l.next_at := v_now; l.room := 2; l.probes := 0; l.probing := false; v_detail := 'it recovered, and catches up little by little';
        l.window_at := v_now; l.window_succeeded := 0; l.window_failed := 0;
        if not h.quiet then perform posthorn.about_endpoint('API.Webhook.Recovered', n, '{}'); end if;
      elsif h.failed + h.refused > 0 and l.probing then
        l.probing := false;
        l.probes := l.probes + 1;
        l.next_at := v_now + greatest(posthorn.probe_distance(l.probes), least(coalesce(h.wait_ms, 0), 3600000) * interval '1 millisecond');
        v_detail := format('the last %s attempts failed', l.failures);
      elsif h.succeeded + h.failed + h.refused = 0 and l.probing then
        -- The probe was interrupted.
        l.probing := false; l.next_at := least(l.next_at, v_now + interval '5 seconds');
      end if;
    elsif h.failed > 0 and (l.failures >= 10 or (l.window_failed + l.window_succeeded >= 20 and l.window_failed >= l.window_succeeded)) then
      v_detail := case when l.failures >= 10 then format('the last %s attempts failed', l.failures)
        else format('%s of %s attempts failed within a minute', l.window_failed, l.window_failed + l.window_succeeded) end;
      l.reason := 'failing'; l.since := v_now; l.probes := case when l.probing then l.probes + 1 else 0 end; l.probing := false;
      l.next_at := v_now + posthorn.probe_distance(l.probes);
    elsif h.refused > 0 or (h.busy > 0 and h.wait_ms > 0) then
      l.blocked_until := greatest(l.blocked_until, v_now + least(coalesce(h.wait_ms, 1000), 3600000) * interval '1 millisecond');
      l.since := case when l.reason = 'throttled' then l.since else v_now end;
      l.reason := 'throttled'; l.next_at := l.blocked_until; l.room := greatest(2, least(l.room, h.room) / 2); v_detail := 'the receiver asked for a pause';
    elsif h.busy > 0 then
      l.since := case when l.reason is null then v_now else l.since end;
      l.room := greatest(2, least(l.room, h.room) / 2);
      if l.reason is null then l.reason := 'slow'; l.next_at := v_now; v_detail := 'the receiver is busy'; end if;
    elsif h.failed > h.succeeded then
      l.room := greatest(2, l.room / 2);
    elsif h.succeeded > 0 then
      -- A failure among successes takes one back: halved by each, a receiver that fails every fifth request never had more than a few.
      l.room := greatest(2, least(l.room + h.succeeded - h.failed, h.room));
      if l.probing then
        l.probing := false; l.probes := 0;
        if not h.quiet then perform posthorn.about_endpoint('API.Webhook.Recovered', n, '{}'); end if;
      end if;
    end if;

    if h.succeeded = 0 and h.failed + h.refused > 0 and coalesce(n.lane_reason, '') <> 'disabled'
      and l.failing_since <= v_now - interval '5 days' and l.failures > coalesce(cardinality(n.retry_schedule), 9) then
      update posthorn.endpoints set lane = 'held', lane_reason = 'disabled', lane_since = v_now, lane_detail = 'failing', revision = revision + 1, updated_at = v_now where id = n.id;
      l.reason := null; l.next_at := null; l.failures := 0; l.failing_since := null; l.probes := 0;
      if not h.quiet then perform posthorn.about_endpoint('API.Webhook.Disabled', n, jsonb_build_object('Reason', 'failing')); end if;
    elsif l.reason is not null then
      perform posthorn.show_lane(n.id, l.reason, v_detail);
    end if;
    if l.reason is null and l.next_at is null and l.failing_since is null and l.window_failed = 0 then
      delete from posthorn.lanes where endpoint_id = n.id;
    else
      update posthorn.lanes set reason = l.reason, since = l.since, next_at = l.next_at, room = l.room, probes = l.probes, probing = l.probing, blocked_until = l.blocked_until,
        failures = l.failures, failing_since = l.failing_since, succeeded_at = l.succeeded_at, window_at = l.window_at, window_succeeded = l.window_succeeded, window_failed = l.window_failed,
        drained_at = case when l.reason is not null then null else l.drained_at end
        where endpoint_id = n.id;
    end if;
  end loop;
end $$;
--> statement-breakpoint
revoke all on all functions in schema posthorn from public;
