import { Problem } from "#domain/problems.ts";
import { precise } from "#domain/rawJson.ts";
import type { EventInput } from "./event.ts";
import type { KnownType } from "./eventTypes.ts";

/** The gateway's own catalog and names: a publisher's event must not pass for one of the gateway's. */
const OWN_CATALOG = "posthorn";
const OWN_PREFIX = "API.";

/**
 * Checks an event against its type.
 * @returns the version it is an event of: the one that was asked for, else the type's latest, null where the type has none
 */
export function validateEvent(input: EventInput, type: KnownType | null): string | null | Problem {
  const own = input.dataPointer.slice(0, -"/data".length);
  if (input.catalog === OWN_CATALOG || input.type.startsWith(OWN_PREFIX)) {
    return new Problem("reservedEventType", "Event types that begin with API. are made by the gateway itself.", [
      { pointer: `${own}/type`, detail: "is reserved" },
    ]);
  }
  if (type === null) return unknownType(input);
  const version = input.version ?? type.latest;
  if (version === null) return null;
  const validator = type.versions.get(version);
  if (validator === undefined) {
    return new Problem(
      "unknownVersion",
      `The event type ${input.type} has no version ${version}. Register it, or leave version out.`,
      [{ pointer: `${own}/version`, detail: "is not a version of this event type" }],
    );
  }
  const faults = validator?.validate(precise(input.data)) ?? [];
  if (faults.length === 0) return version;
  const placed = faults.map(({ pointer, detail }) => ({ pointer: input.dataPointer + pointer, detail }));
  return new Problem("invalidData", `data does not match the schema of ${input.type}, version ${version}.`, placed);
}

/** There is no such type (any more). */
export function unknownType(input: EventInput): Problem {
  const own = input.dataPointer.slice(0, -"/data".length);
  const detail = `There is no event type ${input.type} in the catalog ${input.catalog}. Register it first: POST /v1/event-types.`;
  return new Problem("unknownEventType", detail, [{ pointer: `${own}/type`, detail: "is not an event type" }]);
}
