-- Catalogs installed from documents, and what subscriptions and deliveries need for them.

alter table posthorn.catalogs
  add column title text,
  -- The document as it was installed, JSON text; null: the catalog's types are registered one by one.
  add column document text,
  -- The pattern that names of its types follow (RE2).
  add column naming text,
  -- What stands before a version's ref in the dataschema of a CloudEvent.
  add column schema_url text,
  -- Grows with every change of the document: it keys the caches of those who read and write envelopes.
  add column revision bigint not null default 1,
  add column updated_at timestamptz not null default posthorn.now();
--> statement-breakpoint

-- A type that is deleted and registered again must not have the revision of its former self: publishers keep compiled schemas by it.
alter table posthorn.event_types alter column revision set default (extract(epoch from clock_timestamp()) * 1000000)::bigint;
--> statement-breakpoint

alter table posthorn.event_types
  -- Has rules that are looked at one event at a time (throttle, preference, derived events, a deprecation notice): fanned out by the job.
  add column ruled boolean not null default false,
  -- Its catalog has an envelope: an event that came without it gets it in the job.
  add column enveloped boolean not null default false;
--> statement-breakpoint

alter table posthorn.event_type_versions
  -- The order of versions that were made at the same moment.
  add column position integer not null default 0,
  -- The name of its schema in the catalog.
  add column ref text,
  -- Nothing is published in it any more.
  add column retired_at timestamptz;
--> statement-breakpoint
create unique index event_type_versions_by_ref on posthorn.event_type_versions (catalog, ref) where ref is not null;
--> statement-breakpoint

alter table posthorn.subscriptions
  -- Null: types of this name in any catalog.
  add column catalog text,
  add column version text,
  add column filter text,
  add column transform text,
  add column throttle jsonb,
  add column evaluated boolean not null generated always as (version is not null or filter is not null or transform is not null or throttle is not null) stored,
  add column filter_failures bigint not null default 0,
  add column last_filter_failure text,
  add column last_filter_failed_at timestamptz;
--> statement-breakpoint
create index subscriptions_evaluated on posthorn.subscriptions (tenant_id) where evaluated;
--> statement-breakpoint
create index subscriptions_pinned on posthorn.subscriptions (version, id) where version is not null;
--> statement-breakpoint
create index subscriptions_by_catalog on posthorn.subscriptions (catalog) where catalog is not null;
--> statement-breakpoint

alter table posthorn.events
  -- The document as it was published, byte for byte, where it came in its catalog's own envelope.
  add column native text,
  -- `data` was checked against the schema before it was accepted.
  add column validated boolean not null default false,
  -- Why none of its deliveries is sent: throttled, preference, invalidEvent. Found once, with the first page of the fan-out.
  add column verdict text;
--> statement-breakpoint

-- What a person reads about a delivery whose transform or version failed, or whose event is wrong. While it is there, the body is still to be made.
alter table posthorn.deliveries add column detail text;
--> statement-breakpoint

alter table posthorn.api_keys drop constraint api_keys_check;
--> statement-breakpoint
-- A publisher's key may be bound to a tenant: it then publishes for that one alone.
alter table posthorn.api_keys add constraint api_keys_tenant check (
  case role when 'tenant' then tenant_id is not null when 'publisher' then true else tenant_id is null end);
--> statement-breakpoint

-- What a tenant's users have switched off or on; without a row the catalog's default holds.
create table posthorn.preferences (
  tenant_id text not null references posthorn.tenants (id) on delete cascade,
  catalog text not null references posthorn.catalogs (name) on delete cascade,
  user_id text not null,
  name text not null,
  enabled boolean not null,
  updated_at timestamptz not null default posthorn.now(),
  primary key (tenant_id, catalog, user_id, name)
);
--> statement-breakpoint

-- Sliding windows: the moments of what was let through, at most as many as the window allows.
create table posthorn.throttles (
  tenant_id text not null,
  rule text not null,
  key text not null,
  hits timestamptz[] not null,
  expires_at timestamptz not null,
  primary key (tenant_id, rule, key)
) with (fillfactor = 50);
--> statement-breakpoint
create index throttles_by_age on posthorn.throttles (expires_at);
--> statement-breakpoint

-- Lets one more through, or says no. The row's lock makes all who ask at the same moment, in whatever process, ask one after the other, and
-- the moments only grow: in no window of that length are there ever more than p_max.
create function posthorn.take(p_tenant text, p_rule text, p_key text, p_max integer, p_window_seconds integer) returns boolean language plpgsql as $$
declare
  v_window constant interval := p_window_seconds * interval '1 second';
  v_hits timestamptz[];
  v_now timestamptz;
begin
  insert into posthorn.throttles (tenant_id, rule, key, hits, expires_at) values (p_tenant, p_rule, p_key, '{}', posthorn.now() + v_window) on conflict do nothing;
  select hits into v_hits from posthorn.throttles where tenant_id = p_tenant and rule = p_rule and key = p_key for update;
  -- Gone between the two: its window had passed.
  if not found then return posthorn.take(p_tenant, p_rule, p_key, p_max, p_window_seconds); end if;
  -- Not the statement's time: it may have waited for the lock, and what it lets through is let through now.
  v_now := greatest(posthorn.now() + (clock_timestamp() - statement_timestamp()), v_hits[cardinality(v_hits)]);
  v_hits := array(select h from unnest(v_hits) h where h > v_now - v_window order by h);
  if cardinality(v_hits) >= p_max then return false; end if;
  -- Seldom another moment of expiry: it is in an index, and only a row whose indexed columns stay is updated in place (HOT).
  update posthorn.throttles set hits = v_hits || v_now,
    expires_at = case when expires_at < v_now + v_window then v_now + v_window * 1.25 else expires_at end where tenant_id = p_tenant and rule = p_rule and key = p_key;
  return true;
end $$;
--> statement-breakpoint

create function posthorn.forget_throttles(page integer) returns integer language plpgsql as $$
declare
  v_count integer;
begin
  delete from posthorn.throttles where ctid in (
    select ctid from posthorn.throttles where expires_at < posthorn.now() order by expires_at limit page for update skip locked);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
--> statement-breakpoint

-- What the API asks a deliverer to evaluate, and the answer: neither outlives the second in which it is asked.
create unlogged table posthorn.evaluations (
  id uuid primary key,
  -- A tenant, or who asks for the operator: they take turns. Null: an answer.
  asker text,
  request json not null,
  answer json,
  created_at timestamptz not null default posthorn.now()
);
