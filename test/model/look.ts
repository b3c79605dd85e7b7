import type { Statement } from "#db/store.ts";
import { sentences } from "./sentences.ts";

export interface SeenDelivery {
  readonly id: string;
  readonly event: string;
  readonly endpoint: string;
  readonly status: string;
  readonly attempts: number;
  readonly step: number;
  readonly dueMs: number;
  readonly admitted: boolean;
  readonly blocks: boolean;
  readonly replay: string | null;
  readonly key: string | null;
  /** Its place in its key: when its event was accepted, in microseconds. */
  readonly at: number | null;
}

/** An event that is still to be fanned out. */
export interface SeenEvent {
  readonly event: string;
  readonly key: string | null;
  readonly at: number;
}

export interface SeenJob {
  readonly job: string;
  readonly task: string;
  /** Of the delivery, event or endpoint. */
  readonly id: string;
  readonly locked_by: string | null;
}

export interface SeenReplay {
  readonly id: string;
  readonly endpoint: string;
  readonly status: string;
  readonly matched: number;
  readonly admitted: number;
}

export interface SeenLane {
  readonly endpoint: string;
  readonly mode: "push" | "poll";
  readonly shown: string | null;
  readonly detail: string | null;
  readonly reason: string | null;
  readonly room: number | null;
  readonly nextMs: number | null;
  /** Its subscription's. */
  readonly ordering: "block" | "skip" | null;
}

/** Everything, as one statement saw it. */
export interface Look {
  readonly nowMs: number;
  readonly deliveries: readonly SeenDelivery[];
  readonly events: readonly SeenEvent[];
  readonly jobs: readonly SeenJob[];
  readonly lanes: readonly SeenLane[];
  readonly replays: readonly SeenReplay[];
  /** "the sentence: what breaks it". */
  readonly broken: readonly string[];
}

const ms = (moment: string) => `floor(extract(epoch from ${moment}) * 1000)::double precision`;

const us = (moment: string) => `floor(extract(epoch from ${moment}) * 1000000)::double precision`;

const broken = Object.entries(sentences)
  .map(
    ([sentence, query]) => `select '${sentence.replaceAll("'", "''")}: ' || x::text as what from (${query}) as q (x)`,
  )
  .join("\nunion all\n");

/** ($1 to $3: see the sentences) → Look. Afterwards a millisecond has passed. */
export const look: Statement = {
  name: "model_look",
  text: `
with d as materialized (
  select * from posthorn.deliveries
), j as materialized (
  select p.id::text as job, t.identifier as task, p.payload ->> 'id' as id, p.locked_by
  from graphile_worker._private_jobs p join graphile_worker._private_tasks t on t.id = p.task_id
), seen as (
  select $1::uuid[], $2::uuid[], $3::uuid[]
), tick as (
  update posthorn_model.clock set at = at + interval '1 millisecond' returning at
)
select ${ms("tick.at")} as "nowMs",
  (select coalesce(json_agg(json_build_object('id', d.id, 'event', event_id, 'endpoint', endpoint_id, 'status', status, 'attempts', attempts, 'step', step,
    'dueMs', ${ms("due_at")}, 'admitted', admitted, 'blocks', blocks, 'replay', replay_id, 'key', ordering_key, 'at', ${us("ordered_at")}) order by d.id), '[]') from d) as deliveries,
  (select coalesce(json_agg(json_build_object('event', e.id, 'key', e.ordering_key, 'at', ${us("e.accepted_at")})), '[]')
    from posthorn.events e where e.fan_out_after is not null) as events,
  (select coalesce(json_agg(j order by j.job::bigint), '[]') from j) as jobs,
  (select coalesce(json_agg(json_build_object('endpoint', n.id, 'mode', n.mode, 'shown', n.lane_reason, 'detail', n.lane_detail, 'reason', l.reason, 'room', l.room,
    'nextMs', ${ms("l.next_at")}, 'ordering', (select s.ordering from posthorn.subscriptions s where s.endpoint_id = n.id)) order by n.id), '[]') from posthorn.endpoints n left join posthorn.lanes l on l.endpoint_id = n.id) as lanes,
  (select coalesce(json_agg(json_build_object('id', id, 'endpoint', endpoint_id, 'status', status, 'matched', matched, 'admitted', admitted)), '[]')
    from posthorn.replays) as replays,
  array(${broken}) as broken
from tick`,
};
