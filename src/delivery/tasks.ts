import { purgeTenant, releaseLane } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { persist } from "./persist.ts";

/** Rows that one statement of a paged job moves. */
const pageSize = 500;

interface PagedOptions {
  readonly store: Store;
  readonly signal: AbortSignal;
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
