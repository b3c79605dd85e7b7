-- What live deliverers do beside delivering. Each function lets one of them in at a time, looks at a bounded part, and says where the next
-- look begins.

drop function posthorn.reconcile(integer, integer);
--> statement-breakpoint

-- Processes live on the machines' time and not on the gateway's, which a test kit moves by days.
alter table posthorn.deliverers alter column started_at set default clock_timestamp(), alter column heartbeat_at set default clock_timestamp();
--> statement-breakpoint
create or replace function posthorn.heartbeat(p_id text, p_hostname text, p_pid integer, p_version text) returns boolean language plpgsql as $$
begin
  update posthorn.deliverers set heartbeat_at = clock_timestamp() where id = p_id;
  if found then return true; end if;
  insert into posthorn.deliverers (id, hostname, pid, version) values (p_id, p_hostname, p_pid, p_version)
  on conflict (id) do update set heartbeat_at = excluded.heartbeat_at;
  return false;
end $$;
--> statement-breakpoint
create or replace function posthorn.reap(p_ttl_ms integer) returns setof text language plpgsql as $$
declare
  v_old constant timestamptz := statement_timestamp() - p_ttl_ms * interval '1 millisecond';
  v_dead text[];
begin
  if not pg_try_advisory_xact_lock(hashtext('posthorn.reap')) then return; end if;
  with dead as (
    delete from posthorn.deliverers where heartbeat_at < v_old returning id
  ) select array_agg(id) into v_dead from dead;
  select v_dead || array_agg(distinct j.locked_by) into v_dead from graphile_worker.jobs j
    where j.locked_at < v_old and not exists (select 1 from posthorn.deliverers d where d.id = j.locked_by);
  if v_dead is null then return; end if;
  perform graphile_worker.force_unlock_workers(v_dead);
  return query select distinct unnest(v_dead);
end $$;
--> statement-breakpoint

-- Jobs for deliveries that have been due for p_grace_ms and have none, or one that will never run again. Looks at p_page of them, those due
-- the longest first, behind p_after. Returns how many it mended, and where the next look begins (null: at the beginning).
create function posthorn.reconcile_deliveries(p_grace_ms integer, p_page integer, p_after timestamptz default '-infinity')
returns table (mended integer, next timestamptz) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set work_mem = '64MB' as $$
declare
  v_old constant timestamptz := posthorn.now() - p_grace_ms * interval '1 millisecond';
  -- Without this bound every look opens the partitions of the days to come.
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_specs graphile_worker.job_spec[];
begin
  mended := 0; next := null;
  if not pg_try_advisory_xact_lock(hashtext('posthorn.reconcile_deliveries')) then return next; return; end if;

  -- graphile-worker lets a job that failed wait up to six hours. Ours fail only when something is wrong that is put right (a key that is
  -- missing from the ring): half a minute is enough. One that has used up its attempts is replaced below.
  update graphile_worker._private_jobs set run_at = now() + interval '30 seconds'
    where run_at > now() + interval '30 seconds' and attempts > 0 and locked_at is null;

  select d.due_at into next from posthorn.deliveries d where d.status = 'queued' and d.due_at > p_after and d.due_at < v_old
    order by d.due_at offset p_page - 1 limit 1;
  -- EXCEPT hashes or sorts, however the plan was made. NOT EXISTS was planned as a nested loop while the table of jobs was empty, and
  -- took 106 s over a backlog of 20,000. Jobs have no key that could be looked up: it costs as much as the job itself.
  select array_agg(posthorn.deliver_job(x.id::uuid)), count(*) into v_specs, mended from (
    select d.id::text as id from posthorn.deliveries d
      where d.status = 'queued' and d.due_at > p_after and d.due_at <= coalesce(next, v_old) and d.updated_at < v_old and d.id < v_end
    except
    select j.payload ->> 'id' from graphile_worker._private_jobs j where j.attempts < j.max_attempts
    limit 5000) x;
  if v_specs is not null then perform graphile_worker.add_jobs(v_specs); end if;
  -- There may be more of them here.
  if mended = 5000 then next := p_after; end if;
  return next;
end $$;
--> statement-breakpoint

