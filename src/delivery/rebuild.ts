import { loadRebuild, rebuild, type EventToShape } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { aboutOf, type Knowledge } from "./fanOut/shape.ts";
import { decideTargets } from "./fanOut/targets.ts";
import { persist } from "./persist.ts";

export interface RebuildOptions extends Knowledge {
  readonly store: Store;
  /** Aborts when writing must be given up. */
  readonly signal: AbortSignal;
}

/**
 * Makes the body of a delivery again whose transform, version or event's data was wrong, with its subscription as it is now. Afterwards the row says
 * what it has come to: a body, or failed once more.
 */
export function createRebuild(options: RebuildOptions): (deliveryId: string) => Promise<void> {
  const { store, signal } = options;
  return async (deliveryId) => {
    const [event] = await persist<EventToShape>(store, signal, loadRebuild, [deliveryId]);
    if (event === undefined) return;
    const { targets } = await decideTargets(options, await aboutOf(options, event), event);
    const [target] = targets;
    const values =
      target === undefined
        ? ["standard", null, "the subscription that made this delivery is gone"]
        : [target.format, target.body ?? null, target.error ?? null];
    await persist(store, signal, rebuild, [deliveryId, ...values]);
  };
}
