-- Delivering: what the deliverers call. Every function is one statement to its caller, and names the state it leaves.

-- One page of a fan_out job. `invalid`: the event broke its type's schema, which for an event published in SQL is only seen here; its
-- deliveries are made all the same, as failed. Returns whether another page follows; null when the event was fanned out already.
create function posthorn.fan_out(p_event uuid, p_invalid boolean, p_page integer) returns boolean language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_event posthorn.events;
  v_last uuid;
  v_made integer;
begin
  -- The row's lock makes a second job for the same event wait, and then find the work done.
  select * into v_event from posthorn.events where id = p_event and fan_out_after is not null for update;
  if not found then return null; end if;
  with made as (
    insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, reason, due_at, body, payload_format, operational, created_at, updated_at)
    select posthorn.new_id(), v_event.tenant_id, t.endpoint_id, v_event.id, t.subscription_id, v_event.type,
      case when p_invalid then 'failed' when t.held then 'held' else 'queued' end, case when p_invalid then 'invalidEvent' end, v_now,
      case when t.payload_format <> 'standard' then posthorn.formatted_body(t.payload_format, v_event) end, t.payload_format, v_event.operational, v_now, v_now
    from posthorn.targets(v_event.tenant_id, v_event.type, v_event.operational, v_event.fan_out_after, p_page) t
    returning id, endpoint_id, status
  ), woken as (
    select count(a.id) from (select array_agg(posthorn.deliver_job(id)) as specs from made where status = 'queued') j
    cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
  )
  select count(made.id), (array_agg(made.endpoint_id order by made.endpoint_id desc))[1] into v_made, v_last from woken left join made on true;
  update posthorn.events set fan_out_after = case when v_made = p_page then v_last end where id = p_event;
  return v_made = p_page;
end $$;
--> statement-breakpoint

-- What the deliverer needs for many deliveries at once: state, fence, the exact body, and at which revision it must know the endpoint.
-- A null revision says that the endpoint was deleted.
create function posthorn.load_deliveries(p_ids uuid[]) returns table (
  id uuid, tenant_id text, endpoint_id uuid, status text, attempts integer, step integer, operational boolean, payload_format text, body text,
  event_id uuid, external_id text, trace_id text, revision bigint, lane text, notify boolean, now_ms double precision
) language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_first constant uuid := (select x from unnest(p_ids) x order by x limit 1);
  v_last constant uuid := (select x from unnest(p_ids) x order by x desc limit 1);
  v_events uuid[] := (select array_agg(d.event_id order by d.event_id) from posthorn.deliveries d where d.id = any (p_ids) and d.id >= v_first and d.id <= v_last);
begin
  return query
    select d.id, d.tenant_id, d.endpoint_id, d.status, d.attempts, d.step, d.operational, d.payload_format, coalesce(d.body, e.body),
      e.id, e.external_id, e.trace_id, n.revision, n.lane, not d.operational and t.operational <> '{}', extract(epoch from posthorn.now())::double precision * 1000
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

create type posthorn.outcome_input as (
  delivery_id uuid,
  attempts integer,
  -- How long ago the request began: the moment itself is by the database's clock.
  age_ms integer,
  duration_ms integer,
  outcome text,
  failure text,
  http_status integer,
  error text,
  response_body text,
  address text,
  -- What comes next: delivered; scheduled (in retry_ms); failed.
  next text,
  retry_ms bigint,
  step integer,
  -- The endpoint answered 410.
  gone boolean,
  -- The tenant subscribes to operational events about deliveries, and this delivery is not itself of one.
  notify boolean
);
--> statement-breakpoint

