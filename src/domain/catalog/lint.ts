import { withDefinitions } from "./definitions.ts";
import type { CatalogDocument, Convention, Json, JsonSchema } from "./document.ts";

/** A place in a catalog that breaks one of its conventions. */
export interface Finding {
  /** Into the catalog document. */
  readonly pointer: string;
  readonly convention: Convention;
  /** A sentence that begins with the event type. */
  readonly detail: string;
}

/** One version of an event type, as the checks see it. */
interface Payload {
  readonly type: string;
  readonly version: string;
  readonly ref: string | undefined;
  /** The members that the schema knows, with theirs. */
  readonly fields: ReadonlyMap<string, JsonSchema>;
  readonly required: ReadonlySet<string>;
}

/**
 * Checks the conventions that the catalog says it follows, in the order of its types. What breaks one is worth a look before publishing
 * it, and no reason to refuse the catalog: a convention knows exceptions, a schema does not. The catalog is one that can be installed.
 */
export function lintCatalog(catalog: CatalogDocument): readonly Finding[] {
  const conventions = catalog.conventions ?? [];
  return catalog.types.flatMap((type, i) =>
    type.versions.flatMap((version, j) => {
      const schema = withDefinitions(version.schema, catalog.definitions ?? {});
      const payload = { type: type.name, version: version.version, ref: version.ref, ...membersOf(schema) };
      const at = `/types/${i}/versions/${j}`;
      return conventions.flatMap((convention) =>
        CHECKS[convention](payload).map((detail) => ({
          pointer: `${at}${placeOf(convention, payload)}`,
          convention,
          detail: `${type.name}: ${detail}`,
        })),
      );
    }),
  );
}

const CHECKS: Readonly<Record<Convention, (payload: Payload) => readonly string[]>> = {
  tenantId: checkTenant,
  actor: checkActor,
  transition: checkTransition,
  changes: checkChanges,
  payloadRef: checkRef,
};

/** Who did it: actorUserId, createdByUserId, authorId, and the one who signs or drives there. */
const ACTOR = /^(actor(User|Contact)Id|[a-z]+By((User|Contact)?Id)?|(author|signer|technicianUser)Id)$/;

/** Words of a name that tell of a machine or a clock: nobody in particular causes what they stand for. */
const NOBODY: ReadonlySet<string> = new Set(
  [
    ["EMAIL", "NOTIFICATION", "SURVEY", "WEBHOOK", "SYNC", "TOKEN", "SLA", "RUN", "PROCESSING"],
    ["FAILED", "EXPIRED", "EXPIRING", "OVERDUE", "UPCOMING", "REACHED", "TRIGGERED", "BLOCKED", "UNBLOCKED"],
  ].flat(),
);

/** Words at the end of a name after which there is nothing new, only what was before. */
const ENDS: ReadonlySet<string> = new Set(["UNASSIGNED", "REMOVED"]);

function checkTenant({ fields, required }: Payload): readonly string[] {
  if (!fields.has("tenantId")) return ["tenantId is missing"];
  return required.has("tenantId") ? [] : ["tenantId is not required"];
}

function checkActor({ type, fields }: Payload): readonly string[] {
  const words = wordsOf(type);
  if (words.some((word) => NOBODY.has(word))) return [];
  if ([...fields.keys()].some((name) => ACTOR.test(name))) return [];
  // Elsewhere a contact is whom the event is about; of a customer's act it is who acts.
  if (words.includes("CUSTOMER") && fields.has("contactId")) return [];
  return ["no member names who caused it, such as actorUserId or createdByUserId"];
}

function checkTransition({ type, fields }: Payload): readonly string[] {
  const ends = ENDS.has(wordsOf(type).at(-1) ?? "");
  return [...fields].flatMap(([name, schema]) => {
    const [, time, what] = /^(previous|new)([A-Z].*)$/.exec(name) ?? [];
    // The new ones of a list are what was made, not what something changed to.
    if (time === undefined || (time === "previous" ? ends : isList(schema))) return [];
    const other = `${time === "previous" ? "new" : "previous"}${what}`;
    return fields.has(other) ? [] : [`${name} stands without ${other}`];
  });
}

function checkChanges({ type, fields }: Payload): readonly string[] {
  if (wordsOf(type).at(-1) !== "UPDATED" || fields.has("changes") || fields.has("updatedFields")) return [];
  return ["neither changes nor updatedFields tell what was updated"];
}

function checkRef({ type, version, ref }: Payload): readonly string[] {
  const pascal = wordsOf(type).map((word) => `${word.slice(0, 1)}${word.slice(1).toLowerCase()}`);
  const expected = `payload.${pascal.join("")}.${version}`;
  return ref === expected ? [] : [`the payload's reference is ${ref ?? "missing"} instead of ${expected}`];
}

function placeOf(convention: Convention, { ref }: Payload): string {
  if (convention !== "payloadRef") return "/schema";
  return ref === undefined ? "" : "/ref";
}

/** `TICKET_CLOSED`, `ticket.closed` and `TicketClosed` have the words TICKET and CLOSED. */
function wordsOf(type: string): readonly string[] {
  return type
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase()
    .split(/[_.-]+/);
}

/** The members that a schema knows, and those that it requires, with what it refers to and is composed of. */
function membersOf(schema: JsonSchema): Pick<Payload, "fields" | "required"> {
  const fields = new Map<string, JsonSchema>();
  const required = new Set<string>();
  const definitions = memberOf(schema, "$defs");
  const seen = new Set<Json>();
  const read = (part: Json | undefined, isSure: boolean): void => {
    // A definition may refer to itself: whoever registers the schema says so, the lint only ends.
    if (!isObject(part) || seen.has(part)) return;
    seen.add(part);
    for (const [name, of] of Object.entries(asObject(part["properties"]))) fields.set(name, followed(of, definitions));
    for (const name of isSure ? listOf(part["required"]) : []) if (typeof name === "string") required.add(name);
    read(referred(part, definitions), isSure);
    for (const each of listOf(part["allOf"])) read(each, isSure);
    for (const each of [...listOf(part["anyOf"]), ...listOf(part["oneOf"])]) read(each, false);
  };
  read(schema, true);
  return { fields, required };
}

/** The schema of a member, or the one that it refers to. */
function followed(schema: Json, definitions: Json | undefined): JsonSchema {
  const target = isObject(schema) ? (referred(schema, definitions) ?? schema) : true;
  return isObject(target) ? target : true;
}

function referred(schema: { readonly [keyword: string]: Json }, definitions: Json | undefined): Json | undefined {
  const ref = schema["$ref"];
  return typeof ref === "string" && ref.startsWith("#/$defs/") ? memberOf(definitions, ref.slice(8)) : undefined;
}

function isList(schema: JsonSchema): boolean {
  return memberOf(schema, "type") === "array";
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function asObject(value: Json | undefined): { readonly [name: string]: Json } {
  return isObject(value) ? value : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
