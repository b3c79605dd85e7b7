/** What an endpoint's lane shows beside its own columns. `e` is the row of the endpoint. */

/** Counted for one endpoint alone: up to 100,000, which takes 0.1 s, and one more where there are more. */
export const WAITING_COUNTED = 100_000;

const columns = `k.since as "orderedSince", k.blocked as "blockedKeys", k.more as "moreKeys"`;

/** In a list: keys among the first 1,000 deliveries of each endpoint that keep an order. */
export const listedLane = { columns, joins: "cross join lateral posthorn.waiting_keys(e, 1000) k" };

export const wholeLane = {
  columns: `${columns}, w.waiting, w.in_flight as "inFlight",
    case when e.mode = 'push' and e.lane_reason in ('failing', 'slow', 'throttled') then l.next_at end as "nextAttemptAt"`,
  joins: `cross join lateral posthorn.waiting_keys(e, 10000) k cross join lateral posthorn.in_lane(e.id, ${WAITING_COUNTED + 1}) w
    left join posthorn.lanes l on l.endpoint_id = e.id`,
};
