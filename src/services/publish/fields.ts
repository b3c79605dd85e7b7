import { Problem, type Fault, type ProblemCode } from "#domain/problems.ts";
import type { Clock } from "#domain/clock.ts";

/** Characters of an event's texts, its ordering key among them. */
export const MAX_TEXT = 256;
const MAX_METADATA_CHARACTERS = 16_384;
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_AHEAD_MS = 86_400_000;
const ID = /^[A-Za-z0-9_-]{1,128}$/;
// RFC 3339 section 5.6; PostgreSQL keeps microseconds, the body milliseconds.
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[Tt ]((?:[01]\d|2[0-3]):\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** Collects the faults of one event, so that a publisher hears of all at once. The first one's code is the problem's. */
export class EventFaults {
  protected readonly at: string;
  readonly #faults: Fault[] = [];
  #code: ProblemCode | null = null;

  /** @param pointer where the event stands in the request body */
  constructor(pointer: string) {
    this.at = pointer;
  }

  add(code: ProblemCode, name: string, detail: string): void {
    this.addAt(code, `${this.at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, detail);
  }

  protected addAt(code: ProblemCode, pointer: string, detail: string): void {
    this.#code ??= code;
    if (this.#faults.length < 20) this.#faults.push({ pointer, detail });
  }

  /** @throws {Problem} when there are any */
  check(): void {
    if (this.#code === null) return;
    const [first] = this.#faults;
    const where = first === undefined ? "" : `${first.pointer} ${first.detail}.`;
    throw new Problem(this.#code, `The event cannot be accepted: ${where}`, this.#faults);
  }
}

/** The same for documents whose parts stand at pointers: what is added names its pointer, from the event, or `query/…`. */
export class DocumentFaults extends EventFaults {
  override add(code: ProblemCode, pointer: string, detail: string): void {
    this.addAt(code, this.placed(pointer), detail);
  }

  placed(pointer: string): string {
    return pointer.startsWith("query/") ? pointer : this.at + pointer;
  }
}

/** A text of 1 to 256 characters, or null where it is absent. */
export function optionalText(value: unknown, name: string, faults: EventFaults): string | null {
  if (value === undefined) return null;
  if (typeof value !== "string") faults.add("invalidRequest", name, "must be a text");
  else if (value === "" || value.length > MAX_TEXT)
    faults.add("invalidRequest", name, `must have 1 to ${MAX_TEXT} characters`);
  else return value;
  return null;
}

/** A text that must be there. */
export function requiredText(value: unknown, name: string, faults: EventFaults): string {
  if (value !== undefined) return optionalText(value, name, faults) ?? "";
  faults.add("invalidRequest", name, "must be given");
  return "";
}

/** An id in the publisher's own form, or null where it is absent. */
export function optionalId(value: unknown, name: string, faults: EventFaults): string | null {
  if (value === undefined) return null;
  if (typeof value === "string" && ID.test(value)) return value;
  faults.add("invalidId", name, 'must be 1 to 128 letters, digits, "_" or "-"');
  return null;
}

export function requiredId(value: unknown, name: string, faults: EventFaults): string {
  if (value !== undefined) return optionalId(value, name, faults) ?? "";
  faults.add("invalidRequest", name, "must be given");
  return "";
}

/** An RFC 3339 timestamp between the year 2000 and a day from now, as ISO 8601 UTC; null where it is absent. */
export function optionalTimestamp(value: unknown, name: string, clock: Clock, faults: EventFaults): string | null {
  if (value === undefined) return null;
  const ms = typeof value === "string" ? parseTimestamp(value) : Number.NaN;
  if (Number.isNaN(ms)) {
    faults.add("invalidRequest", name, "must be an RFC 3339 date and time, such as 2026-01-31T09:30:00Z");
    return null;
  }
  if (ms < EARLIEST_MS || ms > clock() + LATEST_AHEAD_MS) {
    faults.add("timestampOutOfRange", name, "must lie between the year 2000 and one day from now");
    return null;
  }
  return new Date(ms).toISOString();
}

/** Whether an object is one that can be metadata; `text` is its JSON. */
export function checkMetadata(value: unknown, text: string, name: string, faults: EventFaults): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    faults.add("invalidRequest", name, "must be an object");
  else if (text.length > MAX_METADATA_CHARACTERS)
    faults.add("invalidRequest", name, `may have at most ${MAX_METADATA_CHARACTERS} characters`);
}

function parseTimestamp(text: string): number {
  // The form that most publishers send, read once instead of four times: a moment that is written as it was given is one.
  if (text.length === 24 && text.endsWith("Z")) {
    const ms = Date.parse(text);
    if (!Number.isNaN(ms) && new Date(ms).toISOString() === text) return ms;
  }
  const [, day = "", time = "", fraction = "", zone = ""] = TIMESTAMP.exec(text) ?? [];
  if (day === "") return Number.NaN;
  const ms = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Date.parse takes February 30th for March 2nd; read back, the day must be the one that was written.
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day) ? ms : Number.NaN;
}
