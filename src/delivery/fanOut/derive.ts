import type { DerivedEvent, EventToFanOut } from "#db/sql/delivery.ts";
import { envelopeOf, findRole, placeOf, type EnvelopeParts } from "#domain/catalog/envelope.ts";
import { completeNative, setMember } from "#domain/catalog/rewrite.ts";
import { elements, members } from "#domain/rawJson.ts";
import type { Evaluator } from "../expressions/evaluator.ts";
import { leaveOut, type DerivedDocument, type LoadChoices } from "./recipients.ts";
import type { About } from "./shape.ts";
import { storable } from "./storable.ts";

/** What deriving takes. */
export interface Deriving {
  readonly evaluator: Evaluator;
  readonly choices: LoadChoices;
}

/** Events that follow from one, and what went wrong with those that do not. */
export interface Derived {
  readonly events: readonly DerivedEvent[];
  readonly faults: readonly string[];
}

/** Events of the same catalog that follow from an event, as its type says. Whether their data is right is looked at when they are fanned out. */
export async function derive(
  { evaluator, choices }: Deriving,
  about: About,
  event: EventToFanOut,
  native: string,
  parts: () => EnvelopeParts,
): Promise<Derived> {
  const { derives = [] } = about.type;
  if (derives.length === 0) return { events: [], faults: [] };
  const documents: DerivedDocument[] = [];
  const faults: string[] = [];
  const input = inputOf(about, native, parts());
  for (const derivation of derives) {
    const answer = await evaluator.evaluate(derivation.documents, input, event.tenant_id);
    if (!answer.ok) faults.push(`${derivation.type}: ${answer.message}`);
    else if (answer.result !== "") {
      for (const item of itemsOf(answer.result)) {
        const made = documentOf(derivation.type, item);
        if (made === null) faults.push(`${derivation.type}: what was made is not a document`);
        else documents.push(made);
      }
    }
  }
  const wanted = await leaveOut(choices, about, event.tenant_id, documents);
  return { events: wanted.map((one) => eventOf(about, event, parts(), one)), faults };
}

/** What was given beside the document, or assumed, stands in it: an expression knows no other place. */
function inputOf({ catalog }: About, native: string, parts: EnvelopeParts): string {
  const envelope = envelopeOf(catalog.document, JSON.parse(native));
  return completeNative(native, envelope, parts, ["timestamp", "tenantId", "userId"]);
}

/** The JSON texts of a list, or of the one there is. */
function itemsOf(text: string): string[] {
  if (!text.trimStart().startsWith("[")) return [text];
  return elements(text).map(({ start, end }) => text.slice(start, end));
}

const maxTextCharacters = 256;

function documentOf(type: string, item: string): DerivedDocument | null {
  const { values } = members(item);
  const json = (name: string): string | null => {
    const place = values.get(name);
    return place === undefined ? null : item.slice(place.start, place.end);
  };
  const native = json("document");
  if (native === null || !native.startsWith("{")) return null;
  const [userId = null] = textsOf(json("userId"));
  return { type, native, userId, userIds: textsOf(json("userIds")) };
}

/** The texts of a list, or the one that there is. */
function textsOf(json: string | null): string[] {
  const value: unknown = json === null ? [] : JSON.parse(json);
  return (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
    typeof one === "string" && one !== "" ? [storable(one, maxTextCharacters)] : [],
  );
}

function eventOf(
  { catalog }: About,
  from: EventToFanOut,
  parts: EnvelopeParts,
  { type, native, userId, userIds }: DerivedDocument,
): DerivedEvent {
  const document: unknown = JSON.parse(native);
  const envelope = envelopeOf(catalog.document, document);
  const text = (role: "version" | "schemaRef" | "source" | "correlationId" | "userId"): string | null => {
    const value = findRole(envelope, document, role)?.value;
    return typeof value === "string" && value !== "" ? storable(value, maxTextCharacters) : null;
  };
  const versions = catalog.types.get(type)?.versions ?? [];
  const ref = text("schemaRef");
  const version = text("version") ?? versions.find((v) => v.ref === ref)?.version ?? versions.at(-1)?.version ?? null;
  const place = placeOf(envelope, native, "metadata");
  const own = place === null || native[place.start] !== "{" ? "{}" : native.slice(place.start, place.end);
  const metadata = setMember(own, "derivedFrom", JSON.stringify(parts.id));
  const data = placeOf(envelope, native, "data");
  return {
    tenant_id: from.tenant_id,
    catalog: from.catalog,
    type,
    version,
    source: text("source") ?? parts.source ?? null,
    user_id: userId ?? text("userId"),
    correlation_id: text("correlationId") ?? parts.correlationId ?? null,
    trace_id: from.trace_id,
    metadata: userIds.length === 0 ? metadata : setMember(metadata, "derivedFor", JSON.stringify(userIds)),
    data: data === null ? "null" : native.slice(data.start, data.end),
    native,
  };
}
