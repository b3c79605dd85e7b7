-- Posthorn's tables. Words and ids: docs/concepts.md. `drizzle/meta/_journal.json` gives the order of these files.
-- No foreign keys from events, deliveries or attempts: each check would lock a parent row on the hot path,
-- and these tables are dropped by the day.

create schema if not exists posthorn;
--> statement-breakpoint

-- Every statement that asks for the time asks this function, never now() itself: a test kit can then move the clock.
create function posthorn.now() returns timestamptz language sql stable parallel safe as $$ select statement_timestamp() $$;
--> statement-breakpoint

-- UUIDv7 (RFC 9562 section 5.7, method 3): 48 bits of milliseconds, 12 bits of the millisecond's fraction, so that the rows of one
-- statement sort in the order they were made, then random bits. PostgreSQL 18 has it built in (0.4 us instead of 6).
do $do$ begin
  if current_setting('server_version_num')::int >= 180000 then
    create function posthorn.new_id() returns uuid language sql volatile parallel safe as $$ select uuidv7() $$;
  else
    -- gen_random_uuid()'s second half has its variant bits right already.
    create function posthorn.new_id() returns uuid language plpgsql volatile parallel safe as $$
      declare
        us constant bigint := extract(epoch from clock_timestamp()) * 1000000;
      begin
        return encode(
          substring(int8send(us / 1000) from 3) || int2send((28672 + (us % 1000) * 4096 / 1000)::int2) || substring(uuid_send(gen_random_uuid()) from 9),
          'hex')::uuid;
      end $$;
  end if;
end $do$;
--> statement-breakpoint

-- The smallest UUIDv7 of a moment: the bound between two partitions.
create function posthorn.id_at(moment timestamptz) returns uuid language sql immutable parallel safe as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;
--> statement-breakpoint

create table posthorn.tenants (
  id text primary key check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
  name text,
  metadata jsonb not null default '{}',
  endpoint_count integer not null default 0,
  -- The operational event types that some subscription of this tenant matches: kept by a trigger, read on the hot path.
  operational text[] not null default '{}',
  created_at timestamptz not null default posthorn.now(),
  updated_at timestamptz not null default posthorn.now()
);
--> statement-breakpoint

create table posthorn.api_keys (
  id uuid primary key default posthorn.new_id(),
  name text not null,
  role text not null check (role in ('operator', 'publisher', 'support', 'tenant')),
  tenant_id text check ((role = 'tenant') = (tenant_id is not null)),
  kid text not null,
  key_hash bytea not null,
  created_by text not null,
  created_at timestamptz not null default posthorn.now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
--> statement-breakpoint
create index api_keys_by_tenant on posthorn.api_keys (tenant_id, id);
--> statement-breakpoint

create table posthorn.catalogs (
  name text primary key,
  description text not null,
  created_at timestamptz not null default posthorn.now()
);
--> statement-breakpoint

create table posthorn.event_types (
  catalog text not null references posthorn.catalogs (name),
  name text not null,
  description text,
  category text,
  deprecated boolean not null default false,
  -- Grows with every change of the type or one of its versions; a publish that validated against another revision is asked to validate again.
  revision bigint not null default 1,
  has_schema boolean not null default false,
  created_at timestamptz not null default posthorn.now(),
  updated_at timestamptz not null default posthorn.now(),
  primary key (catalog, name)
);
--> statement-breakpoint

create table posthorn.event_type_versions (
  catalog text not null,
  name text not null,
  version text not null,
  schema text,
  example text,
  created_at timestamptz not null default posthorn.now(),
  updated_at timestamptz not null default posthorn.now(),
  primary key (catalog, name, version),
  foreign key (catalog, name) references posthorn.event_types (catalog, name) on delete cascade
);
--> statement-breakpoint

create table posthorn.endpoints (
  id uuid primary key,
  tenant_id text not null references posthorn.tenants (id) on delete cascade,
  url text not null,
  description text,
  headers jsonb not null default '{}',
  retry_schedule integer[],
  timeout_ms integer not null,
  payload_format text not null default 'standard' check (payload_format in ('standard', 'cloudevents', 'native', 'thin')),
  signature text not null default 'v1' check (signature in ('v1', 'v1a')),
  metadata jsonb not null default '{}',
  lane text not null default 'open' check (lane in ('open', 'held')),
  lane_reason text check (lane_reason in ('paused', 'failing', 'slow', 'throttled', 'ordered', 'disabled')),
  lane_since timestamptz,
  lane_detail text,
  -- Grows with every change that a deliverer must see: it keys the deliverer's cache of endpoints.
  revision bigint not null default 1,
  created_at timestamptz not null default posthorn.now(),
  updated_at timestamptz not null default posthorn.now(),
  check ((lane = 'open') = (lane_reason is null))
);
--> statement-breakpoint
create index endpoints_by_tenant on posthorn.endpoints (tenant_id, id);
--> statement-breakpoint

create table posthorn.endpoint_secrets (
  id uuid primary key,
  tenant_id text not null,
  endpoint_id uuid not null references posthorn.endpoints (id) on delete cascade,
  kid text not null,
  nonce bytea not null,
  ciphertext bytea not null,
  created_at timestamptz not null default posthorn.now(),
  -- Null: the current secret. Else it still signs until then (the overlap of a rotation).
  expires_at timestamptz
);
--> statement-breakpoint
create unique index endpoint_secrets_current on posthorn.endpoint_secrets (endpoint_id) where expires_at is null;
--> statement-breakpoint
create index endpoint_secrets_by_endpoint on posthorn.endpoint_secrets (endpoint_id, created_at);
--> statement-breakpoint

create table posthorn.subscriptions (
  id uuid primary key,
  tenant_id text not null,
  endpoint_id uuid not null references posthorn.endpoints (id) on delete cascade,
  -- As written by the tenant; the two generated columns are what fan-out reads: `a.b` is exact, `a.*` the prefix `a.`.
  event_types text[] not null check (cardinality(event_types) between 1 and 500),
  exact_types text[] not null,
  prefixes text[] not null,
  created_at timestamptz not null default posthorn.now(),
  updated_at timestamptz not null default posthorn.now()
);
--> statement-breakpoint
create index subscriptions_by_tenant on posthorn.subscriptions (tenant_id);
--> statement-breakpoint
create index subscriptions_by_endpoint on posthorn.subscriptions (endpoint_id, id);
--> statement-breakpoint

-- Idempotency: `id:<event id>` and `key:<Idempotency-Key>`, for 24 hours.
create table posthorn.event_keys (
  tenant_id text not null,
  key text not null,
  event_id uuid not null,
  fingerprint bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, key)
);
--> statement-breakpoint
create index event_keys_by_age on posthorn.event_keys (created_at);
--> statement-breakpoint

