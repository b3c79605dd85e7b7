-- Accepting events in their catalogs' own envelopes. What is written anew here stands in 0002_publish.sql as it was before.

alter type posthorn.event_input add attribute native text;
--> statement-breakpoint

create or replace function posthorn.fingerprint(i posthorn.event_input) returns bytea language sql stable parallel safe as $$
  select sha256(convert_to(json_build_array(i.external_id, i.catalog, i.type, case when i.version_assumed then null else i.version end,
    i.occurred_at, i.source, i.user_id, i.correlation_id, i.ordering_key, i.metadata, i.data)::text || coalesce(i.native, ''), 'UTF8'))
$$;
--> statement-breakpoint

-- The dataschema of a CloudEvent, where its catalog was installed from a document. PL/pgSQL, so that it costs nothing where it is not called.
create function posthorn.schema_url(p_catalog text, p_type text, p_version text) returns text language plpgsql stable parallel safe as $$
begin
  return (select c.schema_url || v.ref from posthorn.catalogs c
    join posthorn.event_type_versions v on v.catalog = c.name and v.name = p_type and v.version = p_version where c.name = p_catalog);
end $$;
--> statement-breakpoint

-- The body for an endpoint whose format is not the standard one; null for the standard one, which the event itself keeps.
-- CloudEvents: v1.0 structured mode; `native` is the document as it was published; without an envelope, the publisher's data alone.
create or replace function posthorn.formatted_body(format text, e posthorn.events) returns text language sql stable parallel safe as $$
  select case format
    when 'thin' then
      '{"id":' || posthorn.quoted(coalesce(e.external_id, posthorn.type_id('evt', e.id))) || ',"type":' || posthorn.quoted(e.type)
      || ',"timestamp":"' || posthorn.iso(e.occurred_at) || '","tenantId":' || posthorn.quoted(e.tenant_id) || '}'
    when 'native' then coalesce(e.native, left(substr(e.body, e.data_start), -1))
    when 'cloudevents' then
      '{"specversion":"1.0","id":' || posthorn.quoted(coalesce(e.external_id, posthorn.type_id('evt', e.id)))
      || ',"source":' || posthorn.quoted(coalesce(e.source, '/tenants/' || e.tenant_id)) || ',"type":' || posthorn.quoted(e.type)
      || ',"time":"' || posthorn.iso(e.occurred_at) || '","datacontenttype":"application/json","tenantid":' || posthorn.quoted(e.tenant_id)
      || case when e.catalog in ('default', 'posthorn') then '' else ',"catalog":' || posthorn.quoted(e.catalog)
        || coalesce(',"dataschema":' || posthorn.quoted(posthorn.schema_url(e.catalog, e.type, e.version)), '') end
      || coalesce(',"dataversion":' || posthorn.quoted(e.version), '')
      || coalesce(',"userid":' || posthorn.quoted(e.user_id), '')
      || coalesce(',"correlationid":' || posthorn.quoted(e.correlation_id), '')
      || ',"data":' || substr(e.body, e.data_start)
  end
$$;
--> statement-breakpoint

-- Accepts events: idempotency, tenants, events, and their deliveries with jobs, or a fan_out job. The job where an event must be looked at by
-- itself: its type has rules, or its tenant's subscriptions have filters, transforms, versions or throttles; and where there are many endpoints.
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
      (validated or not (t.has_schema or t.enveloped)) and not t.ruled and not coalesce(tn.evaluated, false) and coalesce(tn.endpoint_count, 0) <= 100 as inline
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
    insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, due_at, body, payload_format, operational, created_at, updated_at)
    select posthorn.new_id(), s.tenant_id, t.endpoint_id, s.id, t.subscription_id, s.type, case when t.held then 'held' else 'queued' end, v_now,
      case when t.payload_format <> 'standard' then posthorn.formatted_body(t.payload_format, s) end, t.payload_format, s.operational, v_now, v_now
    from stored s join posthorn.tenants n on n.id = s.tenant_id
    cross join lateral posthorn.targets(s.tenant_id, n.prefix_lengths, s.catalog, s.type, s.operational, 100) t
    where s.fan_out_after is null
    returning id, status
  ), jobs as (
    select posthorn.deliver_job(id) as job from made where status = 'queued'
    union all
    select posthorn.job('fan_out', json_build_object('id', id), 'fan_out:' || id::text) from stored where fan_out_after is not null
  ), woken as (
    select count(a.id) as jobs from (select array_agg(job) as specs from jobs) j cross join lateral graphile_worker.add_jobs(j.specs) a where j.specs is not null
  )
  select v_results || array_agg(row(ordinal, 'accepted', public_id, v_now)::posthorn.event_result) into v_results
    from input, woken;

  return query select * from unnest(v_results) r order by r.ordinal;
