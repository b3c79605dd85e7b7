-- The feed of endpoints that poll. Their deliveries wait as held, without jobs. One is given a place in the feed when it is first handed out,
-- and keeps it until it is acknowledged: pages repeat exactly, and what commits late comes behind what was seen already, never before it.

-- Every look below has the order of one index that holds nothing but what waits, and may not sort: by their ids all that the endpoint ever had
-- would be read.
create index deliveries_keyed_to_feed on posthorn.deliveries (endpoint_id, ordered_at, event_id) where status = 'held' and ordering_key is not null and feed_position is null;
--> statement-breakpoint

-- Those whose bodies are still to be made, by a job.
create index deliveries_without_body on posthorn.deliveries (endpoint_id, updated_at) where status = 'held' and detail is not null;
--> statement-breakpoint

create type posthorn.feed_candidate as (id uuid, event_id uuid, ordering_key text, accepted_at timestamptz);
--> statement-breakpoint

-- The next ones of an endpoint's ordering keys, the first of each key first. A key stops before what is still on its way from the time when
-- the endpoint was sent to (queued, scheduled), what failed for good and blocks it, what has no body yet, and events that were accepted
-- earlier and are still to be fanned out. Keys that have nothing to give are passed over: a few windows, each four times the one before.
create function posthorn.keyed_feed_candidates(n posthorn.endpoints, p_limit integer) returns setof posthorn.feed_candidate language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_window integer := 2 * p_limit + 100;
  v_keys text[];
  v_counts integer[];
  v_read integer;
  v_closed text[] := '{}';
  v_unknown_at timestamptz;
begin
  for turn in 1 .. 5 loop
    select array_agg(k.key), array_agg(k.rows), sum(k.rows) into v_keys, v_counts, v_read from (
      select d.ordering_key as key, count(*)::integer as rows from (
        select x.ordering_key from posthorn.deliveries x
        where x.endpoint_id = n.id and x.status = 'held' and x.ordering_key is not null and x.feed_position is null and x.id < v_end
          and x.ordering_key <> all (v_closed)
        order by x.ordered_at, x.event_id limit v_window) d
      group by d.ordering_key) k;
    exit when v_keys is null;
    -- An event whose key is not known yet may have any.
    select min(e.accepted_at) into v_unknown_at from posthorn.events e
      where e.tenant_id = n.tenant_id and e.ordering_key is null and e.fan_out_after is not null and e.id < v_end and posthorn.key_unknown(e);
    return query
      select c.id, c.event_id, c.ordering_key, c.ordered_at from unnest(v_keys, v_counts) k (key, rows)
      left join lateral (
        select e.accepted_at, e.id from posthorn.events e
        where e.tenant_id = n.tenant_id and e.ordering_key = k.key and e.fan_out_after is not null and e.id < v_end
        order by e.accepted_at, e.id limit 1) pending on true
      cross join lateral (
        select h.*, bool_and(h.status = 'held' and h.detail is null) over (order by h.ordered_at, h.event_id) as goes from (
          select d.id, d.event_id, d.ordering_key, d.ordered_at, d.status, d.detail from posthorn.deliveries d
          where d.endpoint_id = n.id and d.ordering_key = k.key and (d.status in ('held', 'scheduled', 'queued') or d.blocks)
            and (d.status <> 'held' or d.feed_position is null) and d.id < v_end
          order by d.ordered_at, d.event_id limit k.rows) h) c
      where c.goes and (pending.id is null or (c.ordered_at, c.event_id) < (pending.accepted_at, pending.id))
        and (v_unknown_at is null or c.ordered_at < v_unknown_at)
      order by c.ordered_at, c.event_id, c.id limit p_limit;
    exit when found or v_read < v_window;
    v_closed := v_closed || v_keys;
    v_window := v_window * 4;
  end loop;
end $$;
--> statement-breakpoint

-- What is next in an endpoint's feed, in the order in which the events were accepted.
create function posthorn.feed_candidates(n posthorn.endpoints, p_limit integer) returns setof posthorn.feed_candidate language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_ids uuid[];
  v_events uuid[];
