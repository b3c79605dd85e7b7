import { Problem } from "#domain/problems.ts";
import { elements, members, type Slice } from "#domain/rawJson.ts";
import type { EventInput, Reading } from "./event.ts";
import { asObject, parseEvent } from "./parseEvent.ts";
import { parseCloudEvent } from "./parseCloudEvent.ts";
import { parseNative } from "./parseNative.ts";

/** The forms in which events come: the API's own, CloudEvents, and a catalog's own envelope; one and many. */
export type SingleForm = "event" | "cloudEvent" | "native";
export type ManyForm = "batch" | "cloudEventBatch" | "nativeBatch";
export type BodyForm = SingleForm | ManyForm;

/** Reads a body with one event. @throws {Problem} naming what is wrong with it */
export function parseSingle(text: string, form: SingleForm, reading: Reading): EventInput {
  return parsers[form](text, parseJson(text), "", reading);
}

/**
 * Reads a body with many events: an item that cannot be read is a Problem in its place.
 * @throws {Problem} when the body as a whole cannot be read, or has too many events or none
 */
export function parseMany(text: string, form: ManyForm, reading: Reading): (EventInput | Problem)[] {
  const value = parseJson(text);
  const at = form === "batch" ? listWithin(text, value) : { start: 0, items: value };
  const pointer = form === "batch" ? "/events" : "";
  if (!Array.isArray(at.items)) throw invalid(pointer, "must be a list of events");
  if (at.items.length === 0) throw invalid(pointer, "must have at least one event");
  const { maxBatchEvents } = reading.limits;
  if (at.items.length > maxBatchEvents) {
    throw new Problem("tooManyEvents", `A batch may have ${maxBatchEvents} events; this one has ${at.items.length}.`, [
      { pointer, detail: `has more than ${maxBatchEvents} events` },
    ]);
  }
  const parse = parsers[singleForms[form]];
  const slices = elements(text, at.start);
  return at.items.map((item: unknown, i) => {
    const slice: Slice = slices[i] ?? { start: 0, end: 0 };
    try {
      return parse(text.slice(slice.start, slice.end), item, `${pointer}/${i}`, reading);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  });
}

type Parse = (text: string, value: unknown, pointer: string, reading: Reading) => EventInput;

const parsers: Readonly<Record<SingleForm, Parse>> = {
  event: parseEvent,
  cloudEvent: parseCloudEvent,
  native: parseNative,
};

const singleForms = { batch: "event", cloudEventBatch: "cloudEvent", nativeBatch: "native" } as const;

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