-- The same for events that are not fanned out, behind the event p_after.
create function posthorn.reconcile_events(p_grace_ms integer, p_page integer, p_after uuid default '00000000-0000-0000-0000-000000000000')
returns table (mended integer, next uuid) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_old constant timestamptz := posthorn.now() - p_grace_ms * interval '1 millisecond';
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_page uuid[];
  v_specs graphile_worker.job_spec[];
begin
  mended := 0; next := null;
  if not pg_try_advisory_xact_lock(hashtext('posthorn.reconcile_events')) then return next; return; end if;
  -- Set apart from the order: with it, the primary key was read from end to end, and all that was ever published with it.
  v_page := array(
    with pending as materialized (select e.id, e.accepted_at from posthorn.events e where e.fan_out_after is not null and e.id < v_end)
    select p.id from pending p where p.id > p_after and p.accepted_at < v_old order by p.id limit p_page);
  select array_agg(posthorn.job('fan_out', json_build_object('id', x.id), 'fan_out:' || x.id::text)), count(*) into v_specs, mended from (
    select e.id from unnest(v_page) e (id)
    left join graphile_worker._private_jobs j on j.key = 'fan_out:' || e.id::text and j.attempts < j.max_attempts
    where j.id is null) x;
  if v_specs is not null then perform graphile_worker.add_jobs(v_specs); end if;
  if cardinality(v_page) = p_page then next := v_page[p_page]; end if;
  return next;
end $$;
--> statement-breakpoint

-- Whether an endpoint holds something that nobody will let through: its lane is the gateway's or open, and is not looked at. Heads of ordering
-- keys in open lanes are seen to by reconcile_keys.
create function posthorn.is_forgotten(n posthorn.endpoints) returns boolean language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
  return n.mode = 'push' and coalesce(n.lane_reason, '') not in ('paused', 'disabled')
    and not exists (select 1 from posthorn.lanes l where l.endpoint_id = n.id and l.next_at is not null)
    and (n.lane = 'held' or exists (select 1 from posthorn.deliveries d where d.endpoint_id = n.id and d.status = 'held' and d.ordering_key is null));
end $$;
--> statement-breakpoint
-- Wakes such a lane, or has the rest of a deleted endpoint canceled. Returns whether there was something to do.
create function posthorn.reconcile_lane(p_endpoint uuid) returns boolean language plpgsql as $$
declare
  n posthorn.endpoints;
begin
  select * into n from posthorn.endpoints where id = p_endpoint;
  if not found then
    perform graphile_worker.add_jobs(array[posthorn.job('release', json_build_object('id', p_endpoint), 'release:' || p_endpoint::text)]);
    return true;
  end if;
  if not posthorn.is_forgotten(n) then return false; end if;
  -- Once more under its lock: the lane may have changed since, and who holds the lock looks at it.
  select * into n from posthorn.endpoints where id = p_endpoint for no key update skip locked;
  if not found or not posthorn.is_forgotten(n) then return false; end if;
  perform posthorn.wake_lane(p_endpoint);
  -- The lane's row is the gateway's memory of why it holds: without it the lane would never open again.
  update posthorn.lanes set reason = n.lane_reason, since = coalesce(since, n.lane_since) where endpoint_id = p_endpoint and reason is null and n.lane_reason is not null;
  return true;
end $$;
--> statement-breakpoint

-- Endpoints behind p_after that hold something, at most p_page of them.
create function posthorn.reconcile_lanes(p_page integer, p_after uuid default '00000000-0000-0000-0000-000000000000')
returns table (mended integer, next uuid) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
  mended := 0; next := p_after;
  if not pg_try_advisory_xact_lock(hashtext('posthorn.reconcile_lanes')) then next := null; return next; return; end if;
  for turn in 1 .. p_page loop
    next := posthorn.next_holding(next);
    exit when next is null;
    if posthorn.reconcile_lane(next) then mended := mended + 1; end if;
  end loop;
  return next;
end $$;
--> statement-breakpoint
create function posthorn.next_holding(p_after uuid) returns uuid language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
  return (select d.endpoint_id from posthorn.deliveries d where d.status = 'held' and d.endpoint_id > p_after
    and d.id < posthorn.id_at(posthorn.now() + interval '12 hours') order by d.endpoint_id limit 1);
end $$;
--> statement-breakpoint

