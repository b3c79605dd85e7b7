import { onTestFinished } from "vitest";
import { createPool } from "#db/pg.ts";
import { createDrizzleStore } from "#db/pgDrizzle.ts";
import type { EventRow } from "#db/sql/publish.ts";
import { systemClock } from "#domain/clock.ts";
import { EventIds } from "#services/publish/eventIds.ts";

const ids = new EventIds(systemClock);

/** An event as the statement that accepts events takes it: one of that tenant and type, of the catalog `default`. */
export function eventRow(tenantId: string, type: string, more: Partial<EventRow> = {}): EventRow {
  const { uuid, typeId } = ids.next();
  return {
    event_id: uuid,
    type_id: typeId,
    external_id: null,
    keys: [],
    tenant_id: tenantId,
    catalog: "default",
    type,
    type_revision: null,
    version: null,
    version_assumed: false,
    occurred_at: null,
    source: null,
    user_id: null,
    correlation_id: null,
    trace_id: null,
    ordering_key: null,
    metadata: null,
    data: "1",
    operational: false,
    native: null,
    ...more,
  };
}

/** A store of the calling test. */
export function storeAt(url: string, statementTimeoutMs = 10_000): ReturnType<typeof createDrizzleStore> {
  const pool = createPool({
    url,
    connections: 4,
    name: "group-commit",
    connectTimeoutMs: 5_000,
    statementTimeoutMs,
    onError: () => {},
  });
  onTestFinished(() => pool.end());
  return createDrizzleStore(pool);
}
