import type { FanOutPage } from "#db/sql/delivery.ts";
import type { Envelope, Role } from "#domain/catalog/document.ts";
import { envelopeOf, type EnvelopeParts } from "#domain/catalog/envelope.ts";
import { resolvePointer } from "#domain/catalog/pointer.ts";
import type { About } from "./shape.ts";
import { storable } from "./storable.ts";

type Rules = NonNullable<FanOutPage["rules"]>;

/** The keys stand in an index, which takes 2,700 bytes. */
const maxKeyCharacters = 400;

/** What is to be looked up in the database before the event is sent: whether its users want it, and whether its window has room. */
export function rulesOf({ catalog, type }: About, native: () => unknown, parts: () => EnvelopeParts): Rules | null {
  const { preference, throttle } = type;
  if (preference === undefined && throttle === undefined) return null;
  const find = finder(envelopeOf(catalog.document, native()), native(), parts());
  const rules: { -readonly [Rule in keyof Rules]: Rules[Rule] } = {};
  if (preference !== undefined) {
    const known = catalog.document.preferences?.find((p) => p.name === preference.name);
    const users = textsOf(derivedFor(parts())) ?? find(preference.users, textsOf);
    rules.preference = { name: preference.name, default: known?.default ?? "enabled", users: users ?? [] };
  }
  if (throttle !== undefined) {
    // Where none of the pointers leads anywhere the event counts in the tenant's own window: no event passes uncounted.
    const key = find(throttle.per ?? [], textOf) ?? "";
    rules.throttle = { max: throttle.max, windowSeconds: throttle.windowSeconds, key: storable(key, maxKeyCharacters) };
  }
  return rules;
}

/**
 * Finds by pointers, and where a pointer is that of one of the envelope's roles also what was given beside the document: the user for whom
 * a notification was derived. The tenant comes last: every event has one, and the pointers behind it may lead to something more exact.
 */
function finder(envelope: Envelope, native: unknown, parts: EnvelopeParts) {
  return <T>(pointers: readonly string[], read: (value: unknown) => T | null): T | null => {
    for (const pointer of pointers) {
      const role = roles.find((name) => envelope.fields[name]?.pointers.includes(pointer));
      const found = read(resolvePointer(native, pointer)) ?? (role === undefined ? null : read(parts[role]));
      if (found !== null) return found;
    }
    const asksForTenant = pointers.some((pointer) => envelope.fields.tenantId?.pointers.includes(pointer));
    return asksForTenant ? read(parts.tenantId) : null;
  };
}

const roles = ["userId", "source", "correlationId", "orderingKey"] as const satisfies readonly Role[];

/** The users of a derived document for several, where whoever derived it says them: the document may name them by their addresses only. */
function derivedFor({ metadata }: EnvelopeParts): unknown {
  const value: unknown = JSON.parse(metadata ?? "null");
  return typeof resolvePointer(value, "/derivedFrom") === "string" ? resolvePointer(value, "/derivedFor") : null;
}

/** The texts of a list, or the one that there is; null: none. */
function textsOf(value: unknown): string[] | null {
  const texts = (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => textOf(one) ?? []);
  return texts.length > 0 ? texts : null;
}

function textOf(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? storable(value) : null;
}