-- Writes many outcomes. The fence: only where the delivery is still queued at the attempt number that was sent, so that a process which
-- stalled and wakes cannot overwrite a newer state. An attempt on a delivery that was canceled meanwhile is recorded, and changes nothing else.
-- Returns the deliveries that were written; what is missing was fenced off.
create function posthorn.record_outcomes(outcomes json) returns setof uuid language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_items posthorn.outcome_input[];
  v_first uuid;
  v_last uuid;
  v_written uuid[];
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
      updated_at = v_now
    from input i
    where d.id = i.delivery_id and d.status in ('queued', 'canceled') and d.attempts = i.attempts and d.id >= v_first and d.id <= v_last
    returning d.id, d.tenant_id, d.endpoint_id, d.attempts, i
  ), logged as (
    insert into posthorn.attempts (id, tenant_id, endpoint_id, delivery_id, number, started_at, duration_ms, outcome, failure, http_status, error, response_body, address)
    select posthorn.new_id(), w.tenant_id, w.endpoint_id, w.id, w.attempts, v_now - (w.i).age_ms * interval '1 millisecond', (w.i).duration_ms, (w.i).outcome, (w.i).failure,
      (w.i).http_status, (w.i).error, (w.i).response_body, (w.i).address
    from written w
  )
  select array_agg(id) into v_written from written;
  if exists (select 1 from unnest(v_items) i where (i.notify or i.gone) and i.delivery_id = any (v_written)) then
    perform posthorn.follow_outcomes(v_items, v_written);
  end if;
  return query select unnest(v_written);
end $$;
--> statement-breakpoint

-- What follows from written outcomes beyond their deliveries: endpoints that answered 410 are disabled, and tenants that asked are told.
create function posthorn.follow_outcomes(p_items posthorn.outcome_input[], p_written uuid[]) returns void language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_events json;
begin
  with written as materialized (
    select d.id, d.tenant_id, d.endpoint_id, d.event_id, d.event_type, d.operational, d.status, d.attempts, i
    from unnest(p_items) i join posthorn.deliveries d on d.id = i.delivery_id
    where (i.notify or i.gone) and d.id = any (p_written) and d.id >= p_items[1].delivery_id and d.id <= p_items[cardinality(p_items)].delivery_id
  ), closed as (
    update posthorn.endpoints n set lane = 'held', lane_reason = 'disabled', lane_since = v_now, lane_detail = 'gone', revision = n.revision + 1, updated_at = v_now
    from (select endpoint_id, bool_and(operational) as quiet from written w where (w.i).gone group by endpoint_id) g
    where n.id = g.endpoint_id and n.lane_reason is distinct from 'disabled'
    returning n.id, n.tenant_id, g.quiet
  ), said as (
    select w.tenant_id, x.type, x.data
    from written w
    join posthorn.tenants t on t.id = w.tenant_id
    left join posthorn.events e on e.id = w.event_id
    cross join lateral (values
      ('API.Webhook.Triggered', (w.i).outcome = 'succeeded', json_build_object('ResponseStatus', (w.i).http_status)::jsonb),
      ('API.Webhook.Failed', (w.i).outcome = 'failed', json_build_object('FailureReason', (w.i).failure, 'RetryCount', w.attempts - 1)::jsonb),
      ('API.Webhook.Exhausted', w.status = 'failed', json_build_object('FailureReason', (w.i).failure, 'RetryCount', w.attempts - 1)::jsonb)
    ) as f (type, applies, own)
    cross join lateral (select f.type, json_build_object('WebhookId', posthorn.type_id('ep', w.endpoint_id), 'AccountId', w.tenant_id, 'EventType', w.event_type,
      'EventId', coalesce(e.external_id, posthorn.type_id('evt', w.event_id)), 'DeliveryId', posthorn.type_id('dlv', w.id))::jsonb
      || f.own || jsonb_build_object('Timestamp', posthorn.iso(v_now)) as data) x
    where (w.i).notify and f.applies and f.type = any (t.operational)
    union all
    select c.tenant_id, 'API.Webhook.Disabled', jsonb_build_object('WebhookId', posthorn.type_id('ep', c.id), 'AccountId', c.tenant_id, 'Reason', 'gone', 'Timestamp', posthorn.iso(v_now))
    from closed c join posthorn.tenants t on t.id = c.tenant_id where not c.quiet and 'API.Webhook.Disabled' = any (t.operational)
  )
  select json_agg(json_build_object('ordinal', nth, 'tenant_id', tenant_id, 'catalog', 'posthorn', 'type', type, 'data', data::text, 'operational', true)) into v_events
    from (select *, row_number() over () as nth from said) s;
  if v_events is not null then perform posthorn.accept_events(v_events, true); end if;
end $$;
--> statement-breakpoint

