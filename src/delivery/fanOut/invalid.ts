import type { EventToFanOut } from "#db/sql/delivery.ts";
import type { Role } from "#domain/catalog/document.ts";
import { envelopeOf, findRole } from "#domain/catalog/envelope.ts";
import { precise } from "#domain/rawJson.ts";
import { dataOf, nativeOf, typeOf, type About, type Knowledge } from "./shape.ts";
import { storable } from "./storable.ts";

/** Of what a person reads about it. */
const maxDetailCharacters = 300;

/**
 * Why an event that nobody checked before it was accepted (it came in SQL, or follows from another) is none of its type: the version that it
 * names is not one, its data breaks the schema, or its envelope lacks what every one of its catalog has. Null: it is one.
 */
export async function whyInvalid(
  knowledge: Knowledge,
  about: About | null,
  event: EventToFanOut,
): Promise<string | null> {
  const why =
    unknownVersion(about, event) ?? (await wrongData(knowledge, event)) ?? (about === null ? null : bare(about, event));
  return why === null ? null : storable(why, maxDetailCharacters);
}

function unknownVersion(about: About | null, { version }: EventToFanOut): string | null {
  if (about === null || version === null || about.type.versions.some((v) => v.version === version)) return null;
  return `the event type has no version ${version}`;
}

async function wrongData(knowledge: Knowledge, event: EventToFanOut): Promise<string | null> {
  const type = await typeOf(knowledge, event);
  const version = event.version ?? type?.latest;
  const validator = version === null || version === undefined ? null : type?.versions.get(version);
  const faults = validator?.validate(precise(dataOf(event.body))) ?? [];
  if (faults.length === 0) return null;
  const told = faults.map(({ pointer, detail }) => `${pointer} ${detail}`.trim());
  return `the event's data does not match its schema: ${told.join("; ")}`;
}

/** What a publisher may leave out in SQL, and the gateway cannot make up. */
const givenRoles: readonly Role[] = ["userId", "source", "correlationId", "traceId", "orderingKey", "metadata"];

function bare(about: About, event: EventToFanOut): string | null {
  const native: unknown = JSON.parse(nativeOf(about, event));
  const envelope = envelopeOf(about.catalog.document, native);
  const lacking = givenRoles.filter(
    (role) => envelope.fields[role]?.required === true && findRole(envelope, native, role) === null,
  );
  if (lacking.length === 0) return null;
  return `the event has no ${lacking.join(", no ")}, which every ${envelope.name} of its catalog has`;
}
