import { findEvent, findEventByExternalId, type EventRow } from "#db/sql/events.ts";
import type { Store } from "#db/store.ts";
import { decodeId, encodeId } from "#domain/ids.ts";
import type { EventInput } from "./event.ts";

/** What the gateway may have said by itself in the event that took an id or a key first. */
export interface FirstEvent {
  readonly typeId: string;
  readonly occurredAt: string;
  readonly version: string | null;
  readonly traceId: string | null;
}

/** The event behind a conflict. @param id as accept_events names it; null where nobody knows */
export async function findFirst(
  store: Store,
  { tenantId, externalId }: EventInput,
  id: string | null,
): Promise<FirstEvent | null> {
  const uuid = decodeId("event", id ?? "");
  if (externalId === null && uuid === null) return null;
  const [row] =
    externalId === null
      ? await store.run<EventRow>(findEvent, [tenantId, uuid])
      : await store.run<EventRow>(findEventByExternalId, [tenantId, externalId]);
  if (row === undefined) return null;
  return {
    typeId: encodeId("event", row.id),
    occurredAt: row.occurred_at.toISOString(),
    version: row.version,
    traceId: row.trace_id,
  };
}
