-- Accepting events in columns: 40 % of what an event cost was JSON and rows made of it, passed from one step to the next. What is the same
-- for many events of a statement is said, looked up and built once; the texts come as bytes in one piece and are cut where they are stored.

-- Never absent, so that nobody has to look whether it is there before each job.
insert into graphile_worker._private_tasks (identifier) values ('deliver') on conflict do nothing;
--> statement-breakpoint

create function posthorn.slice(texts bytea, start integer, length integer) returns text language sql stable parallel safe as $$
  select convert_from(substr(texts, start, length), 'UTF8')
$$;
--> statement-breakpoint

-- What must be equal for two publishes under one key to be the same publish. Not the trace: a second try has one of its own.
create function posthorn.fingerprint(external_id text, catalog text, type text, version text, occurred_at timestamptz, source text, user_id text,
  correlation_id text, ordering_key text, metadata text, data text, native text) returns bytea language sql stable parallel safe as $$
  select sha256(convert_to(json_build_array(external_id, catalog, type, version, occurred_at, source, user_id, correlation_id, ordering_key,
    metadata, data)::text || coalesce(native, ''), 'UTF8'))
$$;
--> statement-breakpoint

drop function posthorn.fingerprint(posthorn.event_input);
--> statement-breakpoint

-- The body for an endpoint whose format is not the standard one, from an event's parts; `data` is its text. PL/pgSQL, so that it costs
-- nothing where it is not called.
create function posthorn.formatted_text(format text, public_id text, tenant_id text, catalog text, type text, version text, occurred_at timestamptz,
  source text, user_id text, correlation_id text, data text, native text) returns text language plpgsql stable parallel safe as $$
begin
  return case format
    when 'thin' then
      '{"id":' || posthorn.quoted(public_id) || ',"type":' || posthorn.quoted(type)
      || ',"timestamp":"' || posthorn.iso(occurred_at) || '","tenantId":' || posthorn.quoted(tenant_id) || '}'
    when 'native' then coalesce(native, data)
    when 'cloudevents' then
      '{"specversion":"1.0","id":' || posthorn.quoted(public_id)
      || ',"source":' || posthorn.quoted(coalesce(source, '/tenants/' || tenant_id)) || ',"type":' || posthorn.quoted(type)
      || ',"time":"' || posthorn.iso(occurred_at) || '","datacontenttype":"application/json","tenantid":' || posthorn.quoted(tenant_id)
      || case when catalog in ('default', 'posthorn') then '' else ',"catalog":' || posthorn.quoted(catalog)
        || coalesce(',"dataschema":' || posthorn.quoted(posthorn.schema_url(catalog, type, version)), '') end
      || coalesce(',"dataversion":' || posthorn.quoted(version), '')
      || coalesce(',"userid":' || posthorn.quoted(user_id), '')
      || coalesce(',"correlationid":' || posthorn.quoted(correlation_id), '')
      || ',"data":' || data || '}'
  end;
end $$;
--> statement-breakpoint

-- The same of an event that is stored.
create or replace function posthorn.formatted_body(format text, e posthorn.events) returns text language sql stable parallel safe as $$
  select posthorn.formatted_text(format, coalesce(e.external_id, posthorn.type_id('evt', e.id)), e.tenant_id, e.catalog, e.type, e.version, e.occurred_at,
    e.source, e.user_id, e.correlation_id, left(substr(e.body, e.data_start), -1), e.native)
$$;
--> statement-breakpoint

