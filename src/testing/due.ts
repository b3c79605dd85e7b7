import type { Statement } from "#db/store.ts";

/** What is due and not done yet, and when something will be. */
export interface Due {
  readonly deliveries_queued: number;
  readonly retries_due: number;
  readonly lanes_due: number;
  readonly replays_due: number;
  readonly events_to_fan_out: number;
  readonly jobs: number;
  /** Milliseconds until the next retry, probe or release; null: nothing waits for its time. */
  readonly next_ms: number | null;
}

export const lookAtDue: Statement = { name: "test_look_at_due", text: "select * from posthorn_test.look_at_due()" };

/**
 * One look at everything, so that nothing is missed on its way from one table to another. Stable: all its queries see the same moment.
 * Waited for is a lane that catches up by itself: it is looked at again within a second. Not waited for is what waits for the clock (probes,
 * rate limits, paced replays), for a person, or for another one of its ordering key. In PL/pgSQL, so that only what is asked is planned:
 * new days change the tables, and each mention of one with 60 partitions then costs 15 ms.
 */
export const installLookAtDue = `
create function posthorn_test.look_at_due() returns table (deliveries_queued integer, retries_due integer, lanes_due integer,
  replays_due integer, events_to_fan_out integer, jobs integer, next_ms double precision) language plpgsql stable as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_next timestamptz;
  l record;
begin
  select count(*) filter (where d.status = 'queued'), count(*) filter (where d.status = 'scheduled' and d.due_at <= v_now),
      min(d.due_at) filter (where d.status = 'scheduled' and d.due_at > v_now)
    into deliveries_queued, retries_due, v_next
    from posthorn.deliveries d where d.status in ('queued', 'scheduled');
  lanes_due := 0;
  for l in select n.id, x.reason, x.next_at from posthorn.endpoints n left join posthorn.lanes x on x.endpoint_id = n.id
      where n.mode = 'push' and coalesce(n.lane_reason, '') not in ('paused', 'disabled') loop
    continue when not exists (select from posthorn.deliveries d where d.endpoint_id = l.id and d.status = 'held' and not exists (
      select from posthorn.deliveries b where b.endpoint_id = l.id and b.ordering_key = d.ordering_key
        and (b.status in ('scheduled', 'queued') or b.blocks)));
    if coalesce(l.next_at, v_now) <= v_now + (case when l.reason in ('failing', 'throttled') then '0 s' else '1 s' end)::interval then
      lanes_due := lanes_due + 1;
    else
      v_next := least(v_next, l.next_at);
    end if;
  end loop;
  replays_due := 0;
  if exists (select from posthorn.replays where next_at is not null) then
    replays_due := (select count(*) from posthorn.replays r join posthorn.endpoints n on n.id = r.endpoint_id
      where r.next_at is not null and case
        when r.status = 'canceled' then true
        when r.phase = 'admitted' then not exists (
          select from posthorn.deliveries d where d.replay_id = r.id and d.status in ('held', 'scheduled', 'queued'))
        else r.rate_per_second is null and n.lane_reason is null and not exists (
          select from posthorn.replays e where e.endpoint_id = r.endpoint_id and e.status in ('waiting', 'running') and e.id < r.id) end);
  end if;
  events_to_fan_out := (select count(*) from posthorn.events where fan_out_after is not null);
  jobs := (select count(*) from graphile_worker._private_jobs where run_at <= now() and attempts < max_attempts);
  next_ms := extract(epoch from v_next - v_now) * 1000;
  return next;
end $$`;

/** What is left to do, in words: "2 deliveries queued, 2 jobs"; empty where nothing is. */
export function leftToDo(due: Due): string {
  const parts = [
    [due.deliveries_queued, "deliveries queued"],
    [due.retries_due, "retries due"],
    [due.lanes_due, "lanes to be looked at"],
    [due.replays_due, "replays under way"],
    [due.events_to_fan_out, "events to be fanned out"],
    [due.jobs, "jobs"],
  ] as const;
  return parts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(", ");
}
