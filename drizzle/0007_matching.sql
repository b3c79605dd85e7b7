-- Matching: which endpoints an event goes to. One index probe for its type and one for each length of prefix that the tenant uses, so that
-- a thousand subscriptions cost what ten do.

create table posthorn.subscription_patterns (
  tenant_id text not null,
  -- `a.b`, or the prefix `a.` as `a.*`.
  pattern text not null,
  endpoint_id uuid not null,
  subscription_id uuid not null references posthorn.subscriptions (id) on delete cascade,
  catalog text,
  primary key (tenant_id, pattern, endpoint_id, subscription_id)
);
--> statement-breakpoint
create index subscription_patterns_by_subscription on posthorn.subscription_patterns (subscription_id);
--> statement-breakpoint

alter table posthorn.tenants
  -- Of the prefixes in its patterns. Grows only: a length that nobody uses any more costs one probe.
  add column prefix_lengths integer[] not null default '{}',
  -- Some subscription must be looked at event by event: its events are fanned out by the job.
  add column evaluated boolean not null default false;
--> statement-breakpoint

create function posthorn.index_patterns() returns trigger language plpgsql as $$
declare
  v_tenant constant text := coalesce(new.tenant_id, old.tenant_id);
  v_lengths integer[];
begin
  if tg_op <> 'INSERT' then
    delete from posthorn.subscription_patterns where subscription_id = old.id;
  end if;
  if tg_op <> 'DELETE' then
    insert into posthorn.subscription_patterns (tenant_id, pattern, endpoint_id, subscription_id, catalog)
      select new.tenant_id, p, new.endpoint_id, new.id, new.catalog
      from (select unnest(new.exact_types) as p union select unnest(new.prefixes) || '*') patterns;
    v_lengths := array(select distinct length(p) from unnest(new.prefixes) p);
    update posthorn.tenants set prefix_lengths = array(select distinct l from unnest(prefix_lengths || v_lengths) l)
      where id = v_tenant and not prefix_lengths @> v_lengths;
  end if;
  if new.evaluated is distinct from old.evaluated and (new.evaluated or old.evaluated) then
    -- The lock first: the statement behind it then sees what a change at the same time has committed. No row: the tenant is being deleted.
    perform 1 from posthorn.tenants where id = v_tenant for no key update;
    if not found then return null; end if;
    update posthorn.tenants t set evaluated = e.found
      from (select exists (select 1 from posthorn.subscriptions s where s.tenant_id = v_tenant and s.evaluated) as found) e
      where t.id = v_tenant and t.evaluated <> e.found;
  end if;
  return null;
end $$;
--> statement-breakpoint
-- Not for what the fan-out notes on a subscription.
create trigger index_patterns after insert or delete or update of exact_types, prefixes, catalog, version, filter, transform, throttle on posthorn.subscriptions
  for each row execute function posthorn.index_patterns();
--> statement-breakpoint

-- As in 0001_partitions_and_triggers.sql, but not for what the fan-out notes either: it would wait for the tenant's row.
drop trigger note_operational on posthorn.subscriptions;
--> statement-breakpoint
create trigger note_operational after insert or delete or update of exact_types, prefixes on posthorn.subscriptions
  for each row execute function posthorn.note_operational();
--> statement-breakpoint

insert into posthorn.subscription_patterns (tenant_id, pattern, endpoint_id, subscription_id)
  select s.tenant_id, p, s.endpoint_id, s.id
  from posthorn.subscriptions s cross join lateral (select unnest(s.exact_types) as p union select unnest(s.prefixes) || '*') patterns;
--> statement-breakpoint
update posthorn.tenants t set prefix_lengths = l.lengths
  from (select tenant_id, array_agg(distinct length(pattern) - 1) as lengths from posthorn.subscription_patterns where right(pattern, 1) = '*' group by tenant_id) l
  where l.tenant_id = t.id;
--> statement-breakpoint

-- The patterns' rows that match an event, of endpoints behind `after`. Operational events are asked for: a prefix must begin with `API.`,
-- and the gateway's own catalog is in every catalog.
create function posthorn.matching(p_tenant text, p_lengths integer[], p_catalog text, p_type text, p_operational boolean, after uuid)
returns setof posthorn.subscription_patterns language sql stable parallel safe as $$
  select p.* from posthorn.subscription_patterns p
  where p.tenant_id = p_tenant and p.endpoint_id > after and (p.catalog is null or p.catalog = p_catalog or p_operational)
    and p.pattern = any (p_type || array(select left(p_type, l) || '*' from unnest(p_lengths) l where l <= length(p_type) and (l >= 4 or not p_operational)))
$$;
--> statement-breakpoint

-- One event's endpoints in order of their ids, at most `page` of them, where nothing about the subscriptions is evaluated.
create function posthorn.targets(p_tenant text, p_lengths integer[], p_catalog text, p_type text, p_operational boolean, page integer)
returns table (endpoint_id uuid, subscription_id uuid, held boolean, payload_format text) language sql stable parallel safe as $$
  select m.endpoint_id, m.subscription_id, n.lane = 'held', n.payload_format
  -- Each endpoint once before it is looked up: four times as fast where a hundred subscriptions of each match.
  from (
    select distinct on (p.endpoint_id) p.endpoint_id, p.subscription_id
    from posthorn.matching(p_tenant, p_lengths, p_catalog, p_type, p_operational, '00000000-0000-0000-0000-000000000000'::uuid) p
    order by p.endpoint_id, p.subscription_id
  ) m join posthorn.endpoints n on n.id = m.endpoint_id
  where n.lane_reason is distinct from 'disabled'
  order by m.endpoint_id
  limit page
$$;
