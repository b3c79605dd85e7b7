// What must be true of the whole database whatever was done to it. Each is a query that finds what breaks its sentence, as text.
// $1: deliveries whose requests are in flight at living deliverers. $2: deliveries that may lack their job until the reconciliation, because
// somebody who had been taken for dead has deleted it. $3: deliveries that may have a job too many: nothing comes of it when it wakes.

const active = "(d.status in ('held', 'scheduled', 'queued') or d.blocks)";
const isPersons = "coalesce(n.lane_reason, '') in ('paused', 'disabled')";

export const sentences: Readonly<Record<string, string>> = {
  "What is queued has a job, or is in flight": `
    select d.id from d where d.status = 'queued' and d.id <> all ($1) and d.id <> all ($2)
      and not exists (select from j where j.task = 'deliver' and j.id = d.id::text)`,
  "What is queued has one job": `
    select d.id from d where d.id <> all ($3) and (select count(*) from j where j.task = 'deliver' and j.id = d.id::text) > 1`,
  "What has a job is queued": `
    select d.id || ' is ' || d.status from d join j on j.task = 'deliver' and j.id = d.id::text and j.locked_by is null
    where d.status <> 'queued' and d.reason is distinct from 'replayCanceled' and d.id <> all ($3)`,
  "An event has a job while it is to be fanned out": `
    select e.id from posthorn.events e where e.fan_out_after is not null and not exists (select from j where j.task = 'fan_out' and j.id = e.id::text)`,
  "Only what is queued was let through by its lane": `select d.id from d where d.admitted and d.status <> 'queued'`,
  "What blocks its key has failed, has a key, and a subscription that wants it": `
    select d.id from d join posthorn.endpoints n on n.id = d.endpoint_id left join posthorn.subscriptions s on s.id = d.subscription_id
    where d.blocks and (d.status <> 'failed' or d.ordering_key is null or s.ordering is distinct from 'block')`,
  "An event has one delivery for an endpoint": `
    select d.event_id || ' ' || d.endpoint_id from d group by d.event_id, d.endpoint_id having count(*) > 1`,
  "A delivery's attempts are counted, and numbered without a gap": `
    select d.id || ' says ' || d.attempts || ', has ' || count(a.id) from d left join posthorn.attempts a on a.delivery_id = d.id
    group by d.id, d.attempts having count(a.id) <> d.attempts or coalesce(max(a.number), 0) <> d.attempts or count(distinct a.number) <> d.attempts`,
  "Of an ordering key one is queued": `
    select d.endpoint_id || ' ' || d.ordering_key from d where d.status = 'queued' and d.ordering_key is not null
    group by d.endpoint_id, d.ordering_key having count(*) > 1`,
  "A lane is open where nobody holds it and it is not polled": `
    select n.id from posthorn.endpoints n where (n.lane = 'open') <> (n.lane_reason is null and n.mode = 'push')`,
  "What the gateway holds is shown, with its reason": `
    select n.id || ' shows ' || coalesce(n.lane_reason, 'nothing') || ' for ' || coalesce(l.reason, 'nothing')
    from posthorn.endpoints n left join posthorn.lanes l on l.endpoint_id = n.id
    where n.mode = 'push' and not ${isPersons} and n.lane_reason is distinct from l.reason`,
  "Who polls is held by people alone": `
    select n.id || ' ' || n.lane_reason from posthorn.endpoints n where n.mode = 'poll' and n.lane_reason is not null and not ${isPersons}`,
  "An endpoint fails since its first failure": `
    select l.endpoint_id || ' ' || l.failures from posthorn.lanes l where (l.failing_since is null) <> (l.failures = 0)`,
  "A lane that is held says since when": `
    select n.id from posthorn.endpoints n where (n.lane_since is null) <> (n.lane_reason is null)`,
  "What the gateway holds is looked at again": `
    select n.id from posthorn.endpoints n join posthorn.lanes l on l.endpoint_id = n.id
    where n.mode = 'push' and not ${isPersons} and l.reason is not null and l.next_at is null`,
  "What waits in a lane that no person holds is looked at": `
    select d.id from d join posthorn.endpoints n on n.id = d.endpoint_id left join posthorn.lanes l on l.endpoint_id = n.id
    where d.status = 'held' and d.ordering_key is null and n.mode = 'push' and not ${isPersons} and l.next_at is null`,
  // Whoever gives up its order waits for the reconciliation where an earlier event was still to be fanned out.
  "The first of its ordering key goes where the lane is open": `
    select d.id from d join posthorn.endpoints n on n.id = d.endpoint_id left join posthorn.lanes l on l.endpoint_id = n.id
    where d.status = 'held' and d.ordering_key is not null and n.ordered and n.lane = 'open' and l.next_at is null
      and not exists (select from d b where b.endpoint_id = d.endpoint_id and b.ordering_key = d.ordering_key and ${active.replaceAll("d.", "b.")}
        and (b.status = 'queued' or (b.ordered_at, b.event_id) < (d.ordered_at, d.event_id)))
      and not exists (select from posthorn.events e where e.fan_out_after is not null and e.ordering_key = d.ordering_key
        and (e.accepted_at, e.id) < (d.ordered_at, d.event_id))`,
  "An endpoint knows whether it keeps an order": `
    select n.id from posthorn.endpoints n
    where n.ordered <> exists (select from posthorn.subscriptions s where s.endpoint_id = n.id and s.ordering is not null)`,
  "A tenant's endpoints are counted": `
    select t.id from posthorn.tenants t where t.endpoint_count <> (select count(*) from posthorn.endpoints n where n.tenant_id = t.id)`,
  "A replay that has ended has come to its numbers": `
    select r.id || ' ' || r.status from posthorn.replays r where r.next_at is null and
      (r.status not in ('completed', 'canceled') or r.ended_at is null or r.delivered + r.failed + r.canceled <> r.admitted or r.delivered < 0)`,
  "A replay that has not ended is looked at again": `
    select r.id from posthorn.replays r where r.status in ('waiting', 'running') and r.next_at is null`,
  "An endpoint has one secret that is not rotated out": `
    select n.id from posthorn.endpoints n
    where (select count(*) from posthorn.endpoint_secrets s where s.endpoint_id = n.id and s.expires_at is null) <> 1`,
};