begin
  -- By their ids first, and a few more than needed: statements that run at the same time draw their ids crosswise within milliseconds.
  select array_agg(d.id order by d.id), array_agg(d.event_id order by d.event_id) into v_ids, v_events from (
    select x.id, x.event_id from posthorn.deliveries x
    where x.endpoint_id = n.id and x.status = 'held' and x.ordering_key is null and x.feed_position is null and x.detail is null and x.id < v_end
    order by x.ordering_key, x.id limit 2 * p_limit + 100) d;
  return query
    select c.* from (
      select d.id, d.event_id, null::text, coalesce(e.accepted_at, '-infinity') as accepted_at
      from posthorn.deliveries d
      left join posthorn.events e on e.id = d.event_id and e.id >= v_events[1] and e.id <= v_events[cardinality(v_events)]
      where d.id = any (v_ids) and d.id >= v_ids[1] and d.id <= v_ids[cardinality(v_ids)]
      union all
      select * from posthorn.keyed_feed_candidates(n, p_limit)) c
    order by c.accepted_at, c.event_id, c.id limit p_limit;
end $$;
--> statement-breakpoint

-- Which of these endpoints' feeds have something new, or an answer of another kind (deleted, pushed to, disabled). Asked five times a second
-- while somebody waits: without p_all only what was made in the last day is looked for, which opens two partitions and not all.
create function posthorn.feeds_ready(p_endpoints uuid[], p_all boolean) returns setof uuid language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
  v_first constant uuid := case when p_all then '00000000-0000-0000-0000-000000000000' else posthorn.id_at(posthorn.now() - interval '1 day') end;
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
begin
  return query
    select x.id from unnest(p_endpoints) x (id) left join posthorn.endpoints n on n.id = x.id
    where case
      when n.id is null or n.mode = 'push' or n.lane_reason = 'disabled' then true
      when n.lane_reason = 'paused' then false
      when (select d.id from posthorn.deliveries d where d.endpoint_id = x.id and d.status = 'held' and d.ordering_key is null and d.feed_position is null
          and d.id >= v_first and d.id < v_end order by d.ordering_key, d.id limit 1) is null
        and (select d.id from posthorn.deliveries d where d.endpoint_id = x.id and d.status = 'held' and d.ordering_key is not null and d.feed_position is null
          and d.id >= v_first and d.id < v_end order by d.ordered_at, d.event_id limit 1) is null then false
      else exists (select 1 from posthorn.feed_candidates(n, 1)) end;
end $$;
--> statement-breakpoint

-- Acknowledged means delivered: an attempt each, by whoever fetched it. Locked by the caller.
create function posthorn.acknowledge(n posthorn.endpoints, p_ids uuid[], p_address text) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_events json;
begin
  with acked as materialized (
    update posthorn.deliveries d set status = 'delivered', reason = null, attempts = d.attempts + 1, step = d.step + 1, feed_position = null,
      admitted = false, blocks = false, updated_at = v_now
    where d.id = any (p_ids) and d.id >= p_ids[1] and d.id <= p_ids[cardinality(p_ids)] and d.status = 'held'
    returning d.id, d.event_id, d.event_type, d.attempts, d.operational
  ), logged as (
    insert into posthorn.attempts (id, tenant_id, endpoint_id, delivery_id, number, started_at, duration_ms, outcome, address)
    select posthorn.new_id(), n.tenant_id, n.id, a.id, a.attempts, v_now, 0, 'succeeded', p_address from acked a
  )
  select json_agg(json_build_object('ordinal', s.nth, 'tenant_id', n.tenant_id, 'catalog', 'posthorn', 'type', 'API.Webhook.Triggered', 'data', s.data::text, 'operational', true))
    into v_events from (
      select row_number() over () as nth, json_build_object('WebhookId', posthorn.type_id('ep', n.id), 'AccountId', n.tenant_id, 'EventType', a.event_type,
        'EventId', coalesce(e.external_id, posthorn.type_id('evt', a.event_id)), 'DeliveryId', posthorn.type_id('dlv', a.id),
        'ResponseStatus', null, 'Timestamp', posthorn.iso(v_now)) as data
      from acked a join posthorn.tenants t on t.id = n.tenant_id and 'API.Webhook.Triggered' = any (t.operational)
      left join posthorn.events e on e.id = a.event_id
      where not a.operational) s;
  if v_events is not null then perform posthorn.accept_events(v_events, true); end if;
end $$;
--> statement-breakpoint

-- Gives places to the next p_limit of a feed, and returns them in order; the first on a page goes whatever its size. The caller holds the
-- endpoint's row.
create function posthorn.feed_places(n posthorn.endpoints, p_limit integer, p_max_bytes bigint, p_first boolean) returns uuid[] language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_candidates posthorn.feed_candidate[] := array(select c from posthorn.feed_candidates(n, p_limit) c);
  v_asked uuid[] := array(select c.id from unnest(v_candidates) c order by c.id);
  v_locked uuid[];
  v_expired uuid[];
  v_ids uuid[];