-- Heads of ordering keys that nobody has let go, in open lanes: looks at p_page rows of the keys behind (p_after, p_key). One waits for an
-- event that was still to be fanned out, and may not have been for its endpoint. Many rows at a time, for a look at each key by itself over all
-- partitions takes 0.3 ms: 100,000 keys that were blocked kept a session busy for half a minute, again and again.
create function posthorn.reconcile_keys(p_grace_ms integer, p_page integer, p_after uuid default '00000000-0000-0000-0000-000000000000', p_key text default null)
returns table (mended integer, next uuid, next_key text) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
  v_old constant timestamptz := posthorn.now() - p_grace_ms * interval '1 millisecond';
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_window constant integer := least(p_page, 1000);
  v_looked integer := 0;
  v_stuck text[];
  v_rows integer;
  v_last text;
  v_endpoints uuid[] := '{}';
  v_keys text[] := '{}';
begin
  mended := 0; next := p_after; next_key := p_key;
  if not pg_try_advisory_xact_lock(hashtext('posthorn.reconcile_keys')) then next := null; return next; return; end if;
  for turn in 1 .. 1000 loop
    exit when v_looked >= p_page or cardinality(v_keys) >= 1000;
    if next_key is null then
      -- Not of those that keep an order now: what waits may be from before its subscription's order was taken away.
      next := posthorn.next_holding(next);
      exit when next is null;
      continue when not exists (select from posthorn.endpoints n where n.id = next and n.lane = 'open');
    end if;
    -- The first row of each key is its head, also where the window ends within the key.
    select array_agg(h.ordering_key) filter (where h.status = 'held' and h.updated_at < v_old), coalesce(max(h.rows), 0), max(h.last)
      into v_stuck, v_rows, v_last from (
        select distinct on (x.ordering_key) x.ordering_key, x.status, x.updated_at, count(*) over () as rows, last_value(x.ordering_key) over () as last from (
          select d.ordering_key, d.ordered_at, d.event_id, d.status, d.updated_at from posthorn.deliveries d
          where d.endpoint_id = next and d.ordering_key > coalesce(next_key, '') and (d.status in ('held', 'scheduled', 'queued') or d.blocks) and d.id < v_end
          order by d.ordering_key, d.ordered_at, d.event_id limit v_window) x
        order by x.ordering_key, x.ordered_at, x.event_id) h;
    v_looked := v_looked + v_rows;
    next_key := case when v_rows = v_window then v_last end;
    if v_stuck is not null then
      v_endpoints := v_endpoints || array_fill(next, array[cardinality(v_stuck)]); v_keys := v_keys || v_stuck;
    end if;
  end loop;
  if v_keys <> '{}' then mended := posthorn.admit_keys(v_endpoints, v_keys, false, null); end if;
  return next;
end $$;
--> statement-breakpoint

-- The oldest day whose partitions retention may drop, or null. A day stays, and with it the younger ones behind it, while it has something to
-- send, or something that the next day's deliveries may need (an event of 23:59:59), or a delivery for which others of its ordering key wait, or
-- something that a replay has still to choose from. What disabled endpoints hold or replay keeps no day: nobody may ever enable them again, and no
-- day of anybody's would be dropped any more. Found by their names: a drop may have failed after its detach, and a detached table is no partition.
create or replace function posthorn.expired_day(retention_days integer) returns date language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_day date := (select min(to_date(right(c.relname, 8), 'YYYYMMDD')) from pg_class c
    where c.relnamespace = 'posthorn'::regnamespace and c.relkind = 'r' and c.relname ~ '^(events|deliveries|attempts)_[0-9]{8}$');
  v_bound uuid := posthorn.id_at((v_day + 2)::timestamp at time zone 'UTC');
  v_endpoint uuid := '00000000-0000-0000-0000-000000000000';
