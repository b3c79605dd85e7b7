import type { Statement } from "../store.ts";

/** An event with the JSON texts of `metadata` and `data`, exactly as published. */
export interface EventRow {
  readonly id: string;
  readonly external_id: string | null;
  readonly catalog: string;
  readonly type: string;
  readonly version: string | null;
  readonly occurred_at: Date;
  readonly accepted_at: Date;
  readonly source: string | null;
  readonly user_id: string | null;
  readonly correlation_id: string | null;
  readonly trace_id: string | null;
  readonly ordering_key: string | null;
  readonly metadata: string | null;
  readonly data: string;
}

const columns = `id, external_id, catalog, type, version, occurred_at, accepted_at, source, user_id, correlation_id, trace_id,
    ordering_key, metadata, left(substr(body, data_start), -1) as data`;

/** ($1 tenant, $2 UUID) → EventRow. */
export const findEvent: Statement = {
  name: "find_event_1",
  text: `select ${columns} from posthorn.events where tenant_id = $1 and id = $2`,
};

/** ($1 tenant, $2 the publisher's own id) → EventRow; the newest where an id was used again after its 24 hours. */
export const findEventByExternalId: Statement = {
  name: "find_event_by_external_id_1",
  text: `select ${columns} from posthorn.events where tenant_id = $1 and external_id = $2 order by id desc limit 1`,
};

/** ($1 tenant, $2 UUIDs) → each event as a CloudEvent in JSON, the newest first. */
export const cloudEvents: Statement = {
  name: "cloud_events",
  text: `select e.id, posthorn.formatted_body('cloudevents', e) as text from posthorn.events e
    where e.tenant_id = $1 and e.id = any ($2::uuid[]) and e.id >= (select x from unnest($2::uuid[]) x order by x limit 1) and e.id <= (select x from unnest($2::uuid[]) x order by x desc limit 1)
    order by e.id desc`,
};