-- Deliveries whose job woke while their lane is held, or whose endpoint is gone, or whose event is: retention dropped its day while they
-- were held or after they had ended, and there is nothing left to send.
create function posthorn.hold(p_deliveries uuid[]) returns void language sql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
  update posthorn.deliveries d set
    status = case when n.id is null then 'canceled' when e.id is null then 'failed' else 'held' end,
    reason = case when n.id is null then 'endpointDeleted' when e.id is null then 'eventExpired' else d.reason end,
    updated_at = posthorn.now()
  from unnest(p_deliveries) p left join posthorn.deliveries x on x.id = p left join posthorn.endpoints n on n.id = x.endpoint_id
    left join posthorn.events e on e.id = x.event_id
  where d.id = p and d.status = 'queued' and (n.id is null or n.lane = 'held' or e.id is null)
$$;
--> statement-breakpoint

-- Admits due retries, a page at a time: any number of deliverers may run it at once. Returns how many it moved.
create function posthorn.promote_due(p_page integer) returns integer language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_moved integer;
begin
  with due as materialized (
    select d.id, d.endpoint_id from posthorn.deliveries d where d.status = 'scheduled' and d.due_at <= posthorn.now()
    order by d.due_at limit p_page for update skip locked
  ), moved as (
    update posthorn.deliveries d set
      status = case when n.id is null then 'canceled' when n.lane = 'held' then 'held' else 'queued' end,
      reason = case when n.id is null then 'endpointDeleted' else d.reason end,
      updated_at = posthorn.now()
    from due left join posthorn.endpoints n on n.id = due.endpoint_id
    where d.id = due.id and d.status = 'scheduled'
    returning d.id, d.status
  ), woken as (
    select count(a.id) from (select array_agg(posthorn.deliver_job(id)) as specs from moved where status = 'queued') j
    cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
  )
  select count(moved.id) into v_moved from woken left join moved on true;
  return v_moved;
end $$;
--> statement-breakpoint

-- Admits what an open lane holds, or cancels what a deleted endpoint held, oldest first. Returns how many it moved; 0 when the lane is held.
create function posthorn.release(p_endpoint uuid, p_page integer) returns integer language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_lane text := (select lane from posthorn.endpoints where id = p_endpoint);
  v_moved integer;
begin
  if v_lane = 'held' then return 0; end if;
  with page as materialized (
    select id from posthorn.deliveries where endpoint_id = p_endpoint and status = 'held' order by id limit p_page for update skip locked
  ), moved as (
    update posthorn.deliveries d set
      status = case when v_lane is null then 'canceled' else 'queued' end,
      reason = case when v_lane is null then 'endpointDeleted' else d.reason end,
      due_at = posthorn.now(), updated_at = posthorn.now()
    from page where d.id = page.id and d.status = 'held'
    returning d.id, d.status
  ), woken as (
    select count(a.id) from (select array_agg(posthorn.deliver_job(id)) as specs from moved where status = 'queued') j
    cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
  )
  select count(moved.id) into v_moved from woken left join moved on true;
  return v_moved;
end $$;
--> statement-breakpoint

-- A job for whatever should have one and has none, or has one that will never run again. Finds: queued deliveries that have been due for
-- `p_grace_ms`, events not fanned out, and lanes that are open (or whose endpoint is gone) while they hold something. Returns what it mended.
create function posthorn.reconcile(p_grace_ms integer, p_page integer) returns table (deliveries integer, events integer, lanes integer)
language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_specs graphile_worker.job_spec[];
  v_old constant timestamptz := posthorn.now() - p_grace_ms * interval '1 millisecond';