begin
  if v_day >= (posthorn.now() at time zone 'UTC')::date - retention_days
    or exists (select 1 from posthorn.deliveries where status in ('queued', 'scheduled') and id < v_bound)
    or exists (select 1 from posthorn.deliveries d join posthorn.endpoints n on n.id = d.endpoint_id
      where d.blocks and d.ordering_key is not null and d.id < v_bound and n.lane_reason is distinct from 'disabled')
    or exists (select 1 from posthorn.replays r join posthorn.endpoints n on n.id = r.endpoint_id
      where r.status in ('waiting', 'running') and r.phase <> 'admitted' and r.since < (v_day + 1)::timestamp at time zone 'UTC'
        and r.until > v_day::timestamp at time zone 'UTC' and coalesce(n.lane_reason, '') not in ('paused', 'disabled')
        -- One that gets nowhere for a day keeps nobody's days: it sends what is still there.
        and coalesce(r.started_at, r.created_at) > posthorn.now() - interval '1 day')
    or exists (select 1 from posthorn.events where fan_out_after is not null and id < v_bound) then
    return null;
  end if;
  -- One look for each endpoint: a disabled one may hold millions.
  loop
    v_endpoint := (select d.endpoint_id from posthorn.deliveries d where d.status = 'held' and d.endpoint_id > v_endpoint and d.id < v_bound
      order by d.endpoint_id limit 1);
    exit when v_endpoint is null;
    if not exists (select 1 from posthorn.endpoints n where n.id = v_endpoint and n.lane_reason = 'disabled') then return null; end if;
  end loop;
  return v_day;
end $$;
--> statement-breakpoint

-- The one count of what waits, for every process to show. A million waiting rows are counted in 0.3 s where autovacuum has been, and in 2 s
-- where it has not: so a count goes on over several statements, each of which stops when its time is up.
create table posthorn.census (
  one boolean primary key default true check (one),
  -- The last complete count: {state: {count, oldestSeconds}}, and when it was complete.
  waiting jsonb not null default '{}',
  replays jsonb not null default '{}',
  taken_at timestamptz,
  -- The one under way: what is being counted (null: none is), from where on, and what was counted so far: {state: {count, since}}.
  step text check (step in ('queued', 'scheduled', 'held', 'events')),
  after_due timestamptz,
  after_endpoint uuid,
  after_key text,
  after_id uuid,
  counted jsonb not null default '{}'
) with (fillfactor = 50);
--> statement-breakpoint
insert into posthorn.census default values;
--> statement-breakpoint

create function posthorn.made_at(id uuid) returns timestamptz language sql immutable parallel safe as $$
  select to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
$$;
--> statement-breakpoint

create function posthorn.add_count(counted jsonb, state text, n bigint, since timestamptz) returns jsonb language sql immutable parallel safe as $$
  select case when n = 0 then counted else counted || jsonb_build_object(state, jsonb_build_object(
    'count', coalesce((counted -> state ->> 'count')::bigint, 0) + n, 'since', least((counted -> state ->> 'since')::timestamptz, since))) end
$$;
--> statement-breakpoint

-- Counts the next p_page or fewer, and moves on.
create function posthorn.count_more(c posthorn.census, p_page integer) returns posthorn.census language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_due timestamptz;
  v_count bigint;
  v_since timestamptz;
  v_first text;
  v_last uuid;
  v_key text;
  n posthorn.endpoints;
