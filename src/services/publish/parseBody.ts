import type { Clock } from "#domain/clock.ts";
import { Problem } from "#domain/problems.ts";
import { elements, members, type Slice } from "#domain/rawJson.ts";
import type { EventInput, EventLimits } from "./event.ts";
import { asObject, parseEvent } from "./parseEvent.ts";
import { parseCloudEvent } from "./parseCloudEvent.ts";

/** The forms in which events come: the API's own and CloudEvents, one and many. */
export type BodyForm = "event" | "batch" | "cloudEvent" | "cloudEventBatch";

export interface BatchLimits extends EventLimits {
  readonly maxBatchEvents: number;
}

/** Reads a body with one event. @throws {Problem} naming what is wrong with it */
export function parseSingle(text: string, form: "event" | "cloudEvent", limits: EventLimits, clock: Clock): EventInput {
  const parse = form === "event" ? parseEvent : parseCloudEvent;
  return parse(text, parseJson(text), "", limits, clock);
}

/**
 * Reads a body with many events: an item that cannot be read is a Problem in its place.
 * @throws {Problem} when the body as a whole cannot be read, or has too many events or none
 */
export function parseMany(
  text: string,
  form: "batch" | "cloudEventBatch",
  limits: BatchLimits,
  clock: Clock,
): (EventInput | Problem)[] {
  const value = parseJson(text);
  const at = form === "batch" ? listWithin(text, value) : { start: 0, items: value };
  const pointer = form === "batch" ? "/events" : "";
  if (!Array.isArray(at.items)) throw invalid(pointer, "must be a list of events");
  if (at.items.length === 0) throw invalid(pointer, "must have at least one event");
  if (at.items.length > limits.maxBatchEvents) {
    throw new Problem(
      "tooManyEvents",
      `A batch may have ${limits.maxBatchEvents} events; this one has ${at.items.length}.`,
      [{ pointer, detail: `has more than ${limits.maxBatchEvents} events` }],
    );
  }
  const parse = form === "batch" ? parseEvent : parseCloudEvent;
  const slices = elements(text, at.start);
  return at.items.map((item: unknown, i) => {
    const slice: Slice = slices[i] ?? { start: 0, end: 0 };
    try {
      return parse(text.slice(slice.start, slice.end), item, `${pointer}/${i}`, limits, clock);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  });
}

function listWithin(text: string, value: unknown): { start: number; items: unknown } {
  const body = asObject(value, "");
  const { values, duplicate } = members(text);
  if (duplicate !== null)
    throw new Problem("duplicateMember", "The body names a member twice.", [
      { pointer: `/${duplicate}`, detail: "stands twice" },
    ]);
  for (const name of Object.keys(body)) {
    if (name !== "events")
      throw invalid(
        `/${name.replaceAll("~", "~0").replaceAll("/", "~1").toWellFormed()}`,
        "is not a member of a batch",
      );
  }
  return { start: values.get("events")?.start ?? 0, items: body["events"] };
}

function invalid(pointer: string, detail: string): Problem {
  return new Problem("invalidRequest", "A batch is a list of events.", [{ pointer, detail }]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const where = cause instanceof Error ? cause.message.slice(0, 200) : "";
    throw new Problem("malformedJson", `The body is not JSON: ${where}`, [], { cause });
  }
}
