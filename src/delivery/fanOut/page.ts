import type { EventToFanOut, FanOutPage } from "#db/sql/delivery.ts";
import { envelopeOf, findRole } from "#domain/catalog/envelope.ts";
import { firstText } from "#domain/catalog/pointer.ts";
import { derive, type Deriving } from "./derive.ts";
import { whyInvalid } from "./invalid.ts";
import { rulesOf } from "./rules.ts";
import { aboutOf, nativeOf, partsOf, type About, type Knowledge } from "./shape.ts";
import { storable } from "./storable.ts";
import { decideTargets, invalidTargets, isPlain, plainTargets } from "./targets.ts";

const beginning = "00000000-0000-0000-0000-000000000000";

/** What is to be written, and what could not be derived from the event. */
export interface DecidedPage {
  readonly page: FanOutPage;
  readonly faults: readonly string[];
}

/**
 * Decides one page of an event's deliveries. Only what the event needs is looked at: one of a plain type whose candidates have no expression
 * is not even parsed.
 */
export async function decidePage(
  knowledge: Knowledge & Deriving,
  event: EventToFanOut,
  pageSize: number,
): Promise<DecidedPage> {
  const about = await aboutOf(knowledge, event);
  const place = {
    event: event.id,
    after: event.after,
    next: event.endpoints < pageSize ? null : event.last_endpoint,
  };
  const isFirst = event.after === beginning;
  // Pages behind the first say the same as the first one.
  const isInvalid = event.verdict === "invalidEvent";
  const error = isInvalid || (isFirst && !event.validated) ? await whyInvalid(knowledge, about, event) : null;
  if (isInvalid || error !== null) {
    const native = event.native === null && about !== null ? { native: nativeOf(about, event) } : {};
    const targets = invalidTargets(event, error ?? "the event is none of its type");
    return { page: { ...place, ...native, rules: { invalid: true }, targets }, faults: [] };
  }
  const { targets, failures, last } = isPlain(event, about)
    ? { targets: plainTargets(event), failures: [], last: null }
    : await decideTargets(knowledge, about, event);
  const page = { ...place, next: last ?? place.next, targets, ...(failures.length > 0 ? { failures } : {}) };
  return isFirst && about !== null ? withRules(knowledge, about, event, page) : { page, faults: [] };
}

/** Adds what is looked at once for the whole event. */
async function withRules(
  deriving: Deriving,
  about: About,
  event: EventToFanOut,
  page: FanOutPage,
): Promise<DecidedPage> {
  const text = nativeOf(about, event);
  const native = once<unknown>(() => JSON.parse(text));
  const parts = once(() => partsOf(event));
  const rules = rulesOf(about, native, parts);
  const orderingKey = event.ordering_key === null ? orderingKeyOf(about, native) : null;
  const { events, faults } = await derive(deriving, about, event, text, parts);
  return {
    page: {
      ...page,
      ...(event.native === null ? { native: text } : {}),
      ...(orderingKey === null ? {} : { ordering_key: orderingKey }),
      ...(rules === null ? {} : { rules }),
      ...(events.length > 0 ? { derived: events } : {}),
    },
    faults,
  };
}

/** An event that was published in SQL, or that follows from another, has none before its document is there. */
function orderingKeyOf({ catalog, type }: About, native: () => unknown): string | null {
  const pointers = type.orderingKey ?? [];
  const hasRole = catalog.document.envelopes.some(({ fields }) => fields.orderingKey !== undefined);
  if (pointers.length === 0 && !hasRole) return null;
  const role = findRole(envelopeOf(catalog.document, native()), native(), "orderingKey")?.value;
  const key = firstText(native(), pointers) ?? (typeof role === "string" ? role : null);
  return key === null ? null : storable(key, maxKeyCharacters);
}

/** As POST /v1/events takes it. */
const maxKeyCharacters = 256;

/** Most events need neither their document nor its parts to be parsed. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
