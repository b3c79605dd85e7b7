-- What lanes, order, replays and the feed keep. The functions follow in 0013_admission.sql and 0014_lanes_on_the_road.sql.

alter table posthorn.endpoints
  -- poll: nothing is sent, the tenant fetches it from the feed. Its deliveries wait as held, and its lane is `held` without a reason.
  add column mode text not null default 'push' check (mode in ('push', 'poll')),
  -- {max, windowSeconds}
  add column rate_limit jsonb,
  -- Some subscription of it keeps an order: kept by a trigger, read on the hot path.
  add column ordered boolean not null default false,
  -- The last position given out in its feed.
  add column feed_position bigint not null default 0,
  drop constraint endpoints_check;
--> statement-breakpoint
alter table posthorn.endpoints add constraint endpoints_lane check ((lane = 'open') = (lane_reason is null and mode = 'push'));
--> statement-breakpoint

-- Null: no order. Else deliveries of one ordering key go one after the other, and what becomes of those behind one that has failed for good:
-- block: they wait until a person redelivers or cancels it; skip: they go on.
alter table posthorn.subscriptions add column ordering text check (ordering in ('block', 'skip'));
--> statement-breakpoint

alter table posthorn.deliveries
  -- Its lane let it through: it goes out though the lane is held, and counts among those that are under way.
  add column admitted boolean not null default false,
  -- Where its subscription keeps an order: the event's ordering key and when the event was accepted. Those of one endpoint and key go out in the order of
  -- (ordered_at, event_id): ids of deliveries and events are made by several processes and clocks, ordered_at by the database's.
  add column ordering_key text,
  add column ordered_at timestamptz,
  -- It failed for good, and those behind it in its key wait.
  add column blocks boolean not null default false,
  -- The replay that admitted it last.
  add column replay_id uuid,
  -- Its place in the endpoint's feed, since it was first handed out.
  add column feed_position bigint;
--> statement-breakpoint
create index deliveries_admitted on posthorn.deliveries (endpoint_id) where status = 'queued' and admitted;
--> statement-breakpoint
create index deliveries_ordered on posthorn.deliveries (endpoint_id, ordering_key, ordered_at, event_id)
  where ordering_key is not null and (status in ('held', 'scheduled', 'queued') or blocks);
--> statement-breakpoint
create index deliveries_of_replay on posthorn.deliveries (replay_id, status, id) where replay_id is not null;
--> statement-breakpoint
create index deliveries_in_feed on posthorn.deliveries (endpoint_id, feed_position) where status = 'held' and feed_position is not null;
--> statement-breakpoint
-- With the key in it: those without one are found behind any number of those that wait for their turn.
drop index posthorn.deliveries_held;
--> statement-breakpoint
create index deliveries_held on posthorn.deliveries (endpoint_id, ordering_key, id) where status = 'held';
--> statement-breakpoint

-- Whether an event accepted earlier is still to be fanned out is asked by tenant and key.
drop index posthorn.events_to_fan_out;
--> statement-breakpoint
create index events_to_fan_out on posthorn.events (tenant_id, ordering_key) where fan_out_after is not null;
--> statement-breakpoint

-- Endpoints that the gateway looks at: those whose lane it holds itself, those that catch up after a hold, and those that have failed
-- lately. A healthy endpoint has no row. Whoever changes a lane locks the endpoint's row first (for no key update).
create table posthorn.lanes (
  endpoint_id uuid primary key references posthorn.endpoints (id) on delete cascade,
  -- Why the gateway holds it; what people do (paused, disabled) stands above it in endpoints.lane_reason. Null: open.
  reason text check (reason in ('failing', 'slow', 'throttled')),
  since timestamptz,
  -- When its waiting deliveries are looked at next; null: nothing to admit.
  next_at timestamptz,
  -- Deliveries that may be under way: grows with successes, is halved by failures, and is at most what the deliverers have slots for.
  room integer not null default 100,
  -- failing: probes that failed since it closed.
  probes integer not null default 0,
  -- A probe is under way. What else fails was sent before the lane was closed.
  probing boolean not null default false,
  -- The receiver asked for silence until then (429, Retry-After).
  blocked_until timestamptz,
  -- Nothing waited any more at that moment: looked at for two seconds more, for those that were written meanwhile by who knew it held.
  drained_at timestamptz,
  -- Failed attempts since the last success, and when the first of them was.
  failures integer not null default 0,
  failing_since timestamptz,
  -- When the last success was known. What began before it says nothing about the endpoint since: requests that hang end long after others came through.
  succeeded_at timestamptz,
  -- What became of attempts in the minute that began at window_at.
  window_at timestamptz not null,
  window_succeeded integer not null default 0,
  window_failed integer not null default 0,
  -- Ordering keys up to this one were looked at; null: begin anew.
  key_cursor text
) with (fillfactor = 50);
--> statement-breakpoint
create index lanes_due on posthorn.lanes (next_at) where next_at is not null;
--> statement-breakpoint

