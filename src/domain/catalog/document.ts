/**
 * A catalog as data: what its author writes in YAML or JSON, and what src/catalogs/catalog.schema.json checks. docs/catalogs.md explains
 * it. JSON Pointers (RFC 6901) lead into the catalog's own envelope, the document as its publishers send it; expressions are JSONata.
 */
export interface CatalogDocument {
  /** Letters, digits, `.`, `_` and `-`; 64 at most. */
  readonly catalog: string;
  readonly title: string;
  readonly description?: string;
  /** What had to be decided where the source is silent. */
  readonly notes?: readonly string[];
  readonly naming: Naming;
  /** Conventions that `posthorn catalog validate` checks beyond what installing asks for. */
  readonly conventions?: readonly Convention[];
  readonly categories?: readonly Category[];
  /** In order: an event has the first one whose `when` it fulfils. The last one has no `when`. */
  readonly envelopes: readonly Envelope[];
  /** Schemas that the versions share: `{"$ref": "#/$defs/<name>"}` in a version's schema finds them here. */
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  /** What a tenant's users can switch off. */
  readonly preferences?: readonly Preference[];
  /** How notifications reach people: told to readers, not interpreted. */
  readonly channels?: readonly Channel[];
  /** Ready-made subscriptions. */
  readonly templates?: readonly SubscriptionTemplate[];
  readonly types: readonly CatalogType[];
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonSchema = boolean | { readonly [keyword: string]: Json };

export interface Naming {
  /** A regular expression (RE2) for the whole name. */
  readonly pattern: string;
  readonly words: string;
}

/**
 * `tenantId`: every payload has a tenantId. `actor`: a type whose event somebody causes names an actor. `transition`: `previousX` stands
 * beside `newX`. `changes`: a type `…_UPDATED` has `changes` or `updatedFields`. `payloadRef`: versions are named `payload.<PascalName>.vN`.
 */
export type Convention = "tenantId" | "actor" | "transition" | "changes" | "payloadRef";

export interface Category {
  readonly name: string;
  readonly description?: string;
}

/** The parts of an event that an envelope may carry; the names are those of POST /v1/events. */
export type Role =
  | "id"
  | "type"
  | "version"
  | "schemaRef"
  | "timestamp"
  | "tenantId"
  | "userId"
  | "source"
  | "correlationId"
  | "traceId"
  | "orderingKey"
  | "metadata"
  | "data";

export interface Envelope {
  readonly name: string;
  /** Pointers that must all lead somewhere. */
  readonly when?: readonly string[];
  readonly fields: Readonly<Partial<Record<Role, EnvelopeField>>> & {
    readonly type: EnvelopeField;
    readonly data: EnvelopeField;
  };
  /** Members that always have the same value. */
  readonly constants?: readonly { readonly pointer: string; readonly value: Json }[];
}

export interface EnvelopeField {
  /** The first that leads to a value counts; the first is where the gateway writes. `""` is the whole document. */
  readonly pointers: readonly string[];
  readonly required?: boolean;
  /** Written before the value: `notification.` makes `notification.invitation` of `invitation`. For `type` alone. */
  readonly prefix?: string;
  /** Where none of the pointers leads anywhere. For `tenantId` alone. */
  readonly default?: string;
  /** What examples of whole documents hold there. */
  readonly example?: Json;
}

export interface Preference {
  readonly name: string;
  readonly description: string;
  readonly default: "enabled" | "disabled";
}

export interface Channel {
  readonly name: string;
  readonly description?: string;
  readonly configuration?: string;
}

export interface SubscriptionTemplate {
  readonly name: string;
  readonly description: string;
  readonly eventTypes: readonly string[];
  readonly version?: string;
  /** JSONata. */
  readonly filter?: string;
  readonly transform?: string;
}

export interface CatalogType {
  readonly name: string;
  readonly category?: string;
  readonly description: string;
  readonly deprecated?: boolean;
  /** The name of its envelope; the last one unless told. */
  readonly envelope?: string;
  /** Made by the gateway itself: known here, published by nobody. */
  readonly gateway?: boolean;
  readonly triggeredWhen?: readonly string[];
  /** What the company's own notification service does about it: kept for readers. */
  readonly notifications?: readonly NotificationText[];
  /** Pointers; the first that leads to a text is the ordering key. */
  readonly orderingKey?: readonly string[];
  readonly throttle?: Throttle;
  readonly preference?: PreferenceRule;
  /** Events of this catalog that follow from each of this type. */
  readonly derives?: readonly Derivation[];
  /** Oldest first. */
  readonly versions: readonly TypeVersion[];
}

export interface NotificationText {
  readonly text: string;
  readonly optional?: boolean;
  readonly configurable?: boolean;
  /** As the source says it: "if deactivated by admin". */
  readonly condition?: string;
  readonly channels?: readonly string[];
  readonly recipients?: string;
  readonly priority?: string;
  /** The name of its subscription template. */
  readonly template?: string;
}

/** A sliding window: at most `max` events of one key in any `windowSeconds`; what is over is skipped, reason `throttled`. */
export interface Throttle {
  /** 1 to 1,000. */
  readonly max: number;
  /** 1 second to 7 days. */
  readonly windowSeconds: number;
  /** Pointers; the first that leads to a text is the key. None: one window for the tenant. */
  readonly per?: readonly string[];
}

/** Skipped, reason `preference`, when everybody whom it concerns has switched it off. */
export interface PreferenceRule {
  readonly name: string;
  /**
   * Pointers to a user's id or a list of them; the first that leads somewhere counts. The `userId` or `userIds` of a derived event count
   * before them: its document may name its users by their addresses only.
   */
  readonly users: readonly string[];
}

export interface Derivation {
  /** An event type of the same catalog, which derives nothing itself. */
  readonly type: string;
  /**
   * JSONata over the whole document as published; where its envelope has a member of the document for the timestamp, the tenantId or the
   * userId, and the publisher left it out, the event's own stands there. Its result is one document of `type`, or a list of them, each
   * `{document, userId?, userIds?}`; nothing, where there is none to make. `userIds` says whose each of the document's `recipients` is, in
   * the same order: those who have switched the preference of `type` off are taken out.
   */
  readonly documents: string;
}

export interface TypeVersion {
  readonly version: string;
  /** Its schema's name: `<type>.<version>` unless told. */
  readonly ref?: string;
  /** Of `data`. */
  readonly schema: JsonSchema;
  /** Valid `data`. */
  readonly example: Json;
  /** JSONata: this version's data to the data of the version before. */
  readonly downgrade?: string;
  readonly deprecated?: Deprecation;
}

export interface Deprecation {
  readonly message: string;
  /** Dates, `2026-11-21`. */
  readonly since?: string;
  readonly sunset?: string;
}
