import { findElsewhere, type EventRow } from "#db/sql/publish.ts";
import type { Store } from "#db/store.ts";
import type { Clock } from "#domain/clock.ts";
import { isEventTypeName } from "#domain/patterns.ts";
import { Problem } from "#domain/problems.ts";
import type { Budget } from "../budget.ts";
import type { KnownCatalogs } from "../catalogs/known.ts";
import type { EventInput } from "./event.ts";
import type { EventIds } from "./eventIds.ts";
import type { EventTypes, KnownType } from "./eventTypes.ts";
import type { FirstEvent } from "./firstEvent.ts";
import { foreignType, unknownType, validateEvent } from "./validate.ts";
import { writeNative } from "./writeNative.ts";

export interface Preparing {
  readonly store: Store;
  readonly clock: Clock;
  readonly types: EventTypes;
  readonly catalogs: KnownCatalogs;
  readonly ids: EventIds;
  /** Of the request: what is not known yet is asked of the database. */
  readonly budget: Budget;
}

/** An event to be accepted. */
export interface Preparable {
  readonly input: EventInput;
  /** The request's Idempotency-Key. */
  readonly key: string | null;
  /** The event that took its id or key before, where it is to be told whether this is the same one. */
  readonly first: FirstEvent | null;
}

/** Holds an event against its type. @param again what is known of the type is out of date */
export async function prepare(parts: Preparing, candidate: Preparable, again: boolean): Promise<EventRow | Problem> {
  const { types, ids, budget } = parts;
  const { input, first } = candidate;
  // No await where the type is known: a batch of 1,000 would pay for 1,000 turns of the event loop.
  let type: KnownType | null | undefined = again ? undefined : types.peek(input.catalog, input.type);
  if (type === undefined)
    type = await budget.spend(() =>
      again ? types.refresh(input.catalog, input.type) : types.get(input.catalog, input.type),
    );
  const version = validateEvent(input, type);
  if (type === null || version instanceof Problem) return refusal(parts, input, version);
  const { uuid, typeId } = ids.next();
  const row = toRow(candidate, type, version, uuid, typeId);
  if (!type.enveloped || input.native !== null) return row;
  const occurredAt = input.occurredAt ?? first?.occurredAt ?? new Date(parts.clock()).toISOString();
  const id = input.externalId ?? first?.typeId ?? typeId;
  const shown = row.version_assumed && first !== null ? first.version : version;
  const schemaRef = shown === null ? null : (type.refs.get(shown) ?? null);
  const { traceId } = first ?? input;
  const own = { id, version: shown, schemaRef, occurredAt, traceId };
  const written = await budget.spend(() => writeNative(parts.catalogs, input, own));
  if (written === null || written instanceof Problem) return written ?? row;
  return { ...row, occurred_at: occurredAt, native: written.text, ordering_key: written.orderingKey };
}

/** Looked up only now: where a type of this name is, the publisher wants to know. */
async function refusal({ store, budget }: Preparing, input: EventInput, problem: unknown): Promise<Problem> {
  if (problem instanceof Problem && problem.code !== "unknownEventType") return problem;
  if (!isEventTypeName(input.type)) return unknownType(input);
  const [elsewhere] = await budget.spend(() =>
    store.run<{ catalog: string }>(findElsewhere, [input.catalog, input.type]),
  );
  return elsewhere === undefined ? unknownType(input) : foreignType(input, elsewhere.catalog);
}

function toRow(
  { input, key }: Preparable,
  type: KnownType,
  version: string | null,
  eventId: string,
  typeId: string,
): EventRow {
  const keys: string[] = [];
  if (input.externalId !== null) keys.push(`id:${input.externalId}`);
  if (key !== null) keys.push(`key:${key}`);
  return {
    event_id: eventId,
    type_id: typeId,
    external_id: input.externalId,
    keys,
    tenant_id: input.tenantId,
    catalog: input.catalog,
    type: input.type,
    type_revision: type.revision,
    version,
    version_assumed: input.version === null && input.schemaRef === null,
    occurred_at: input.occurredAt,
    source: input.source,
    user_id: input.userId,
    correlation_id: input.correlationId,
    trace_id: input.traceId,
    ordering_key: input.orderingKey,
    metadata: input.metadata,
    data: input.data,
    operational: false,
    native: input.native,
  };
}
