import { fanOut, loadEventToFanOut, purgeTenant, releaseLane, type EventToFanOut } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { precise } from "#domain/rawJson.ts";
import { compileSchema } from "#services/schemas.ts";
import { persist } from "./persist.ts";

/** Rows that one statement of a paged job moves. */
const pageSize = 500;

interface PagedOptions {
  readonly store: Store;
  readonly signal: AbortSignal;
}

/** Makes an event's deliveries, page by page: for events with many endpoints, and for those published in SQL, which are checked here first. */
export async function runFanOut({ store, signal }: PagedOptions, eventId: string): Promise<void> {
  const [event] = await persist<EventToFanOut>(store, signal, loadEventToFanOut, [eventId]);
  if (!event) return;
  const invalid = event.schema !== null && compileSchema(event.schema).validate(precise(event.data)).length > 0;
  for (;;) {
    const [page] = await persist<{ more: boolean | null }>(store, signal, fanOut, [eventId, invalid, pageSize]);
    if (!page?.more) return;
  }
}

/** Admits what an opened lane holds. Ends at once when the lane closes again. */
export async function runRelease({ store, signal }: PagedOptions, endpointId: string): Promise<void> {
  for (;;) {
    const [page] = await persist<{ moved: number }>(store, signal, releaseLane, [endpointId, pageSize]);
    if (!page || page.moved === 0) return;
  }
}

/** Deletes a deleted tenant's history up to the moment of its deletion. */
export async function runPurge({ store, signal }: PagedOptions, tenantId: string, before: string): Promise<void> {
  for (;;) {
    const [page] = await persist<{ more: boolean }>(store, signal, purgeTenant, [tenantId, before, pageSize]);
    if (!page?.more) return;
  }
}
