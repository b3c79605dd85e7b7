import type { CatalogDocument, Envelope, Role } from "#domain/catalog/document.ts";
import { envelopeFor, envelopeOf, readRoles, sliceAt, type Found } from "#domain/catalog/envelope.ts";
import { firstText, placeOf, resolvePointer } from "#domain/catalog/pointer.ts";
import type { Clock } from "#domain/clock.ts";
import { Problem } from "#domain/problems.ts";
import { members, type Slice } from "#domain/rawJson.ts";
import type { Beside, EventInput, EventPlaces, Reading } from "./event.ts";
import { checkEventText } from "./eventText.ts";
import { checkMetadata, DocumentFaults, MAX_TEXT, optionalId, optionalText, optionalTimestamp } from "./fields.ts";
import { reservedType } from "./validate.ts";

/**
 * Reads one event in its catalog's own envelope. The text is kept as it is; what the envelope does not carry may stand in the query.
 * @param text the document's own text, and `value` what JSON.parse made of it
 * @param pointer where the document stands in the request body ("" or "/3")
 * @throws {Problem} with every fault of the envelope
 */
export function parseNative(text: string, value: unknown, pointer: string, reading: Reading): EventInput {
  if (reading.catalog === undefined) throw new Error("a document without its catalog");
  const { known, beside, ownTenant } = reading.catalog;
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw noObject(pointer);
  checkEventText(text, value, reading.limits, pointer);
  const envelope = envelopeOf(known.document, value);
  const found = readRoles(envelope, value);
  const faults = new DocumentFaults(pointer);
  checkEnvelope(envelope, value, found, faults);
  const parts = new Parts(found, beside, faults);
  const type = readType(known.document, envelope, parts, faults);
  if (known.types.get(type)?.gateway === true) throw reservedType(faults.placed(parts.place("type")));
  const input: EventInput = {
    ...readParts(parts, reading.clock, faults),
    catalog: known.name,
    type,
    tenantId: readTenant(envelope, parts, ownTenant, faults),
    orderingKey: readOrderingKey(value, known.types.get(type)?.orderingKey ?? [], parts, faults),
    ...readTexts(text, found, faults),
    native: text,
    at: pointer,
    places: placesIn(envelope, parts),
  };
  faults.check();
  return input;
}

function noObject(pointer: string): Problem {
  return new Problem("invalidEnvelope", "An event is a JSON object.", [{ pointer, detail: "must be an object" }]);
}

function readParts(parts: Parts, clock: Clock, faults: DocumentFaults) {
  const ref = parts.text("schemaRef");
  return {
    externalId: parts.read("id", (id, at) => optionalId(id, at, faults)),
    version: parts.text("version"),
    schemaRef: ref === null ? null : { name: ref, binding: true },
    occurredAt: parts.read("timestamp", (time, at) => optionalTimestamp(time, at, clock, faults)),
    source: parts.text("source"),
    userId: parts.text("userId"),
    correlationId: parts.text("correlationId"),
    traceId: parts.text("traceId"),
  };
}

/** What an event consists of: in the document, or beside it in the query. */
class Parts {
  readonly #found: ReadonlyMap<Role, Found>;
  readonly #beside: Beside;
  readonly #faults: DocumentFaults;

  constructor(found: ReadonlyMap<Role, Found>, beside: Beside, faults: DocumentFaults) {
    this.#found = found;
    this.#beside = beside;
    this.#faults = faults;
  }

  /** From the document, else from the query, else null; where both say it they must agree. */
  read(role: Role, parse: (value: unknown, pointer: string) => string | null): string | null {
    const at = this.#found.get(role);
    const own = at === undefined ? null : parse(at.value, at.pointer);
    const value = isBeside(role) ? this.#beside[role] : undefined;
    if (value === undefined) return own;
    const given = parse(value, `query/${role}`);
    if (own !== null && given !== null && own !== given)
      this.#faults.add("invalidEnvelope", `query/${role}`, "differs from what the document says");
    return own ?? given;
  }

