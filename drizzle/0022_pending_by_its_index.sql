-- Looking for events without a job, of all that are to be fanned out: by the index that has only those. With `id < v_end`, which left the days to
-- come out, a day that had not been analyzed yet was read by its primary key from end to end, 175 ms for 100,000 events; in days to come there is
-- nothing, and to look into them costs nothing. All else is as it was in 0017_keeping_house.sql.
create or replace function posthorn.reconcile_events(p_grace_ms integer, p_page integer, p_after uuid default '00000000-0000-0000-0000-000000000000')
returns table (mended integer, next uuid) language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_old constant timestamptz := posthorn.now() - p_grace_ms * interval '1 millisecond';
  v_page uuid[];
  v_specs graphile_worker.job_spec[];
begin
  mended := 0; next := null;
  if not pg_try_advisory_xact_lock(hashtext('posthorn.reconcile_events')) then return next; return; end if;
  -- Set apart from the order and the place: with either, the primary key was read from end to end, and all that was ever published with it.
  v_page := array(
    with pending as materialized (select e.id, e.accepted_at from posthorn.events e where e.fan_out_after is not null)
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

revoke all on all functions in schema posthorn from public;
