import { survey, type Survey } from "#domain/rawJson.ts";
import { Problem } from "#domain/problems.ts";
import type { EventInput, EventPlaces, Reading } from "./event.ts";
import { checkEventText } from "./eventText.ts";
import {
  checkMetadata,
  EventFaults,
  optionalId,
  optionalText,
  optionalTimestamp,
  requiredId,
  requiredText,
} from "./fields.ts";

const MEMBERS = new Set([
  "id",
  "type",
  "catalog",
  "version",
  "tenantId",
  "timestamp",
  "source",
  "userId",
  "correlationId",
  "traceId",
  "orderingKey",
  "metadata",
  "data",
]);

const places: EventPlaces = { data: "/data" };

/** @throws {Problem} invalidRequest when the value is no object */
export function asObject(value: unknown, pointer: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw new Problem("invalidRequest", "An event is a JSON object.", [{ pointer, detail: "must be an object" }]);
}

/**
 * Reads one event of the API's own form. Written by hand: zod takes longer for its envelope than everything here together, and `data`
 * must be kept as text in any case.
 * @param text where the event stands, and `value` what JSON.parse made of it
 * @param pointer where the event stands in the request body ("" or "/events/3")
 * @param found the event's survey in the text; the text is the event's own unless given
 * @throws {Problem} with every fault of the envelope
 */
export function parseEvent(
  text: string,
  value: unknown,
  pointer: string,
  { limits, clock }: Reading,
  found: Survey = survey(text),
): EventInput {
  const event = asObject(value, pointer);
  checkEventText(text.slice(found.start, found.end), event, limits, pointer, found);
  const faults = new EventFaults(pointer);
  for (const name of Object.keys(event)) {
    if (!MEMBERS.has(name)) faults.add("invalidRequest", name, "is not a member of an event");
  }
  const raw = found.members.values;
  const rawText = (name: string): string | null => {
    const slice = raw.get(name);
    return slice === undefined ? null : text.slice(slice.start, slice.end);
  };
  const metadata = rawText("metadata");
  if (metadata !== null) checkMetadata(event["metadata"], metadata, "metadata", faults);
  const data = rawText("data");
  if (data === null) faults.add("invalidRequest", "data", "must be given");
  const input: EventInput = {
    externalId: optionalId(event["id"], "id", faults),
    tenantId: requiredId(event["tenantId"], "tenantId", faults),
    catalog: optionalText(event["catalog"], "catalog", faults) ?? "default",
    type: requiredText(event["type"], "type", faults),
    version: optionalText(event["version"], "version", faults),
    schemaRef: null,
    occurredAt: optionalTimestamp(event["timestamp"], "timestamp", clock, faults),
    source: optionalText(event["source"], "source", faults),
    userId: optionalText(event["userId"], "userId", faults),
    correlationId: optionalText(event["correlationId"], "correlationId", faults),
    traceId: optionalText(event["traceId"], "traceId", faults),
    orderingKey: optionalText(event["orderingKey"], "orderingKey", faults),
    metadata,
    data: data ?? "null",
    native: null,
    at: pointer,
    places,
  };
  faults.check();
  return input;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
