import type { Statement } from "#db/store.ts";

/** What is due and not done yet, and when something will be. */
export interface Due {
  /** Each with how many there are: "deliveries queued". */
  readonly left: Readonly<Record<string, number>>;
  /** Milliseconds until the next retry, probe or release is due; null: nothing waits for its time. */
  readonly next_ms: number | null;
  /** Milliseconds until the next day begins (UTC). */
  readonly day_ms: number;
}

/**
 * One look at everything, so that nothing is missed on its way from one table to another. A lane that lets its deliveries go little by
 * little is looked at again within a second, and is waited for; one that waits for people, or holds only what waits behind a failure of its
 * ordering key, is not.
 */
export const lookAtDue: Statement = {
  name: "test_look_at_due",
  text: `
with lane as (
  select l.next_at, l.next_at <= posthorn.now() + case when l.reason = 'failing' then '0 s' else '1 s' end::interval as is_due
  from posthorn.lanes l join posthorn.endpoints n on n.id = l.endpoint_id
  where l.next_at is not null and l.drained_at is null and n.mode = 'push' and coalesce(n.lane_reason, '') not in ('paused', 'disabled')
    and exists (select from posthorn.deliveries d where d.endpoint_id = n.id and d.status = 'held' and not exists (
      select from posthorn.deliveries b where b.endpoint_id = d.endpoint_id and b.ordering_key = d.ordering_key and b.blocks))
), retry as (
  select due_at, due_at <= posthorn.now() as is_due from posthorn.deliveries where status = 'scheduled'
)
select json_build_object(
    'deliveries queued', (select count(*) from posthorn.deliveries where status = 'queued'),
    'retries due', (select count(*) from retry where is_due),
    'lanes to be looked at', (select count(*) from lane where is_due),
    'events to be fanned out', (select count(*) from posthorn.events where fan_out_after is not null),
    'jobs', (select count(*) from graphile_worker._private_jobs where run_at <= now() and attempts < max_attempts)
  ) as left,
  (select extract(epoch from min(at) - posthorn.now())::double precision * 1000 from (
    select due_at from retry where not is_due union all select next_at from lane where not is_due) x (at)) as next_ms,
  extract(epoch from date_trunc('day', posthorn.now(), 'UTC') + interval '1 day' - posthorn.now())::double precision * 1000 as day_ms`,
};
