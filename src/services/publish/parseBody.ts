import { Problem } from "#domain/problems.ts";
import { elements, members, surveyElements, type Survey } from "#domain/rawJson.ts";
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
  const { items, read } = form === "batch" ? listWithin(text, value) : wholeList(text, value, form);
  const pointer = form === "batch" ? "/events" : "";
  if (!Array.isArray(items)) throw invalid(pointer, "must be a list of events");
  if (items.length === 0) throw invalid(pointer, "must have at least one event");
  const { maxBatchEvents } = reading.limits;
  if (items.length > maxBatchEvents) {
    throw new Problem("tooManyEvents", `A batch may have ${maxBatchEvents} events; this one has ${items.length}.`, [
      { pointer, detail: `has more than ${maxBatchEvents} events` },
    ]);
  }
  return items.map((item: unknown, i) => {
    try {
      return read(item, i, `${pointer}/${i}`, reading);
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

const singleForms = { cloudEventBatch: "cloudEvent", nativeBatch: "native" } as const;

interface List {
  /** What stands where a list should. */
  readonly items: unknown;
  readonly read: (item: unknown, i: number, pointer: string, reading: Reading) => EventInput;
}

function wholeList(text: string, value: unknown, form: keyof typeof singleForms): List {
  const parse = parsers[singleForms[form]];
  const slices = elements(text);
  return {
    items: value,
    read: (item, i, pointer, reading) => {
      const { start, end } = slices[i] ?? { start: 0, end: 0 };
      return parse(text.slice(start, end), item, pointer, reading);
    },
  };
}

function listWithin(text: string, value: unknown): List {
  const body = asObject(value, "");
  const surveys = surveyList(text);
  for (const name of Object.keys(body)) {
    if (name !== "events")
      throw invalid(
        `/${name.replaceAll("~", "~0").replaceAll("/", "~1").toWellFormed()}`,
        "is not a member of a batch",
      );
  }
  return {
    items: body["events"],
    read: (item, i, pointer, reading) => parseEvent(text, item, pointer, reading, surveys[i]),
  };
}

/** Nearly every body has the list and nothing else: where it ends behind the list, one pass has seen all of it. */
function surveyList(text: string): readonly Survey[] {
  const [opening] = /^\s*\{\s*"events"\s*:/.exec(text) ?? [];
  if (opening !== undefined) {
    const { items, end } = surveyElements(text, opening.length);
    if (text.slice(end).trim() === "}") return items;
  }
  const { values, duplicate } = members(text);
  if (duplicate !== null)
    throw new Problem("duplicateMember", "The body names a member twice.", [
      { pointer: `/${duplicate}`, detail: "stands twice" },
    ]);
  return surveyElements(text, values.get("events")?.start ?? 0).items;
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
