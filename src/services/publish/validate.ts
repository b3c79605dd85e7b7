import { Problem } from "#domain/problems.ts";
import { precise } from "#domain/rawJson.ts";
import { pointerTo, type EventInput } from "./event.ts";
import type { KnownType } from "./eventTypes.ts";

/** The gateway's own catalog and names: a publisher's event must not pass for one of the gateway's. */
const OWN_CATALOG = "posthorn";
const OWN_PREFIX = "API.";

/**
 * Checks an event against its type.
 * @returns the version it is an event of: the one that was asked for, else the type's latest, null where the type has none
 */
export function validateEvent(input: EventInput, type: KnownType | null): string | null | Problem {
  if (input.catalog === OWN_CATALOG || input.type.startsWith(OWN_PREFIX)) return reservedType(pointerTo(input, "type"));
  if (type === null) return unknownType(input);
  const version = versionOf(input, type);
  if (version === null || version instanceof Problem) return version;
  const faults = type.versions.get(version)?.validate(precise(input.data)) ?? [];
  if (faults.length === 0) return version;
  const at = pointerTo(input, "data");
  const placed = faults.map(({ pointer, detail }) => ({ pointer: at + pointer, detail }));
  return new Problem("invalidData", `data does not match the schema of ${input.type}, version ${version}.`, placed);
}

/** There is no such type (any more). */
export function unknownType(input: EventInput): Problem {
  const detail = `There is no event type ${input.type} in the catalog ${input.catalog}. Register it first: POST /v1/event-types.`;
  return new Problem("unknownEventType", detail, [
    { pointer: pointerTo(input, "type"), detail: "is not an event type" },
  ]);
}

/** There is none in the event's catalog, but there is in another one. */
export function foreignType(input: EventInput, owner: string): Problem {
  const detail = `The event type ${input.type} is in the catalog ${owner}, and not in ${input.catalog}: publish it there.`;
  return new Problem("foreignEventType", detail, [
    { pointer: pointerTo(input, "type"), detail: `is an event type of the catalog ${owner}` },
  ]);
}

export function reservedType(pointer: string): Problem {
  const detail =
    "Event types that begin with API. are made by the gateway itself, and so are those that a catalog gives to it.";
  return new Problem("reservedEventType", detail, [{ pointer, detail: "is reserved" }]);
}

/** What the event says, or its schema's name; else the latest. */
function versionOf(input: EventInput, type: KnownType): string | null | Problem {
  const { version, schemaRef } = input;
  const named = schemaRef === null ? undefined : type.byRef.get(schemaRef.name);
  if (schemaRef?.binding === true) {
    const pointer = pointerTo(input, "schemaRef");
    if (named === undefined) {
      const detail = `${input.type} has no version whose schema is ${schemaRef.name}.`;
      return new Problem("unknownVersion", detail, [{ pointer, detail: "is no schema of this event type" }]);
    }
    if (version !== null && version !== named) {
      const detail = `The event says version ${version}, and names the schema of version ${named}.`;
      return new Problem("invalidEnvelope", detail, [{ pointer, detail: `is the schema of version ${named}` }]);
    }
  }
  const asked = version ?? named ?? type.latest;
  if (asked === null ? !type.retired : type.versions.has(asked)) return asked;
  const detail =
    asked === null
      ? `All versions of ${input.type} are retired.`
      : `The event type ${input.type} has no version ${asked}, or it is retired. Register it, or leave version out.`;
  return new Problem("unknownVersion", detail, [
    { pointer: pointerTo(input, "version"), detail: "is not a version of this event type" },
  ]);
}
