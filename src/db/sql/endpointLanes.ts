/** What an endpoint's lane shows beside its own columns. `e` is the row of the endpoint. */

/** Leaves out the partitions of the days to come. */
const made = "d.id < posthorn.id_at(posthorn.now() + interval '12 hours')";
/** Deliveries that are looked at for each endpoint of a list. */
const LISTED = 1000;
/** And for one endpoint alone: 100,000 are counted in about 30 ms. */
export const WAITING_COUNTED = 100_000;

/**
 * Deliveries that wait behind others of their ordering key while the lane is open: since when the one that has waited longest does, how
 * many keys wait behind one that failed for good, and whether there may be more than were looked at.
 */
const order = (rows: number) => `
  left join lateral (
    select min(key.since) filter (where key.n > 1) as since, count(*) filter (where key.blocked and key.since is not null)::integer as blocked,
      coalesce(sum(key.n), 0) > ${rows} as more
    from (
      select min(d.updated_at) filter (where d.status = 'held') as since, bool_or(d.blocks) as blocked, count(*) as n
      from (
        select ordering_key, status, blocks, updated_at from posthorn.deliveries d
        where e.lane = 'open' and d.endpoint_id = e.id and ordering_key is not null and (status in ('held', 'scheduled', 'queued') or blocks) and ${made} limit ${rows + 1}
      ) d group by d.ordering_key
    ) key
  ) o on true`;

const orderColumns = `o.since as "orderedSince", o.blocked as "blockedKeys", o.more as "moreKeys"`;

export const listedLane = { columns: orderColumns, joins: order(LISTED) };

/** One more than the bound: there are more than that. */
const count = (where: string) =>
  `(select count(*)::integer from (select from posthorn.deliveries d where d.endpoint_id = e.id and ${where} and ${made} limit ${WAITING_COUNTED + 1}) x)`;

export const wholeLane = {
  columns: `${orderColumns},
    ${count("d.status = 'held'")} as waiting,
    ${count("d.status = 'queued' and d.admitted")} as "inFlight",
    case when e.mode = 'push' and e.lane_reason in ('failing', 'slow', 'throttled') then l.next_at end as "nextAttemptAt"`,
  joins: `${order(WAITING_COUNTED)} left join posthorn.lanes l on l.endpoint_id = e.id`,
};