begin
  if c.step in ('queued', 'scheduled') then
    -- Of the index alone: no id is asked for, and both states are named, else its condition is not seen to hold.
    v_due := (select d.due_at from posthorn.deliveries d where d.status in ('queued', 'scheduled') and d.status = c.step and d.due_at > c.after_due order by d.due_at offset p_page limit 1);
    select count(*), min(d.due_at) into v_count, v_since from posthorn.deliveries d
      where d.status in ('queued', 'scheduled') and d.status = c.step and d.due_at > c.after_due and d.due_at <= coalesce(v_due, 'infinity');
    c.counted := posthorn.add_count(c.counted, c.step, v_count, v_since);
    c.after_due := coalesce(v_due, '-infinity');
    if v_due is null then c.step := case c.step when 'queued' then 'scheduled' else 'held' end; end if;
  elsif c.step = 'events' then
    select count(*), min(e.id::text collate "C") into v_count, v_first from posthorn.events e where e.fan_out_after is not null and e.id < v_end;
    c.counted := posthorn.add_count(c.counted, 'fanOut', v_count, posthorn.made_at(v_first::uuid));
    c.step := null;
  elsif c.after_id is null then
    -- A new endpoint: those without an ordering key come first. after_key: null for these, '' and more for those with one.
    c.after_endpoint := posthorn.next_holding(c.after_endpoint);
    c.after_key := null; c.after_id := '00000000-0000-0000-0000-000000000000';
    if c.after_endpoint is null then c.step := 'events'; end if;
  else
    if c.after_key is null then
      v_first := (select d.id from posthorn.deliveries d where d.endpoint_id = c.after_endpoint and d.status = 'held' and d.ordering_key is null
        and d.id > c.after_id and d.id < v_end order by d.ordering_key, d.id limit 1);
      v_last := (select d.id from posthorn.deliveries d where d.endpoint_id = c.after_endpoint and d.status = 'held' and d.ordering_key is null
        and d.id > c.after_id and d.id < v_end order by d.ordering_key, d.id offset p_page - 1 limit 1);
      select count(*) into v_count from posthorn.deliveries d where d.endpoint_id = c.after_endpoint and d.status = 'held' and d.ordering_key is null
        and d.id > c.after_id and d.id <= coalesce(v_last, v_end);
    else
      select d.id, d.ordering_key into v_last, v_key from posthorn.deliveries d where d.endpoint_id = c.after_endpoint and d.status = 'held'
        and (d.ordering_key, d.id) > (c.after_key, c.after_id) and d.id < v_end order by d.ordering_key, d.id offset p_page - 1 limit 1;
      select count(*), min(d.id::text collate "C") into v_count, v_first from posthorn.deliveries d where d.endpoint_id = c.after_endpoint and d.status = 'held'
        and (d.ordering_key, d.id) > (c.after_key, c.after_id) and (v_last is null or (d.ordering_key, d.id) <= (v_key, v_last)) and d.id < v_end;
    end if;
    select * into n from posthorn.endpoints where id = c.after_endpoint;
    c.counted := posthorn.add_count(c.counted,
      case when n.id is null then 'deleted' when n.lane_reason is not null then n.lane_reason when n.mode = 'poll' then 'poll'
        when c.after_key is null then 'open' else 'ordered' end,
      v_count, posthorn.made_at(v_first::uuid));
    if v_last is not null then
      c.after_id := v_last; c.after_key := v_key;
    elsif c.after_key is null then
      c.after_key := ''; c.after_id := '00000000-0000-0000-0000-000000000000';
    else
      c.after_id := null;
    end if;
  end if;
  return c;
end $$;
--> statement-breakpoint

-- Begins a count when the last one is older than p_every_ms, or goes on with the one under way, for about p_budget_ms. Returns whether it is to
-- be gone on with.
create function posthorn.take_census(p_every_ms integer, p_budget_ms integer, p_page integer default 5000) returns boolean language plpgsql as $$
declare
  v_begun constant timestamptz := clock_timestamp();
  v_now constant timestamptz := posthorn.now();
  c posthorn.census;
begin
  select * into c from posthorn.census for update skip locked;
  if not found then return false; end if;
  if c.step is null then
    if c.taken_at > v_begun - p_every_ms * interval '1 millisecond' then return false; end if;
    c.step := 'queued'; c.counted := '{}'; c.after_due := '-infinity';
    c.after_endpoint := '00000000-0000-0000-0000-000000000000'; c.after_id := null;
  end if;
  loop
    c := posthorn.count_more(c, p_page);
    exit when c.step is null or clock_timestamp() >= v_begun + p_budget_ms * interval '1 millisecond';
  end loop;
  if c.step is null then
    c.taken_at := clock_timestamp();
    c.waiting := (select coalesce(jsonb_object_agg(s.key, jsonb_build_object('count', s.value -> 'count',
      'oldestSeconds', greatest(0, extract(epoch from v_now - (s.value ->> 'since')::timestamptz)))), '{}') from jsonb_each(c.counted) s);
    c.replays := (select coalesce(jsonb_object_agg(r.status, r.count), '{}') from (
      select status, count(*) from posthorn.replays where status in ('waiting', 'running') group by status) r);
  end if;
  update posthorn.census set waiting = c.waiting, replays = c.replays, taken_at = c.taken_at, step = c.step, after_due = c.after_due,
    after_endpoint = c.after_endpoint, after_key = c.after_key, after_id = c.after_id, counted = c.counted;
  return c.step is not null;
end $$;
--> statement-breakpoint
revoke all on all functions in schema posthorn from public;