begin
  deliveries := 0; events := 0; lanes := 0;
  if not pg_try_advisory_xact_lock(hashtext('posthorn.reconcile')) then return next; return; end if;

  -- graphile-worker lets a job that failed wait up to six hours. Ours fail only when something is wrong that is put right (a key that is
  -- missing from the ring): half a minute is enough. One that has used up its attempts is replaced below.
  update graphile_worker._private_jobs set run_at = now() + interval '30 seconds'
    where run_at > now() + interval '30 seconds' and attempts > 0 and locked_at is null;

  -- EXCEPT hashes or sorts, however the plan was made. NOT EXISTS was planned as a nested loop while the table of jobs was empty, and
  -- took 106 s over a backlog of 20,000.
  select array_agg(posthorn.deliver_job(x.id::uuid)), count(*) into v_specs, deliveries from (
    select d.id::text as id from posthorn.deliveries d where d.status = 'queued' and d.due_at < v_old and d.updated_at < v_old
    except
    select j.payload ->> 'id' from graphile_worker._private_jobs j where j.attempts < j.max_attempts
    limit p_page) x;
  if v_specs is not null then perform graphile_worker.add_jobs(v_specs); end if;

  select array_agg(posthorn.job('fan_out', json_build_object('id', id), 'fan_out:' || id::text)), count(*) into v_specs, events from (
    select e.id from posthorn.events e
    left join graphile_worker.jobs j on j.key = 'fan_out:' || e.id::text and j.attempts < j.max_attempts
    where e.fan_out_after is not null and e.accepted_at < v_old and j.id is null limit p_page) x;
  if v_specs is not null then perform graphile_worker.add_jobs(v_specs); end if;

  -- The endpoints that hold something, one index probe each.
  with recursive holding as (
    (select endpoint_id from posthorn.deliveries where status = 'held' order by endpoint_id limit 1)
    union all
    select (select d.endpoint_id from posthorn.deliveries d where d.status = 'held' and d.endpoint_id > h.endpoint_id order by d.endpoint_id limit 1)
    from holding h where h.endpoint_id is not null
  )
  select array_agg(posthorn.job('release', json_build_object('id', endpoint_id), 'release:' || endpoint_id::text)), count(*) into v_specs, lanes from (
    select h.endpoint_id from holding h left join posthorn.endpoints n on n.id = h.endpoint_id
    left join graphile_worker.jobs j on j.key = 'release:' || h.endpoint_id::text and j.attempts < j.max_attempts
    where h.endpoint_id is not null and n.lane is distinct from 'held' and j.id is null limit p_page) x;
  if v_specs is not null then perform graphile_worker.add_jobs(v_specs); end if;
  return next;
end $$;
--> statement-breakpoint

-- Says that a deliverer lives; false when it had been taken for dead, and its jobs given to others.
create function posthorn.heartbeat(p_id text, p_hostname text, p_pid integer, p_version text) returns boolean language plpgsql as $$
begin
  update posthorn.deliverers set heartbeat_at = posthorn.now() where id = p_id;
  if found then return true; end if;
  insert into posthorn.deliverers (id, hostname, pid, version) values (p_id, p_hostname, p_pid, p_version)
  on conflict (id) do update set heartbeat_at = excluded.heartbeat_at;
  return false;
end $$;
--> statement-breakpoint

-- Unlocks the jobs of deliverers whose heartbeat is older than the time to live. Also jobs locked for so long by a pool that is in no list
-- at all (killed before its first heartbeat). Returns the ids taken for dead.
create function posthorn.reap(p_ttl_ms integer) returns setof text language plpgsql as $$
declare
  v_dead text[];
begin
  with dead as (
    delete from posthorn.deliverers where heartbeat_at < posthorn.now() - p_ttl_ms * interval '1 millisecond' returning id
  ) select array_agg(id) into v_dead from dead;
  select v_dead || array_agg(distinct j.locked_by) into v_dead from graphile_worker.jobs j
    where j.locked_at < posthorn.now() - p_ttl_ms * interval '1 millisecond' and not exists (select 1 from posthorn.deliverers d where d.id = j.locked_by);
  if v_dead is null then return; end if;
  perform graphile_worker.force_unlock_workers(v_dead);
  return query select distinct unnest(v_dead);
end $$;
--> statement-breakpoint

-- Unlocks jobs that this deliverer holds in the database and does not know of: the reply to its fetch was lost.
create function posthorn.unlock_forgotten(p_id text, p_known bigint[], p_older_ms integer) returns integer language plpgsql as $$
declare
  v_count integer;
begin
  update graphile_worker._private_jobs set locked_at = null, locked_by = null, run_at = greatest(run_at, now())
    where locked_by = p_id and locked_at < now() - p_older_ms * interval '1 millisecond' and id <> all (p_known);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