begin
  if v_asked = '{}' then return v_asked; end if;
  v_locked := array(select d.id from posthorn.deliveries d where d.id = any (v_asked) and d.id >= v_asked[1] and d.id <= v_asked[cardinality(v_asked)]
    and d.status = 'held' and d.feed_position is null for update skip locked);
  -- Redelivered after retention had dropped its event: there is nothing left to hand out.
  v_expired := array(select d.id from posthorn.deliveries d left join posthorn.events e on e.id = d.event_id
    where d.id = any (v_locked) and d.id >= v_asked[1] and d.id <= v_asked[cardinality(v_asked)] and e.id is null);
  if v_expired <> '{}' then
    update posthorn.deliveries d set status = 'failed', reason = 'eventExpired', updated_at = posthorn.now()
      where d.id = any (v_expired) and d.id >= v_asked[1] and d.id <= v_asked[cardinality(v_asked)];
  end if;
  -- One that somebody has locked (he cancels it) is left to the next page, and with it what is behind it in its key.
  v_ids := array(
    select s.id from (
      select c.id, c.nth, sum(octet_length(coalesce(d.body, e.body))) over (order by c.nth) as bytes, row_number() over (order by c.nth) as place
      from unnest(v_candidates) with ordinality c (id, event_id, ordering_key, accepted_at, nth)
      join posthorn.deliveries d on d.id = c.id and d.id >= v_asked[1] and d.id <= v_asked[cardinality(v_asked)]
      join posthorn.events e on e.id = c.event_id
      where c.id = any (v_locked) and not exists (
        select 1 from unnest(v_candidates) with ordinality b (id, event_id, ordering_key, accepted_at, nth)
        where b.ordering_key = c.ordering_key and b.nth < c.nth and b.id <> all (v_locked))) s
    where s.bytes <= p_max_bytes or (p_first and s.place = 1) order by s.nth);
  if v_ids = '{}' then return v_ids; end if;
  update posthorn.deliveries d set feed_position = n.feed_position + x.nth from unnest(v_ids) with ordinality x (id, nth)
    where d.id = x.id and d.id >= v_asked[1] and d.id <= v_asked[cardinality(v_asked)];
  update posthorn.endpoints e set feed_position = e.feed_position + cardinality(v_ids) where e.id = n.id;
  return v_ids;
end $$;
--> statement-breakpoint

-- Gives a job to what was redelivered while nobody could make its body: it was held, or the endpoint was sent to. The job makes it and holds
-- it again.
create function posthorn.make_bodies(p_endpoint uuid) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
  v_ids uuid[] := array(select d.id from posthorn.deliveries d
    where d.endpoint_id = p_endpoint and d.status = 'held' and d.detail is not null order by d.updated_at limit 100 for update skip locked);
begin
  if v_ids = '{}' then return; end if;
  update posthorn.deliveries d set status = 'queued', due_at = posthorn.now(), updated_at = posthorn.now() where d.id = any (v_ids);
  perform graphile_worker.add_jobs(array(select posthorn.deliver_job(x) from unnest(v_ids) x));
end $$;
--> statement-breakpoint

-- Acknowledges everything up to the cursor and reads the page behind it. One row at least: `state` is ok, missing, push, disabled, or ahead (a
-- place that was never given out); without a delivery in it, the page is empty.
create function posthorn.read_feed(p_tenant text, p_endpoint uuid, p_cursor bigint, p_limit integer, p_max_bytes integer, p_address text)
returns table (state text, "position" bigint, now_ms double precision, delivery_id uuid, event_id uuid, external_id text, event_type text, attempt integer,
  payload_format text, trace_id text, body text) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set enable_incremental_sort = off as $$
declare
  v_cursor constant bigint := coalesce(p_cursor, 0);
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  n posthorn.endpoints;
  v_acked uuid[];
  v_given uuid[] := '{}';
  v_ids uuid[] := '{}';
  v_bytes bigint := 0;
  v_cut boolean := false;
  v_sorted uuid[];
  v_events uuid[];
  g record;
