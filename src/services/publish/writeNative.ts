import { envelopeFor, readRoles, writeEnvelope } from "#domain/catalog/envelope.ts";
import { firstText, placeOf } from "#domain/catalog/pointer.ts";
import { Problem, type Fault } from "#domain/problems.ts";
import type { Envelope, Role } from "#domain/catalog/document.ts";
import type { KnownCatalogs } from "../catalogs/known.ts";
import { pointerTo, type EventInput } from "./event.ts";
import { MAX_TEXT } from "./fields.ts";
import { reservedType } from "./validate.ts";

/** What the gateway says in an envelope by itself. */
interface OwnParts {
  readonly id: string;
  readonly version: string | null;
  readonly schemaRef: string | null;
  readonly occurredAt: string;
  /** Of the event, or of its request: no part of what makes two events the same. */
  readonly traceId: string | null;
}

/**
 * The document of an event that came without its catalog's envelope, for the endpoints that want it; with its ordering key.
 * @returns null: the catalog is gone
 */
export async function writeNative(
  catalogs: KnownCatalogs,
  input: EventInput,
  { id, version, schemaRef, occurredAt, traceId }: OwnParts,
): Promise<{ readonly text: string; readonly orderingKey: string | null } | Problem | null> {
  const known = await catalogs.get(input.catalog);
  if (known === null) return null;
  const type = known.types.get(input.type);
  if (type?.gateway === true) return reservedType(pointerTo(input, "type"));
  const envelope = envelopeFor(known.document, input.type);
  const text = writeEnvelope(envelope, {
    id,
    type: input.type,
    version,
    schemaRef,
    timestamp: occurredAt,
    tenantId: input.tenantId,
    userId: input.userId,
    source: input.source,
    correlationId: input.correlationId,
    traceId,
    orderingKey: input.orderingKey,
    metadata: input.metadata,
    data: input.data,
  });
  const document: unknown = JSON.parse(text);
  const found = readRoles(envelope, document);
  const missing = missingRoles(envelope, found, input);
  if (missing.length > 0) {
    const detail = `The catalog ${input.catalog} asks for more than the event has: its endpoints would get less than its ${envelope.name}.`;
    return new Problem("invalidEnvelope", detail, missing);
  }
  const role = found.get("orderingKey")?.value;
  const pointers = type?.orderingKey ?? [];
  const own = firstText(document, pointers) ?? (typeof role === "string" ? role : null);
  const orderingKey = input.orderingKey ?? own;
  if (orderingKey !== null && orderingKey.length > MAX_TEXT)
    return longKey(input, placeOf(document, pointers, orderingKey));
  return { text, orderingKey };
}

function longKey(input: EventInput, place: string): Problem {
  const detail = `The ordering key, which is ${place} of the document, may have ${MAX_TEXT} characters at most: give another one.`;
  const fault = { pointer: pointerTo(input, "orderingKey"), detail: `must be given: ${place} is too long for one` };
  return new Problem("invalidRequest", detail, [fault]);
}

function missingRoles(envelope: Envelope, found: ReadonlyMap<Role, unknown>, input: EventInput): Fault[] {
  const asked: readonly Role[] = ["userId", "source", "correlationId", "traceId", "orderingKey", "metadata"];
  return asked
    .filter((role) => envelope.fields[role]?.required === true && !found.has(role))
    .map((role) => ({ pointer: pointerTo(input, role), detail: `must be given: it is in every ${envelope.name}` }));
}
