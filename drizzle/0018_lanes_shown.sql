-- What people see of a lane beside the endpoint's own columns. As functions, for their plans: over all partitions planning takes 60 ms, and
-- looking 1 ms.

-- Deliveries that wait behind others of their ordering key while the lane is open: since when (null: none does), and how many keys wait
-- behind one that failed for good, among the first p_rows; `more`: there may be others.
create function posthorn.waiting_keys(n posthorn.endpoints, p_rows integer) returns table (since timestamptz, blocked integer, more boolean)
language plpgsql stable rows 1
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan as $$
declare
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
  v_oldest timestamptz;
  k record;
begin
  blocked := 0; more := false;
  if n.lane = 'open' then
    select d.updated_at into v_oldest from posthorn.deliveries d
      where d.endpoint_id = n.id and d.status = 'held' and d.ordering_key is not null and d.feed_position is null and d.id < v_end order by d.ordered_at, d.event_id limit 1;
  end if;
  -- In a feed the others of a key come with the next page: there they wait for a person alone.
  if v_oldest is null and (n.mode = 'push' or n.lane_reason is not null) then return next; return; end if;
  -- One that is alone in its key waits for nothing but room: the lane catches up.
  select min(g.since) filter (where g.rows > 1 and (n.mode = 'push' or g.blocked)) as since, count(*) filter (where g.rows > 1 and g.since is not null and g.blocked) as blocked, sum(g.rows) > p_rows as more
    into k
    from (
      select min(d.updated_at) filter (where d.status = 'held') as since, bool_or(d.blocks) as blocked, count(*) as rows from (
        select x.ordering_key, x.status, x.blocks, x.updated_at from posthorn.deliveries x
        where x.endpoint_id = n.id and x.ordering_key is not null and (x.status in ('held', 'scheduled', 'queued') or x.blocks) and x.id < v_end
        order by x.ordering_key limit p_rows + 1) d
      group by d.ordering_key) g;
  since := case when k.since is not null then least(v_oldest, k.since) end; blocked := k.blocked; more := k.more;
  return next;
end $$;
--> statement-breakpoint

-- How many deliveries of an endpoint wait, and how many its lane has let through that are under way: counted up to p_most.
create function posthorn.in_lane(p_endpoint uuid, p_most integer) returns table (waiting integer, in_flight integer) language plpgsql stable rows 1
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan as $$
declare
  v_end constant uuid := posthorn.id_at(posthorn.now() + interval '12 hours');
begin
  select count(*) into waiting from (
    -- In an order that only the index of those that wait has: by another one, all that the endpoint ever had would be read.
    select from posthorn.deliveries d where d.endpoint_id = p_endpoint and d.status = 'held' and d.id < v_end order by d.ordering_key limit p_most) x;
  select count(*) into in_flight from (
    select from posthorn.deliveries d where d.endpoint_id = p_endpoint and d.status = 'queued' and d.admitted and d.id < v_end limit p_most) x;
  return next;
end $$;
--> statement-breakpoint
revoke all on all functions in schema posthorn from public;
