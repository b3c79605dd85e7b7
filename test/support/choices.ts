export interface EndpointChoices {
  readonly tenantId: string;
  readonly url: string;
  readonly eventTypes?: readonly string[];
  readonly retrySchedule?: readonly number[];
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payloadFormat?: "standard" | "cloudevents" | "native" | "thin";
  readonly rateLimit?: { readonly max: number; readonly windowSeconds: number };
  /** Of its subscription: what becomes of those behind one that has failed for good. */
  readonly ordering?: "block" | "skip";
  /** Absent: a new `whsec_…`. A `whsk_…` makes it sign with ed25519. */
  readonly secret?: string;
}

export interface TestEndpoint {
  /** The UUID. */
  readonly id: string;
  /** `ep_…` */
  readonly publicId: string;
  readonly tenantId: string;
  readonly secret: string;
}

export interface PublishChoices {
  readonly id?: string;
  readonly version?: string;
  readonly source?: string;
  readonly traceId?: string;
  readonly metadata?: string;
  readonly orderingKey?: string;
}
