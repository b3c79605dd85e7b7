import type { Role } from "#domain/catalog/document.ts";
import type { Clock } from "#domain/clock.ts";
import type { KnownCatalog } from "../catalogs/known.ts";

/** One event as a publisher sent it: checked for form, not yet against its type. Texts are the publisher's own. */
export interface EventInput {
  readonly externalId: string | null;
  readonly tenantId: string;
  readonly catalog: string;
  readonly type: string;
  readonly version: string | null;
  /** The schema that it names, which says its version. Not binding: a name that is none of the type's is somebody else's, and says nothing. */
  readonly schemaRef: { readonly name: string; readonly binding: boolean } | null;
  /** ISO 8601 UTC; null: the moment of acceptance. */
  readonly occurredAt: string | null;
  readonly source: string | null;
  readonly userId: string | null;
  readonly correlationId: string | null;
  readonly traceId: string | null;
  readonly orderingKey: string | null;
  /** The JSON texts exactly as sent: numbers, key order and white space included. */
  readonly metadata: string | null;
  readonly data: string;
  /** The document in its catalog's own envelope, byte for byte; null: it came in another form. */
  readonly native: string | null;
  /** Where the event stands in the request body, and in it what it consists of: for the pointers of its faults. */
  readonly at: string;
  readonly places: EventPlaces;
}

/** JSON Pointers from the event, or `query/…`. */
export type EventPlaces = Readonly<Partial<Record<Role, string>>> & { readonly data: string };

/** The pointer of a part of an event, for a fault. */
export function pointerTo({ at, places }: Pick<EventInput, "at" | "places">, role: Role): string {
  const place = places[role] ?? `/${role}`;
  return place.startsWith("query/") ? place : at + place;
}

/** A 202: the event is committed. */
export interface Published {
  /** The publisher's own id, or `evt_…`. */
  readonly id: string;
  readonly tenantId: string;
  readonly type: string;
  readonly acceptedAt: string;
  /** The same event was accepted before, under this id or key; `acceptedAt` is that moment. */
  readonly replayed: boolean;
}

/** What bounds the text of an event, and of a batch; documentation in src/config.ts. */
export interface EventLimits {
  readonly maxEventBytes: number;
  readonly maxJsonDepth: number;
  readonly maxBatchEvents: number;
}

/** What reading an event takes besides its text. */
export interface Reading {
  readonly limits: EventLimits;
  readonly clock: Clock;
  /** Of the path that the request named: its events are read in its envelope, and CloudEvents are of this one. */
  readonly catalog?: CatalogReading;
}

export interface CatalogReading {
  readonly known: KnownCatalog;
  readonly beside: Beside;
  /** The tenant that the publisher's key is bound to. */
  readonly ownTenant: string | null;
}

/** What stands in the query, beside a document whose envelope does not carry it. */
export type Beside = Readonly<
  Partial<Record<"type" | "id" | "tenantId" | "version" | "timestamp", string | undefined>>
>;
