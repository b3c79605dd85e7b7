import { purgeTenant, releaseLane } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { persist } from "./persist.ts";
import type { Pump } from "./pump.ts";

/** Rows that one statement of a paged job moves. */
const pageSize = 500;

interface PagedOptions {
  readonly store: Store;
  readonly signal: AbortSignal;
}

/** An endpoint's lane was opened: what waits may go, by the pump. A deleted endpoint's is canceled. */
export async function runRelease(
  { store, signal }: PagedOptions,
  pump: Pick<Pump, "poke">,
  endpointId: string,
): Promise<void> {
  pump.poke(endpointId);
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
