import { fanOut, loadFanOut, type EventToFanOut, type FanOutTarget } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { precise } from "#domain/rawJson.ts";
import type { EventTypes } from "#services/publish/eventTypes.ts";
import { persist } from "./persist.ts";

export interface FanOutOptions {
  readonly store: Store;
  readonly types: EventTypes;
  /** Aborts when writing must be given up. */
  readonly signal: AbortSignal;
}

/** Endpoints that one statement writes to. */
const pageSize = 500;

/** Makes an event's deliveries, page by page. */
export function createFanOut(options: FanOutOptions): (eventId: string) => Promise<void> {
  const { store, signal } = options;
  return async (eventId) => {
    for (;;) {
      const [event] = await persist<EventToFanOut>(store, signal, loadFanOut, [eventId, pageSize]);
      if (!event) return;
      const invalid = !event.validated && (await breaksSchema(options.types, event));
      const next = event.endpoints < pageSize ? null : event.last_endpoint;
      await persist(store, signal, fanOut, [
        eventId,
        event.after,
        next,
        JSON.stringify(targetsOf(event)),
        JSON.stringify({ invalid }),
        null,
        null,
        "[]",
      ]);
      if (next === null) return;
    }
  };
}

async function breaksSchema(types: EventTypes, event: EventToFanOut): Promise<boolean> {
  const type = await types.get(event.catalog, event.type);
  const version = event.version ?? type?.latest;
  const validator = version === null || version === undefined ? null : type?.versions.get(version);
  return (validator?.validate(precise(event.body.slice(event.data_start - 1, -1))) ?? []).length > 0;
}

function targetsOf(event: EventToFanOut): FanOutTarget[] {
  const targets = new Map<string, FanOutTarget>();
  for (const { endpoint, subscription, format } of event.candidates)
    if (!targets.has(endpoint)) targets.set(endpoint, { endpoint, subscription, format });
  return [...targets.values()];
}
