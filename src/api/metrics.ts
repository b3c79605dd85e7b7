/** One answered request. */
export interface Answered {
  readonly method: string;
  /** Its pattern, such as /v1/tenants/:tenantId; `none` where there is no such path. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** What the API says about its work, and how it shows the numbers; a runtime without a memory of its own has none. */
export interface ApiMetrics {
  /** @param result accepted, replayed, or the code of a problem */
  published(result: string): void;
  answered(answer: Answered): void;
  /** One request that was refused before it was read. */
  turnedAway(method: string): void;
  /** All numbers as Prometheus reads them. */
  text(): Promise<{ readonly body: string; readonly contentType: string }>;
}
