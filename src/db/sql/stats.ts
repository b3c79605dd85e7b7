import type { Statement } from "../store.ts";

/**
 * Bounded: 100,000 deliveries by their index on the endpoint, and the attempts of the newest 1,000 of them, one index probe each. The
 * bounds on ids leave two partitions of all those that there are.
 */
export const endpointStats: Statement = {
  name: "endpoint_stats",
  text: `
    with recent as materialized (
      select id, status from posthorn.deliveries
      where tenant_id = $1 and endpoint_id = $2 and id >= posthorn.id_at($3::timestamptz) and id < posthorn.id_at($3::timestamptz + interval '25 hours')
      order by id desc limit 100000
    ), sample as materialized (
      select a.outcome, a.duration_ms, a.started_at from (select id from recent order by id desc limit 1000) r
      join posthorn.attempts a on a.delivery_id = r.id
        and a.id >= posthorn.id_at($3::timestamptz) and a.id < posthorn.id_at($3::timestamptz + interval '25 hours')
    )
    select
      (select coalesce(json_object_agg(status, n), '{}') from (select status, count(*) as n from recent group by status) s) as deliveries,
      (select count(*)::integer from sample) as total,
      (select count(*)::integer from sample where outcome = 'succeeded') as succeeded,
      (select percentile_disc(0.5) within group (order by duration_ms) from sample) as "p50Ms",
      (select percentile_disc(0.95) within group (order by duration_ms) from sample) as "p95Ms",
      (select max(started_at) from sample) as "lastAttemptAt",
      (select max(started_at) from sample where outcome = 'succeeded') as "lastSuccessAt",
      (select max(started_at) from sample where outcome = 'failed') as "lastFailureAt"
    from posthorn.endpoints where tenant_id = $1 and id = $2`,
};
