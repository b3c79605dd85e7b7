import type { ApiProcess, ApiChoices, GatewayProcess, ProcessChoices } from "#test/processes.ts";
import type { Gateway, TestEndpoint } from "#test/gateway.ts";
import type { Period } from "./books.ts";

/** A row of the table: what happens to the gateway, with real processes, while it has work. */
export interface Scenario {
  /** As a reader of the table says it: "kill -9 of one of two deliverers, every 2 s for 60 s". */
  readonly name: string;
  /** Also part of `npm test`: over within 15 s on a quiet machine. */
  readonly fast?: true;
  /** How long the whole scenario may take. Default 300 s. */
  readonly timeoutMs?: number;
  readonly run: (stage: Stage) => Promise<void>;
}

/**
 * What a scenario plays on. When `run` has returned, its loads are stopped, the books are closed, and everything that was started ends
 * with SIGTERM, whose exit code must be 0.
 */
export interface Stage {
  /** The books of this database: a clone on the tests' shared server, unless `useDatabase` named another first. */
  gateway(): Promise<Gateway>;
  /** A migrated database for gateway, processes and books; said again, it is where the books look from then on. */
  useDatabase(url: string): Promise<void>;
  /** A real API that is ready. What the scenario ends by `kill` has ended on purpose. */
  api(choices?: Elsewhere & ApiChoices): Promise<ApiProcess>;
  /** A real deliverer whose heartbeat is in the database. */
  deliverer(choices?: Elsewhere & ProcessChoices): Promise<GatewayProcess>;
  /** Receivers that verify every signature and note every arrival. */
  audience(choices?: AudienceChoices): Promise<Audience>;
  /** Publishers to the last audience that say it again until they are answered 202. */
  load(api: () => string, options: LoadOptions): Load;
  /** What was acknowledged to publishers of the scenario's own joins the books. */
  acknowledged(event: AcknowledgedEvent): void;
  /** What arrived at receivers of the scenario's own joins the books, at the latest when it is answered. */
  arrived(arrival: Arrival): void;
  /** Its deliveries may end failed or canceled, visibly; delivered is right as well. */
  mayFail(endpointId: string): void;
  /**
   * The database was restored to the moment before: what was acknowledged in this time it need not have, and neither what a receiver
   * accepted then. What it does have is delivered as everything is.
   */
  mayBeGone(acknowledged: Period): void;
  /** A line at level error that belongs to the fault. Between `faultBegins` and ten seconds after its end every such line may. */
  mayLog(message: RegExp): void;
  faultBegins(): void;
  /** Default: when `run` returns. */
  faultEnds(): void;
  /** The scenario's row must say that nothing was delivered twice. */
  expectNothingTwice(): void;
  /** What the row says beside its numbers: "23 kills", "memory 212 MB at most". */
  remark(text: string): void;
}

export interface Elsewhere {
  /** Another way to the same database, such as a proxy. */
  readonly databaseUrl?: string;
}

export interface AudienceChoices {
  /** Tenants, each with so many endpoints. Default [2, 1]. */
  readonly endpointsPerTenant?: readonly number[];
  /** After how long the nth request is answered 200. Default 5 ms. */
  readonly answerMs?: (nth: number) => number;
  /** Default [1, 1, 2, 2, 5, 5, 10]. */
  readonly retrySchedule?: readonly number[];
}

export interface Audience {
  readonly endpointsOf: ReadonlyMap<string, readonly TestEndpoint[]>;
  /** Requests so far. */
  arrivals(): number;
  /** Deliveries that have arrived, each of them once. */
  deliveries(): number;
  /** Requests that have come and are not answered yet. */
  inFlight(): number;
  /** The longest from an acknowledgement to the first arrival at one of its endpoints, of what still waits until now. */
  longestWaitMs(): number;
}

export interface LoadOptions {
  readonly perSecond: number;
  /** Of each event's data. Default: a few. */
  readonly bytes?: number;
}

export interface Load {
  acknowledged(): number;
  /** How many publishes had to be said again because no answer came, or a 429 or 5xx. */
  repeated(): number;
  /** Begins no more, and waits until what was begun is acknowledged. */
  stop(): Promise<void>;
}

export interface AcknowledgedEvent {
  /** As the answer says it, which is the `webhook-id`. */
  readonly id: string;
  readonly tenantId: string;
  /** UUIDs or `ep_…` */
  readonly endpointIds: readonly string[];
  /** When the answer came, milliseconds since 1970. */
  readonly at: number;
}

export interface Arrival {
  readonly webhookId: string;
  readonly endpointId: string;
  /** What the publisher calls the event in its data: one and the same event, whatever ids it has. */
  readonly n?: string | number;
  /** It is answered with a 2xx. */
  readonly accepted: boolean;
  readonly signatureHolds: boolean;
  readonly at: number;
}
