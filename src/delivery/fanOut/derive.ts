import type { DerivedEvent, EventToFanOut } from "#db/sql/delivery.ts";
import type { Derivation } from "#domain/catalog/document.ts";
import { envelopeOf, findRole, placeOf, type EnvelopeParts } from "#domain/catalog/envelope.ts";
import { setMember } from "#domain/catalog/rewrite.ts";
import { elements, members } from "#domain/rawJson.ts";
import type { Evaluator } from "../expressions/evaluator.ts";
import type { About } from "./shape.ts";
import { storable } from "./storable.ts";

/** Events that follow from one, and what went wrong with those that do not. */
export interface Derived {
  readonly events: readonly DerivedEvent[];
  readonly faults: readonly string[];
}

/** Events of the same catalog that follow from an event, as its type says. Whether their data is right is looked at when they are fanned out. */
export async function derive(
  evaluator: Evaluator,
  about: About,
  event: EventToFanOut,
  native: string,
  parts: () => EnvelopeParts,
): Promise<Derived> {
  const events: DerivedEvent[] = [];
  const faults: string[] = [];
  for (const derivation of about.type.derives ?? []) {
    const answer = await evaluator.evaluate(derivation.documents, native);
    if (!answer.ok) faults.push(`${derivation.type}: ${answer.message}`);
    else if (answer.result !== "") {
      for (const item of itemsOf(answer.result)) {
        const made = eventOf(about, derivation, event, parts(), item);
        if (made === null) faults.push(`${derivation.type}: what was made is not a document`);
        else events.push(made);
      }
    }
  }
  return { events, faults };
}

/** The JSON texts of a list, or of the one there is. */
function itemsOf(text: string): string[] {
  if (!text.trimStart().startsWith("[")) return [text];
  return elements(text).map(({ start, end }) => text.slice(start, end));
}

function eventOf(
  { catalog }: About,
  { type }: Derivation,
  from: EventToFanOut,
  parts: EnvelopeParts,
  item: string,
): DerivedEvent | null {
  const place = members(item).values.get("document");
  const native = place === undefined ? "" : item.slice(place.start, place.end);
  if (!native.startsWith("{")) return null;
  const document: unknown = JSON.parse(native);
  const envelope = envelopeOf(catalog.document, document);
  const text = (role: "version" | "schemaRef" | "source" | "correlationId" | "userId"): string | null => {
    const value = findRole(envelope, document, role)?.value;
    return typeof value === "string" && value !== "" ? storable(value, maxTextCharacters) : null;
  };
  const versions = catalog.types.get(type)?.versions ?? [];
  const ref = text("schemaRef");
  const version = text("version") ?? versions.find((v) => v.ref === ref)?.version ?? versions.at(-1)?.version ?? null;
  const metadata = placeOf(envelope, native, "metadata");
  const data = placeOf(envelope, native, "data");
  return {
    tenant_id: from.tenant_id,
    catalog: from.catalog,
    type,
    version,
    source: text("source") ?? parts.source ?? null,
    user_id: userOf(item) ?? text("userId"),
    correlation_id: text("correlationId") ?? parts.correlationId ?? null,
    trace_id: from.trace_id,
    metadata: setMember(
      metadata === null || native[metadata.start] !== "{" ? "{}" : native.slice(metadata.start, metadata.end),
      "derivedFrom",
      JSON.stringify(parts.id),
    ),
    data: data === null ? "null" : native.slice(data.start, data.end),
    native,
  };
}

const maxTextCharacters = 256;

/** For whom the document is, where whoever derived it says so. */
function userOf(item: string): string | null {
  const place = members(item).values.get("userId");
  const value: unknown = place === undefined ? null : JSON.parse(item.slice(place.start, place.end));
  return typeof value === "string" && value !== "" ? storable(value, maxTextCharacters) : null;
}