-- Accepts events: idempotency, tenants, events, and their deliveries with jobs, or a fan_out job. The job where an event must be looked at by
-- itself: its type has rules, or its tenant's subscriptions have filters, transforms, versions or throttles; and where there are many endpoints.
-- An ordering key as well, unless the caller is the API: whoever publishes in his own transaction would keep the key's lock until he commits,
-- and keep everybody's outcomes waiting behind it.
-- `p_validated`: the caller has checked `data` against the type's schema at the revision, and gives the native document where the type's
-- catalog has an envelope. Where it has not, the job does both before anything is sent.
-- Columns of the groups first: what many events have in common. Then the events', each with the number of its group; one that is null is null for
-- all. Then the texts: `data` and `native` by their places in them, counted in bytes from 1. Then the idempotency keys with the number of
-- their event; null: there are none.
-- Returns when they were accepted, and what became of those that were not, or not under the id that came, counted from 0: replayed,
-- idConflict and keyConflict (same id or key, other body), unknownType, stale (the type changed since it was validated: validate again).
create function posthorn.accept_columns(
  p_validated boolean,
  p_tenants text[], p_catalogs text[], p_types text[], p_revisions bigint[], p_versions text[], p_assumed boolean[], p_operational boolean[],
  p_groups integer[], p_ids uuid[], p_type_ids text[], p_external_ids text[], p_occurred timestamptz[], p_sources text[], p_user_ids text[],
  p_correlation_ids text[], p_trace_ids text[], p_ordering_keys text[], p_metadata text[],
  p_texts bytea, p_starts integer[], p_lengths integer[], p_native_starts integer[], p_native_lengths integer[],
  p_keyed integer[], p_keys text[],
  out accepted_at timestamptz, out others posthorn.event_result[]
) language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- Plans are made once a session, when a new partition has no statistics yet: without these a hash join over what was an empty
-- table is kept while the table grows.
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off
as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_iso constant text := posthorn.iso(v_now);
  -- An id that the caller made is taken while its clock is near ours: a far one would fall outside of today's partitions.
  v_first constant uuid := posthorn.id_at(v_now - interval '12 hours');
  v_last constant uuid := posthorn.id_at(v_now + interval '12 hours');
  v_count constant integer := cardinality(p_groups);
  v_ids uuid[] := p_ids;
  v_type_ids text[] := p_type_ids;
  -- By group: what keeps it from being accepted, what its bodies have around the timestamp, whether its type or its key has its events fanned out by the job, and
  -- those with an ordering key.
  v_verdicts text[];
  v_types text[];
  v_middles text[];
  v_by_job boolean[];
  v_keyed_by_job boolean[];
  v_new_tenants text[];
  -- By event: it is not accepted; null: all are.
  v_done boolean[];
  v_some_refused boolean;
  -- Keys that were known, and the events that they are of.
  v_known_keys integer := 0;
  v_known integer[];
  v_jobs integer;
  v_fan_outs graphile_worker.job_spec[];
  -- Of the deliveries made that keep an order.
  v_endpoints uuid[];
  v_ordering_keys text[];