end $$;
--> statement-breakpoint

-- Publish from SQL, inside the caller's own transaction: committed means delivered, rolled back means never sent. Returns the event's id.
-- `data` and `metadata` are json, not jsonb: their text is signed and sent exactly as given.
create or replace function posthorn.publish(
  tenant_id text, type text, data json, id text default null, catalog text default 'default', version text default null,
  "timestamp" timestamptz default null, source text default null, user_id text default null, correlation_id text default null,
  trace_id text default null, ordering_key text default null, metadata json default null
) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_result posthorn.event_result;
  v_name text;
  v_value text;
begin
  if tenant_id is null or tenant_id !~ '^[A-Za-z0-9_-]{1,128}$' then
    raise exception 'tenant_id must be 1 to 128 letters, digits, "_" or "-"' using errcode = '22023';
  end if;
  if starts_with(type, 'API.') or catalog = 'posthorn' then
    raise exception 'event types that begin with API. are made by the gateway itself' using errcode = '42939';
  end if;
  if id is not null and id !~ '^[A-Za-z0-9_-]{1,128}$' then
    raise exception 'id must be 1 to 128 letters, digits, "_" or "-"' using errcode = '22023';
  end if;
  if data is null then
    raise exception 'data must be given' using errcode = '22004';
  end if;
  if octet_length(data::text) + coalesce(octet_length(metadata::text), 0) > 262144 then
    raise exception 'the event is over 256 KiB' using errcode = '54000', hint = 'Store the large part elsewhere and publish a reference to it.';
  end if;
  if metadata is not null and json_typeof(metadata) <> 'object' then
    raise exception 'metadata must be a JSON object' using errcode = '22023';
  end if;
  for v_name, v_value in select * from unnest(array['version', 'source', 'user_id', 'correlation_id', 'trace_id', 'ordering_key'],
      array[version, source, user_id, correlation_id, trace_id, ordering_key]) loop
    if length(v_value) > 256 or v_value = '' then
      raise exception '% must be 1 to 256 characters', v_name using errcode = '22023';
    end if;
  end loop;
  if "timestamp" < '2000-01-01' or "timestamp" > posthorn.now() + interval '1 day' then
    raise exception 'timestamp must lie between the year 2000 and one day from now' using errcode = '22008';
  end if;
  if version is not null and exists (select 1 from posthorn.event_types t where t.catalog = publish.catalog and t.name = publish.type)
    and not exists (select 1 from posthorn.event_type_versions v where v.catalog = publish.catalog and v.name = publish.type and v.version = publish.version and v.retired_at is null) then
    raise exception 'the event type "%" has no version "%"', type, version using errcode = '22023', hint = 'Register the version, or leave it out.';
  end if;
  -- jsonb refuses U+0000 and lone surrogates, which a receiver's parser or database would refuse later.
  if data::text ~ '\\u' then perform data::jsonb; end if;
  if metadata::text ~ '\\u' then perform metadata::jsonb; end if;

  select * into v_result from posthorn.accept_events(json_build_array(json_build_object('ordinal', 0, 'external_id', publish.id,
    'keys', case when publish.id is null then array[]::text[] else array['id:' || publish.id] end,
    'tenant_id', publish.tenant_id, 'catalog', publish.catalog, 'type', publish.type, 'version', publish.version, 'occurred_at', publish."timestamp",
    'source', publish.source, 'user_id', publish.user_id, 'correlation_id', publish.correlation_id, 'trace_id', publish.trace_id,
    'ordering_key', publish.ordering_key, 'metadata', publish.metadata::text, 'data', publish.data::text)), false);
  if v_result.status = 'unknownType' then
    raise exception 'no event type "%" in the catalog "%"', type, catalog using errcode = '22023', hint = 'Register it first: POST /v1/event-types.';
  elsif v_result.status = 'idConflict' then
    raise exception 'the id "%" was published before with another body', id using errcode = '23505';
  end if;
  return v_result.id;
end $$;
