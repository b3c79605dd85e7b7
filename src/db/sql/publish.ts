import type { Statement } from "../store.ts";

/** One event as it is accepted; the names are those of the composite type posthorn.event_input. */
export interface EventRow {
  event_id: string;
  type_id: string;
  external_id: string | null;
  keys: readonly string[];
  tenant_id: string;
  catalog: string;
  type: string;
  type_revision: number | null;
  version: string | null;
  version_assumed: boolean;
  occurred_at: string | null;
  source: string | null;
  user_id: string | null;
  correlation_id: string | null;
  trace_id: string | null;
  ordering_key: string | null;
  metadata: string | null;
  data: string;
  operational: boolean;
  /** The document in its catalog's own envelope. */
  native: string | null;
}

export type AcceptStatus = "accepted" | "replayed" | "idConflict" | "keyConflict" | "unknownType" | "stale";

/** What became of one event. */
export interface AcceptResult {
  status: AcceptStatus;
  id: string | null;
  accepted_at: Date | null;
}

/** What became of the events of one statement. */
export interface AcceptAnswer {
  accepted_at: Date;
  /** Of those that were not accepted, or not under the id that they came with. */
  others: readonly { ordinal: number; status: AcceptStatus; id: string | null; accepted_at: string | null }[];
}

/** ($1 to $25 the events in columns: the parameters of posthorn.accept_columns behind its first) → AcceptAnswer, one row. */
export const acceptEvents: Statement = {
  name: "accept_columns_1",
  text: `select accepted_at, array_to_json(others) as others from posthorn.accept_columns(true,
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`,
};

export interface EventTypeRow {
  revision: string;
  enveloped: boolean;
  version: string | null;
  schema: string | null;
  ref: string;
  retired: boolean;
}

/** ($1 catalog, $2 name) → the type with its versions, oldest first; no row: there is no such type. */
export const loadEventType: Statement = {
  name: "load_event_type_2",
  text: `select t.revision, t.enveloped, v.version, v.schema, coalesce(v.ref, t.name || '.' || v.version) as ref, v.retired_at is not null as retired
    from posthorn.event_types t left join posthorn.event_type_versions v on v.catalog = t.catalog and v.name = t.name
    where t.catalog = $1 and t.name = $2 order by v.created_at, v.position, v.version`,
};

/** ($1 catalog, $2 name) → the first other catalog that has a type of this name; no row too where there is no such catalog at all. */
export const findElsewhere: Statement = {
  name: "find_event_type_elsewhere_1",
  text: `select t.catalog from posthorn.catalogs c join posthorn.event_types t on t.catalog = c.name and t.name = $2
    where c.name <> $1 and exists (select 1 from posthorn.catalogs where name = $1) order by t.catalog limit 1`,
};

/** () → the tenants that subscribe to API.Request.Received. */
export const tenantsNotingRequests: Statement = {
  name: "tenants_noting_requests_1",
  text: "select id from posthorn.tenants where operational <> '{}' and 'API.Request.Received' = any (operational) limit 10000",
};