begin
  accepted_at := v_now;
  others := '{}';
  -- An expression and no query: that is evaluated without a plan of its own. Null where some event has no id.
  if (v_first <= all (p_ids) and v_last >= all (p_ids)) is not true then
    select array_agg(i.id order by k), array_agg(case when i.id = p_ids[k] then p_type_ids[k] when p_external_ids[k] is null then posthorn.type_id('evt', i.id) end order by k)
      into v_ids, v_type_ids
      from (select k, case when id between v_first and v_last then id else posthorn.new_id() end as id from unnest(p_ids) with ordinality u (id, k)) i;
  end if;

  select array_agg(g.verdict), array_agg(g.type), array_agg(g.middle), array_agg(g.by_job), array_agg(g.keyed_by_job),
      array_agg(g.tenant) filter (where g.is_new), bool_or(g.verdict is not null)
    into v_verdicts, v_types, v_middles, v_by_job, v_keyed_by_job, v_new_tenants, v_some_refused
    from (
      select case when t.name is null then 'unknownType' when p_revisions[n] <> t.revision then 'stale' end as verdict,
        ',"type":' || posthorn.quoted(p_types[n]) || coalesce(',"version":' || posthorn.quoted(p_versions[n]), '') || ',"timestamp":"' as type,
        '","tenantId":' || posthorn.quoted(p_tenants[n]) as middle, p_tenants[n] as tenant, tn.id is null as is_new,
        coalesce((not p_validated and (t.has_schema or t.enveloped)) or t.ruled, false) as by_job,
        -- No `exists`: all endpoints that keep an order would be read into a hash table.
        not p_validated and p_ordering_keys is not null
          and (select true from posthorn.endpoints e where e.tenant_id = p_tenants[n] and e.ordered limit 1) is not null as keyed_by_job
      from generate_series(1, cardinality(p_tenants)) n
      left join posthorn.event_types t on t.catalog = p_catalogs[n] and t.name = p_types[n]
      left join posthorn.tenants tn on tn.id = p_tenants[n]
      order by n
    ) g;
  if v_some_refused then
    select array_agg(v_verdicts[p_groups[k]] is not null order by k),
        array_agg(row(k - 1, v_verdicts[p_groups[k]], null, null)::posthorn.event_result) filter (where v_verdicts[p_groups[k]] is not null)
      into v_done, others
      from generate_series(1, v_count) k;
  end if;

  if p_keys is not null then
    -- In key order, so that two batches with the same keys wait for each other instead of deadlocking. Whoever comes second waits here
    -- until the first has committed, and the next statement then sees its row. A key older than 24 hours is taken over.
    with mine as (
      select x.k, x.key, p_groups[x.k] as g from unnest(p_keyed, p_keys) x (k, key) where v_done is null or not v_done[x.k]
    ), taken as (
      insert into posthorn.event_keys as e (tenant_id, key, event_id, fingerprint, created_at)
      select distinct on (p_tenants[g], key) p_tenants[g], key, v_ids[k],
        posthorn.fingerprint(p_external_ids[k], p_catalogs[g], p_types[g], case when not p_assumed[g] then p_versions[g] end, p_occurred[k], p_sources[k], p_user_ids[k],
          p_correlation_ids[k], p_ordering_keys[k], p_metadata[k], posthorn.slice(p_texts, p_starts[k], p_lengths[k]),
          posthorn.slice(p_texts, p_native_starts[k], p_native_lengths[k])), v_now
      from mine order by p_tenants[g], key, k
      on conflict (tenant_id, key) do update set event_id = excluded.event_id, fingerprint = excluded.fingerprint, created_at = excluded.created_at
        where e.created_at < v_now - interval '24 hours'
      returning 1
    )
    select (select count(*) from mine) - (select count(*) from taken) into v_known_keys;
  end if;
  if v_known_keys > 0 then
    with mine as (
      select x.k, x.key, p_groups[x.k] as g from unnest(p_keyed, p_keys) x (k, key) where v_done is null or not v_done[x.k]
    ), known as (
      select m.k, e.event_id as first_id, e.created_at, m.key, f.same, row_number() over (partition by m.k order by f.same) as nth
      from mine m join posthorn.event_keys e on e.tenant_id = p_tenants[m.g] and e.key = m.key
      cross join lateral (select e.fingerprint =
        posthorn.fingerprint(p_external_ids[k], p_catalogs[g], p_types[g], case when not p_assumed[g] then p_versions[g] end, p_occurred[k], p_sources[k], p_user_ids[k],
          p_correlation_ids[k], p_ordering_keys[k], p_metadata[k], posthorn.slice(p_texts, p_starts[k], p_lengths[k]),
          posthorn.slice(p_texts, p_native_starts[k], p_native_lengths[k])) as same) f
      where e.event_id <> v_ids[m.k]
    ), unused as (
      -- The other key of an event that turned out to be known.
      delete from posthorn.event_keys e using mine m, known
      where e.tenant_id = p_tenants[m.g] and e.key = m.key and e.event_id = v_ids[m.k] and m.k = known.k
    )
    select others || array_agg(row(k - 1,
        -- The first to come with its key is itself not accepted, and gives the key back: this one has to come again.
        case when first_id = any (array(select v_ids[x.k] from known x)) then 'stale'
          when same then 'replayed' when starts_with(key, 'id:') then 'idConflict' else 'keyConflict' end,
        coalesce(p_external_ids[k], posthorn.type_id('evt', first_id)), created_at)::posthorn.event_result), array_agg(k)
      into others, v_known
      from known where nth = 1;
    select array_agg(k = any (coalesce(v_known, '{}')) or coalesce(v_done[k], false) order by k) into v_done from generate_series(1, v_count) k;
  end if;

  if v_new_tenants is not null then
    insert into posthorn.tenants (id, created_at, updated_at)
      select distinct p_tenants[p_groups[k]], v_now, v_now from generate_series(1, v_count) k
      where p_tenants[p_groups[k]] = any (v_new_tenants) and (v_done is null or not v_done[k])
      -- In order, for the same reason as the keys.
      order by 1
      on conflict do nothing;
  end if;

  with fresh as (
    -- Asked where the endpoints are looked up, and not before: who has waited for a key meanwhile would pass by a filter that was made in that time.
    select array_agg(v_by_job[n] or coalesce(tn.evaluated or tn.endpoint_count > 100, false) order by n) as by_job
    from generate_series(1, cardinality(p_tenants)) n left join posthorn.tenants tn on tn.id = p_tenants[n]
  ), input as materialized (
    select k, p_groups[k] as g, f.by_job[p_groups[k]] or (v_keyed_by_job[p_groups[k]] and p_ordering_keys[k] is not null) as by_job
    from fresh f cross join generate_series(1, v_count) k where v_done is null or not v_done[k]
  ), stored as (
    insert into posthorn.events (id, tenant_id, external_id, catalog, type, version, occurred_at, accepted_at, source, user_id, correlation_id,
      trace_id, ordering_key, metadata, body, data_start, operational, fan_out_after, native, validated)
    select v_ids[k], p_tenants[g], p_external_ids[k], p_catalogs[g], p_types[g], p_versions[g], coalesce(p_occurred[k], v_now), v_now, p_sources[k], p_user_ids[k],
      p_correlation_ids[k], p_trace_ids[k], p_ordering_keys[k], p_metadata[k], head || posthorn.slice(p_texts, p_starts[k], p_lengths[k]) || '}', length(head) + 1,
      p_operational[g], case when by_job then '00000000-0000-0000-0000-000000000000'::uuid end, posthorn.slice(p_texts, p_native_starts[k], p_native_lengths[k]), p_validated
    from (
      select k, g, by_job, '{"id":' || posthorn.quoted(coalesce(p_external_ids[k], v_type_ids[k])) || v_types[g]
        || coalesce(posthorn.iso(p_occurred[k]), v_iso) || v_middles[g]
        || coalesce(',"source":' || posthorn.quoted(p_sources[k]), '')
        || coalesce(',"userId":' || posthorn.quoted(p_user_ids[k]), '')
        || coalesce(',"correlationId":' || posthorn.quoted(p_correlation_ids[k]), '')
        || coalesce(',"metadata":' || p_metadata[k], '') || ',"data":' as head
      -- Kept apart, so that the head is built once.
      from input offset 0) headed
  ), members as (
    select g, array_agg(k) as events from input where not by_job group by g
  ), made as (
    insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, due_at, body, payload_format, operational,
      created_at, updated_at, ordering_key, ordered_at)
    select posthorn.new_id(), n.id, t.endpoint_id, v_ids[k], t.subscription_id, p_types[g], case when t.held or o.key is not null then 'held' else 'queued' end, v_now,
      case when t.payload_format <> 'standard' then posthorn.formatted_text(t.payload_format, coalesce(p_external_ids[k], v_type_ids[k]), n.id, p_catalogs[g], p_types[g],
        p_versions[g], coalesce(p_occurred[k], v_now), p_sources[k], p_user_ids[k], p_correlation_ids[k], posthorn.slice(p_texts, p_starts[k], p_lengths[k]),
        posthorn.slice(p_texts, p_native_starts[k], p_native_lengths[k])) end,
      t.payload_format, p_operational[g], v_now, v_now, o.key, case when o.key is not null then v_now end
    from members m join posthorn.tenants n on n.id = p_tenants[g]
    cross join lateral posthorn.targets(n.id, n.prefix_lengths, p_catalogs[g], p_types[g], p_operational[g], 100) t
    cross join lateral unnest(m.events) k
    cross join lateral (select case when t.ordered and p_ordering_keys[k] is not null then
      (select p_ordering_keys[k] from posthorn.subscriptions x where x.id = t.subscription_id and x.ordering is not null) end as key) o
    order by k, t.endpoint_id
    returning id, status, endpoint_id, ordering_key
  ), jobs as (
    -- What add_jobs does with jobs that have no key and no queue; it costs three times as much.
    insert into graphile_worker._private_jobs (task_id, payload)
    select (select id from graphile_worker._private_tasks where identifier = 'deliver'), json_build_object('id', id) from made where status = 'queued'
  )
  select count(*) filter (where status = 'queued'), array_agg(endpoint_id) filter (where ordering_key is not null), array_agg(ordering_key) filter (where ordering_key is not null),
      (select array_agg(posthorn.job('fan_out', json_build_object('id', v_ids[k]), 'fan_out:' || v_ids[k]::text)) from input where by_job)
    into v_jobs, v_endpoints, v_ordering_keys, v_fan_outs from made;
  if v_jobs > 0 then perform pg_notify('jobs:insert', '{"r":' || random()::text || ',"count":' || v_jobs::text || '}'); end if;
  if v_fan_outs is not null then perform graphile_worker.add_jobs(v_fan_outs); end if;
  if v_ordering_keys is not null then perform posthorn.admit_keys(v_endpoints, v_ordering_keys, false, null); end if;

  if v_ids is distinct from p_ids then
    others := others || array(
      select row(k - 1, 'accepted', coalesce(p_external_ids[k], v_type_ids[k]), v_now)::posthorn.event_result
      from generate_series(1, v_count) k where v_ids[k] is distinct from p_ids[k] and (v_done is null or not v_done[k]));
  end if;