-- A sliding window of an endpoint's rate limit: moments (some of them ahead of now: they were promised) and how many went out at each.
create table posthorn.rate_limits (
  endpoint_id uuid primary key references posthorn.endpoints (id) on delete cascade,
  moments timestamptz[] not null,
  sent integer[] not null
) with (fillfactor = 50);
--> statement-breakpoint

create table posthorn.replays (
  id uuid primary key,
  tenant_id text not null references posthorn.tenants (id) on delete cascade,
  endpoint_id uuid not null references posthorn.endpoints (id) on delete cascade,
  -- What it chooses: deliveries and events made in [since, until).
  since timestamptz not null,
  until timestamptz not null,
  event_types text[],
  statuses text[] not null,
  rate_per_second integer,
  -- waiting: for an earlier one of the same endpoint.
  status text not null check (status in ('waiting', 'running', 'completed', 'canceled')),
  -- How many there were when it was made.
  matched bigint not null,
  admitted bigint not null default 0,
  -- Matched by name, and left out by a filter or a rule when their turn came.
  skipped bigint not null default 0,
  -- Frozen when it ends; while it runs the deliveries are counted.
  delivered bigint,
  failed bigint,
  canceled bigint,
  -- Where it is: first the deliveries up to their end, then (for `missed`) the events.
  phase text not null default 'deliveries' check (phase in ('deliveries', 'events', 'admitted')),
  cursor uuid not null default '00000000-0000-0000-0000-000000000000',
  -- When it is looked at next; null: it has ended.
  next_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default posthorn.now(),
  started_at timestamptz,
  ended_at timestamptz
);
--> statement-breakpoint
create index replays_by_tenant on posthorn.replays (tenant_id, id);
--> statement-breakpoint
create index replays_due on posthorn.replays (endpoint_id, id) where status in ('waiting', 'running');
--> statement-breakpoint

-- Operational events of lanes and replays.
create or replace function posthorn.operational_types() returns text[] language sql immutable parallel safe as $$
  select array['API.Key.Created', 'API.Key.Revoked', 'API.Request.Received', 'API.Webhook.Registered', 'API.Webhook.Updated',
    'API.Webhook.Deleted', 'API.Webhook.Enabled', 'API.Webhook.Disabled', 'API.Webhook.Triggered', 'API.Webhook.Failed',
    'API.Webhook.Exhausted', 'API.Webhook.SecretRotated', 'API.Webhook.Test', 'API.Webhook.Recovered', 'API.Webhook.ReplayCompleted']
$$;
--> statement-breakpoint
insert into posthorn.event_types (catalog, name, category, description)
  select 'posthorn', t, 'API', null from unnest(array['API.Webhook.Recovered', 'API.Webhook.ReplayCompleted']) t;
--> statement-breakpoint
-- Who asked for all of them, by a prefix, asked for these.
update posthorn.tenants t set operational = array(select distinct o from unnest(t.operational || asked.types) o order by o)
  from (select p.tenant_id, array_agg(distinct o) as types from posthorn.subscription_patterns p
    join unnest(array['API.Webhook.Recovered', 'API.Webhook.ReplayCompleted']) o on right(p.pattern, 1) = '*' and starts_with(p.pattern, 'API.') and starts_with(o, left(p.pattern, -1))
    group by p.tenant_id) asked
  where asked.tenant_id = t.id;
