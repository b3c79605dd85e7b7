-- A partition for each day, made ahead. Create, then ATTACH: PARTITION OF would stall inserts for as long as any reader's
-- transaction is open. lock_timeout bounds the ATTACH; the caller tries again later.
create function posthorn.ensure_partitions(days_ahead integer) returns integer
language plpgsql set lock_timeout = '100ms' as $$
declare
  v_made integer := 0;
  v_table text;
  v_day date;
  v_name text;
begin
  perform pg_advisory_xact_lock(hashtext('posthorn.ensure_partitions'));
  foreach v_table in array array['events', 'deliveries', 'attempts'] loop
    for v_day in select d::date from generate_series((posthorn.now() at time zone 'UTC')::date - 1, (posthorn.now() at time zone 'UTC')::date + days_ahead, '1 day') d loop
      v_name := v_table || '_' || to_char(v_day, 'YYYYMMDD');
      if to_regclass('posthorn.' || v_name) is null then
        execute format('create table posthorn.%I (like posthorn.%I including defaults including constraints)', v_name, v_table);
        execute format('alter table posthorn.%I set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)', v_name);
        execute format('alter table posthorn.%I attach partition posthorn.%I for values from (%L) to (%L)', v_table, v_name,
          posthorn.id_at(v_day::timestamp at time zone 'UTC'), posthorn.id_at((v_day + 1)::timestamp at time zone 'UTC'));
        v_made := v_made + 1;
      end if;
    end loop;
  end loop;
  return v_made;
end $$;
--> statement-breakpoint

-- The oldest day whose partitions retention may drop, or null. A day that still has something to send, or whose events the deliveries of
-- the next day may need (an event of 23:59:59), stays, and so do the younger ones behind it. What disabled endpoints hold keeps no day:
-- nobody may ever enable them again, and no day of anybody's would be dropped any more. Found by their names: a drop may have failed after
-- its detach, and a detached table is no partition.
create function posthorn.expired_day(retention_days integer) returns date language plpgsql stable as $$
declare
  v_day date := (select min(to_date(right(c.relname, 8), 'YYYYMMDD')) from pg_class c
    where c.relnamespace = 'posthorn'::regnamespace and c.relkind = 'r' and c.relname ~ '^(events|deliveries|attempts)_[0-9]{8}$');
  v_bound uuid := posthorn.id_at((v_day + 2)::timestamp at time zone 'UTC');
begin
  if v_day >= (posthorn.now() at time zone 'UTC')::date - retention_days
    or exists (select 1 from posthorn.deliveries where status in ('queued', 'scheduled') and id < v_bound)
    or exists (select 1 from posthorn.deliveries d left join posthorn.endpoints n on n.id = d.endpoint_id
      where d.status = 'held' and d.id < v_bound and n.lane_reason is distinct from 'disabled')
    or exists (select 1 from posthorn.events where fan_out_after is not null and id < v_bound) then
    return null;
  end if;
  return v_day;
end $$;
--> statement-breakpoint

create function posthorn.forget_keys(page integer) returns integer language plpgsql as $$
declare
  v_count integer;
begin
  delete from posthorn.event_keys where ctid in (
    select ctid from posthorn.event_keys where created_at < posthorn.now() - interval '24 hours' order by created_at limit page for update skip locked);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
--> statement-breakpoint

create function posthorn.count_endpoints() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update posthorn.tenants set endpoint_count = endpoint_count + 1 where id = new.tenant_id;
  else
    update posthorn.tenants set endpoint_count = endpoint_count - 1 where id = old.tenant_id;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger count_endpoints after insert or delete on posthorn.endpoints for each row execute function posthorn.count_endpoints();
--> statement-breakpoint

-- The operational events that somebody must ask for: `*` does not ask, only a pattern that begins with `API.` does.
create function posthorn.operational_types() returns text[] language sql immutable parallel safe as $$
  select array['API.Key.Created', 'API.Key.Revoked', 'API.Request.Received', 'API.Webhook.Registered', 'API.Webhook.Updated',
    'API.Webhook.Deleted', 'API.Webhook.Enabled', 'API.Webhook.Disabled', 'API.Webhook.Triggered', 'API.Webhook.Failed',
    'API.Webhook.Exhausted', 'API.Webhook.SecretRotated', 'API.Webhook.Test']
$$;
--> statement-breakpoint

create function posthorn.matches_operational(prefixes text[], type text) returns boolean language sql immutable parallel safe as $$
  select exists (select 1 from unnest(prefixes) p where starts_with(type, p) and starts_with(p, 'API.'))
$$;
--> statement-breakpoint

-- Without a subquery, so that it is inlined where it is called: a call costs 170 us the first time in every statement.
create function posthorn.matches(exact_types text[], prefixes text[], type text, operational boolean) returns boolean
language sql immutable parallel safe as $$
  select type = any (exact_types) or case when operational then posthorn.matches_operational(prefixes, type) else type ^@ any (prefixes) end
$$;
--> statement-breakpoint

-- Most subscriptions ask for none of them, and end here: looking at all of a tenant's for each of them took minutes where it had 3,000.
-- The lock makes a change at the same time wait, so that each of the two counts the other; no row means that the tenant is being deleted.
create function posthorn.note_operational() returns trigger language plpgsql as $$
declare
  v_tenant constant text := coalesce(new.tenant_id, old.tenant_id);
begin
  if not exists (select 1 from unnest(new.exact_types || new.prefixes || old.exact_types || old.prefixes) p where starts_with(p, 'API.')) then
    return null;
  end if;
  perform 1 from posthorn.tenants where id = v_tenant for no key update;
  if not found then return null; end if;
  update posthorn.tenants t set operational = w.types
  from (
    select coalesce(array_agg(distinct o order by o), '{}') as types
    from (
      select distinct a.pattern, a.is_prefix from posthorn.subscriptions s cross join lateral (
        select e, false from unnest(s.exact_types) e union all select p, true from unnest(s.prefixes) p) a (pattern, is_prefix)
      where s.tenant_id = v_tenant and starts_with(a.pattern, 'API.')
    ) asked
    join unnest(posthorn.operational_types()) o on case when is_prefix then starts_with(o, pattern) else o = pattern end
  ) w
  where t.id = v_tenant and t.operational is distinct from w.types;
  return null;
end $$;
--> statement-breakpoint
create trigger note_operational after insert or update or delete on posthorn.subscriptions for each row execute function posthorn.note_operational();
--> statement-breakpoint

insert into posthorn.event_types (catalog, name, category, description)
  select 'posthorn', t, 'API', null from unnest(posthorn.operational_types()) t;
--> statement-breakpoint

select posthorn.ensure_partitions(14);