begin
  now_ms := extract(epoch from posthorn.now())::double precision * 1000;
  select * into n from posthorn.endpoints e where e.tenant_id = p_tenant and e.id = p_endpoint;
  state := posthorn.feed_state(n, v_cursor);
  -- Most calls find nothing: they lock nothing and write nothing.
  if state <> 'ok' or not (
      (select d.id from posthorn.deliveries d
        where d.endpoint_id = n.id and d.status = 'held' and d.feed_position is not null and d.id < v_end order by d.feed_position limit 1) is not null
      or (select d.id from posthorn.deliveries d
        where d.endpoint_id = n.id and d.status = 'held' and d.detail is not null and d.id < v_end order by d.updated_at limit 1) is not null
      or (n.lane_reason is distinct from 'paused' and exists (select 1 from posthorn.feed_candidates(n, 1)))) then
    return next; return;
  end if;
  select * into n from posthorn.endpoints e where e.tenant_id = p_tenant and e.id = p_endpoint for no key update;
  state := posthorn.feed_state(n, v_cursor);
  if state <> 'ok' then return next; return; end if;

  v_acked := array(select d.id from posthorn.deliveries d
    where d.endpoint_id = n.id and d.status = 'held' and d.feed_position <= v_cursor and d.id < v_end order by d.feed_position for update skip locked);
  if v_acked <> '{}' then perform posthorn.acknowledge(n, array(select x from unnest(v_acked) x order by x), p_address); end if;
  if n.lane_reason = 'paused' then return next; return; end if;

  perform posthorn.make_bodies(n.id);
  for g in
    select d.id, octet_length(coalesce(d.body, e.body)) as size from posthorn.deliveries d join posthorn.events e on e.id = d.event_id
    where d.endpoint_id = n.id and d.status = 'held' and d.feed_position > v_cursor and d.id < v_end order by d.feed_position limit p_limit
  loop
    v_bytes := v_bytes + g.size;
    v_cut := v_bytes > p_max_bytes and v_given <> '{}';
    exit when v_cut;
    v_given := v_given || g.id;
  end loop;
  v_ids := v_given;
  if not v_cut and cardinality(v_given) < p_limit then
    v_ids := v_ids || posthorn.feed_places(n, p_limit - cardinality(v_given), p_max_bytes - v_bytes, v_given = '{}');
  end if;
  if v_ids = '{}' then return next; return; end if;

  -- The bounds of both prune to the partitions concerned: see load_deliveries.
  v_sorted := array(select x from unnest(v_ids) x order by x);
  v_events := array(select d.event_id from posthorn.deliveries d where d.id = any (v_ids) and d.id >= v_sorted[1] and d.id <= v_sorted[cardinality(v_sorted)]);
  v_events := array(select x from unnest(v_events) x order by x);
  return query
    select 'ok', d.feed_position, read_feed.now_ms, d.id, e.id, e.external_id, d.event_type, d.attempts + 1, d.payload_format, e.trace_id, coalesce(d.body, e.body)
    from posthorn.deliveries d join posthorn.events e on e.id = d.event_id
    where d.id = any (v_ids) and d.id >= v_sorted[1] and d.id <= v_sorted[cardinality(v_sorted)]
      and e.id >= v_events[1] and e.id <= v_events[cardinality(v_events)]
    order by d.feed_position;
end $$;
--> statement-breakpoint

create function posthorn.feed_state(n posthorn.endpoints, p_cursor bigint) returns text language sql immutable as $$
  select case when n.id is null then 'missing' when n.mode = 'push' then 'push' when n.lane_reason = 'disabled' then 'disabled'
    when p_cursor > n.feed_position then 'ahead' else 'ok' end
$$;
--> statement-breakpoint

-- From the feed to being sent to, and back. The places in the feed go: what was handed out and not acknowledged is sent, and would be given
-- another place if the endpoint polls again; a cursor from before must not acknowledge it. How its lane did while it was sent to is forgotten.
create function posthorn.change_mode() returns trigger language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
  if new.mode = 'push' then
    update posthorn.deliveries d set feed_position = null from (
      select x.id from posthorn.deliveries x where x.endpoint_id = new.id and x.status = 'held' and x.feed_position is not null order by x.feed_position for update skip locked) g
      where d.id = g.id;
    perform posthorn.wake_lane(new.id);
  else
    delete from posthorn.lanes where endpoint_id = new.id;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger change_mode after update of mode on posthorn.endpoints for each row when (old.mode is distinct from new.mode) execute function posthorn.change_mode();
--> statement-breakpoint
revoke all on all functions in schema posthorn from public;