end $$;
--> statement-breakpoint

-- The same for a list of events as JSON, each with its `ordinal`, and an answer for each: for SQL and for what the gateway itself publishes.
-- An id that the caller does not make costs 8 us.
create or replace function posthorn.accept_events(items json, validated boolean) returns setof posthorn.event_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with item as materialized (
    select i.*, row_number() over ()::integer as k, convert_to(i.data, 'UTF8') as bytes, convert_to(i.native, 'UTF8') as native_bytes
    from json_populate_recordset(null::posthorn.event_input, items) i
  ), placed as (
    select i.*, (sum(octet_length(i.bytes)) over (order by i.k) - octet_length(i.bytes) + 1)::integer as start,
      (sum(octet_length(i.bytes)) over () + sum(octet_length(i.native_bytes)) over (order by i.k) - octet_length(i.native_bytes) + 1)::integer as native_start
    from item i
  ), accepted as materialized (
    select a.* from (
      select array_agg(tenant_id order by k) as tenants, array_agg(coalesce(catalog, 'default') order by k) as catalogs, array_agg(type order by k) as types,
        array_agg(type_revision order by k) as revisions, array_agg(version order by k) as versions, array_agg(coalesce(version_assumed, false) order by k) as assumed,
        array_agg(coalesce(operational, false) order by k) as operational, array_agg(k order by k) as ks, array_agg(event_id order by k) as ids,
        array_agg(coalesce(type_id, case when external_id is null then posthorn.type_id('evt', event_id) end) order by k) as type_ids,
        array_agg(external_id order by k) as external_ids, array_agg(occurred_at order by k) as occurred, array_agg(source order by k) as sources,
        array_agg(user_id order by k) as user_ids, array_agg(correlation_id order by k) as correlation_ids, array_agg(trace_id order by k) as trace_ids,
        array_agg(ordering_key order by k) as ordering_keys, array_agg(metadata order by k) as metadata,
        string_agg(bytes, ''::bytea order by k) || coalesce(string_agg(native_bytes, ''::bytea order by k), ''::bytea) as texts,
        array_agg(start order by k) as starts, array_agg(octet_length(bytes) order by k) as lengths,
        array_agg(native_start order by k) as native_starts, array_agg(octet_length(native_bytes) order by k) as native_lengths
      from placed
    ) c cross join (
      select array_agg(k order by k, key) as keyed, array_agg(key order by k, key) as keys from item cross join unnest(item.keys) key
    ) d cross join lateral posthorn.accept_columns(validated, tenants, catalogs, types, revisions, versions, assumed, operational, ks, ids, type_ids, external_ids,
      occurred, sources, user_ids, correlation_ids, trace_ids, case when array_remove(ordering_keys, null) <> '{}' then ordering_keys end, metadata,
      texts, starts, lengths, native_starts, native_lengths, keyed, keys) a
    where c.ks is not null
  )
  select i.ordinal, coalesce(o.status, 'accepted'), case when o.status is null then coalesce(i.external_id, i.type_id, posthorn.type_id('evt', i.event_id)) else o.id end,
    case when o.status is null then a.accepted_at else o.accepted_at end
  from item i cross join accepted a left join lateral unnest(a.others) o on o.ordinal = i.k - 1
  order by i.ordinal;
end $$;
--> statement-breakpoint

revoke all on all functions in schema posthorn from public;
