import type { Statement } from "../store.ts";

/** What posthorn.event_input takes, one event; the names are the composite type's. */
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
}

export type AcceptStatus = "accepted" | "replayed" | "idConflict" | "keyConflict" | "unknownType" | "stale";

export interface AcceptResult {
  ordinal: number;
  status: AcceptStatus;
  id: string | null;
  accepted_at: Date | null;
}

/** ($1 the events as json, each with its `ordinal`) → AcceptResult, one for each, in order. */
export const acceptEvents: Statement = {
  name: "accept_events_1",
  text: "select ordinal, status, id, accepted_at from posthorn.accept_events($1::json, true)",
};

export interface EventTypeRow {
  revision: string;
  version: string | null;
  schema: string | null;
}

/** ($1 catalog, $2 name) → the type with its versions, oldest first; no row: there is no such type. */
export const loadEventType: Statement = {
  name: "load_event_type_1",
  text: `select t.revision, v.version, v.schema
    from posthorn.event_types t left join posthorn.event_type_versions v on v.catalog = t.catalog and v.name = t.name
    where t.catalog = $1 and t.name = $2 order by v.created_at, v.version`,
};

/** () → the tenants that subscribe to API.Request.Received. */
export const tenantsNotingRequests: Statement = {
  name: "tenants_noting_requests_1",
  text: "select id from posthorn.tenants where operational <> '{}' and 'API.Request.Received' = any (operational) limit 10000",
};