create table posthorn.events (
  id uuid not null,
  tenant_id text not null,
  -- The id that the publisher chose; without it the event is known as evt_<id>.
  external_id text,
  catalog text not null,
  type text not null,
  version text,
  occurred_at timestamptz not null,
  accepted_at timestamptz not null,
  source text,
  user_id text,
  correlation_id text,
  trace_id text,
  ordering_key text,
  metadata text,
  -- The standard body: the exact text that is signed and sent. `data` is its part from data_start on, less the closing brace.
  body text not null,
  data_start integer not null,
  operational boolean not null default false,
  -- Null: fanned out. Else a fan_out job goes on behind this endpoint id; the nil UUID is the beginning.
  fan_out_after uuid,
  primary key (id)
) partition by range (id);
--> statement-breakpoint
create index events_by_tenant on posthorn.events (tenant_id, id);
--> statement-breakpoint
create index events_by_external_id on posthorn.events (tenant_id, external_id) where external_id is not null;
--> statement-breakpoint
create index events_to_fan_out on posthorn.events (id) where fan_out_after is not null;
--> statement-breakpoint

create table posthorn.deliveries (
  id uuid not null,
  tenant_id text not null,
  endpoint_id uuid not null,
  event_id uuid not null,
  subscription_id uuid,
  event_type text not null,
  status text not null check (status in ('held', 'scheduled', 'queued', 'delivered', 'failed', 'canceled', 'skipped')),
  reason text,
  -- Attempts made: the fence. An outcome is written only where this is still what it was when the request went out.
  attempts integer not null default 0,
  -- Position in the retry schedule: a redelivery starts it again, the numbers of attempts go on.
  step integer not null default 0,
  due_at timestamptz not null,
  -- Null: the event's standard body.
  body text,
  payload_format text not null default 'standard',
  operational boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (id)
) partition by range (id);
--> statement-breakpoint
create index deliveries_by_tenant on posthorn.deliveries (tenant_id, id);
--> statement-breakpoint
create index deliveries_by_endpoint on posthorn.deliveries (endpoint_id, id);
--> statement-breakpoint
create index deliveries_by_event on posthorn.deliveries (event_id);
--> statement-breakpoint
create index deliveries_waiting on posthorn.deliveries (status, due_at) where status in ('queued', 'scheduled');
--> statement-breakpoint
create index deliveries_held on posthorn.deliveries (endpoint_id, id) where status = 'held';
--> statement-breakpoint
create index deliveries_failed on posthorn.deliveries (tenant_id, id) where status = 'failed';
--> statement-breakpoint
-- Support's first question, across tenants: without it the fewer failed, the more rows were read (0.5 us each, all of them where none had).
create index deliveries_failed_anywhere on posthorn.deliveries (id) where status = 'failed';
--> statement-breakpoint

create table posthorn.attempts (
  id uuid not null,
  tenant_id text not null,
  endpoint_id uuid not null,
  delivery_id uuid not null,
  number integer not null,
  started_at timestamptz not null,
  duration_ms integer not null,
  outcome text not null check (outcome in ('succeeded', 'failed')),
  failure text check (failure in ('timeout', 'dns', 'tls', 'connection', 'blockedAddress', 'httpStatus', 'protocol', 'interrupted')),
  http_status integer,
  error text,
  response_body text,
  address text,
  primary key (id),
  check ((outcome = 'failed') = (failure is not null))
) partition by range (id);
--> statement-breakpoint
create index attempts_by_delivery on posthorn.attempts (delivery_id, number);
--> statement-breakpoint

create table posthorn.deliverers (
  -- graphile-worker's pool id: what its jobs are locked by.
  id text primary key,
  hostname text not null,
  pid integer not null,
  version text not null,
  started_at timestamptz not null default posthorn.now(),
  heartbeat_at timestamptz not null default posthorn.now()
);
--> statement-breakpoint

insert into posthorn.catalogs (name, description) values
  ('default', 'Event types registered without a catalog'),
  ('posthorn', 'The gateway''s own operational events');