  text(role: Role): string | null {
    return this.read(role, (value, at) => optionalText(value, at, this.#faults));
  }

  isGiven(role: Role): boolean {
    return this.#found.has(role) || (isBeside(role) && this.#beside[role] !== undefined);
  }

  /** Where it stands, or could. */
  place(role: Role): string {
    return this.#found.get(role)?.pointer ?? `query/${role}`;
  }
}

function isBeside(role: Role): role is keyof Beside {
  return role === "type" || role === "id" || role === "tenantId" || role === "version" || role === "timestamp";
}

/** The envelope's own rules: what must be there, and what never changes. The type may stand in the query instead: see `readType`. */
function checkEnvelope(
  envelope: Envelope,
  document: unknown,
  found: ReadonlyMap<string, Found>,
  faults: DocumentFaults,
): void {
  for (const [role, { required, pointers }] of Object.entries(envelope.fields)) {
    if (required === true && role !== "type" && !found.has(role))
      faults.add("invalidEnvelope", pointers[0] ?? "", `must be given: it is the ${role} of every ${envelope.name}`);
  }
  for (const { pointer, value } of envelope.constants ?? []) {
    const expected = JSON.stringify(value);
    if (JSON.stringify(resolvePointer(document, pointer)) !== expected)
      faults.add("invalidEnvelope", pointer, `must be ${expected}`);
  }
}

/** The event type's name, or "" where there is a fault. */
function readType(document: CatalogDocument, envelope: Envelope, parts: Parts, faults: DocumentFaults): string {
  const { pointers, prefix = "" } = envelope.fields.type;
  const name = parts.read("type", (value, at) => {
    const text = optionalText(value, at, faults);
    return text === null || at.startsWith("query/") ? text : prefix + text;
  });
  if (name === null) {
    if (!parts.isGiven("type"))
      faults.add("invalidEnvelope", pointers[0] ?? "", "must be given, here or in the query: ?type=");
    return "";
  }
  if (document.envelopes.length > 1) {
    const own = envelopeFor(document, name).name;
    const isKnown = document.types.some((type) => type.name === name);
    if (isKnown && own !== envelope.name)
      faults.add("invalidEnvelope", parts.place("type"), `is published as a ${own}, and this is a ${envelope.name}`);
  }
  return name;
}

/** The document's or the query's tenant, else the key's, else the one for events without any. */
function readTenant(envelope: Envelope, parts: Parts, ownTenant: string | null, faults: DocumentFaults): string {
  const field = envelope.fields.tenantId;
  const tenantId = parts.read("tenantId", (id, at) => optionalId(id, at, faults)) ?? ownTenant ?? field?.default;
  if (tenantId === undefined && field?.required !== true && !parts.isGiven("tenantId")) {
    const place = field?.pointers[0] ?? "query/tenantId";
    faults.add("invalidEnvelope", place, "must be given, here or in the query: ?tenantId=");
  }
  return tenantId ?? "";
}

/** Where the type's own pointers lead, else as the envelope has it. */
function readOrderingKey(
  document: object,
  pointers: readonly string[],
  parts: Parts,
  faults: DocumentFaults,
): string | null {
  const key = firstText(document, pointers);
  if (key === null) return parts.text("orderingKey");
  return key.length <= MAX_TEXT ? key : optionalText(key, placeOf(document, pointers, key), faults);
}

/** `metadata` and `data` as they stand in the text, which is read once for both where they stand side by side. */
function readTexts(text: string, found: ReadonlyMap<Role, Found>, faults: DocumentFaults) {
  let top: ReadonlyMap<string, Slice> | null = null;
  const textOf = (part: Found | undefined): string | null => {
    if (part === undefined) return null;
    const [name = ""] = part.segments;
    const isAtTop = part.segments.length === 1;
    if (isAtTop) top ??= members(text).values;
    const slice = isAtTop ? top?.get(name) : sliceAt(text, part.segments);
    return slice === undefined || slice === null ? null : text.slice(slice.start, slice.end);
  };
  const own = found.get("metadata");
  const metadata = textOf(own);
  if (own !== undefined) checkMetadata(own.value, metadata ?? "", own.pointer, faults);
  return { metadata, data: textOf(found.get("data")) ?? "null" };
}

/** For the faults that are found when the event is held against its type. */
function placesIn(envelope: Envelope, parts: Parts): EventPlaces {
  return {
    type: parts.place("type"),
    version: parts.place("version"),
    schemaRef: parts.place("schemaRef"),
    tenantId: parts.place("tenantId"),
    data: parts.isGiven("data") ? parts.place("data") : (envelope.fields.data.pointers[0] ?? ""),
  };
}
