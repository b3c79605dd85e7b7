/** One event as a publisher sent it: checked for form, not yet against its type. Texts are the publisher's own. */
export interface EventInput {
  readonly externalId: string | null;
  readonly tenantId: string;
  readonly catalog: string;
  readonly type: string;
  readonly version: string | null;
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
  /** Where `data` stands in the request body, for the pointers of its faults. */
  readonly dataPointer: string;
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

/** What bounds the text of an event; documentation in src/config.ts. */
export interface EventLimits {
  readonly maxEventBytes: number;
  readonly maxJsonDepth: number;
}
