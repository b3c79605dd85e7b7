import { decodeId, encodeId } from "#domain/ids.ts";
import type { AcknowledgedEvent, Arrival } from "./scenario.ts";

/** What publishers and receivers saw, to be held against what the database says. Times are milliseconds since 1970. */
export class Books {
  faultBegan: number | undefined;
  faultEnded: number | undefined;
  readonly #acknowledged = new Map<string, AcknowledgedEvent>();
  readonly #arrivals = new Map<string, { accepted: number; firstAcceptedAt: number; requests: number }>();
  readonly #mayFail = new Set<string>();
  /** The id under which a publisher's event came to an endpoint first. */
  readonly #firstIds = new Map<string, string>();
  readonly #wrong: string[] = [];
  #gone: Period | undefined;

  get size(): number {
    return this.#acknowledged.size;
  }

  acknowledge(event: AcknowledgedEvent): void {
    const key = `${event.tenantId} ${event.id}`;
    // Said again: what counts is the first time that it was promised.
    if (!this.#acknowledged.has(key))
      this.#acknowledged.set(key, { ...event, endpointIds: event.endpointIds.map(uuidOf) });
  }

  arrive({ webhookId, endpointId, n, accepted, signatureHolds, at }: Arrival): void {
    if (!signatureHolds) this.#wrong.push(`${webhookId} at ${endpointId}: its signature does not hold`);
    if (n !== undefined) this.#noteNumber(n, webhookId, endpointId);
    const key = pair(webhookId, uuidOf(endpointId));
    const seen = this.#arrivals.get(key) ?? { accepted: 0, firstAcceptedAt: at, requests: 0 };
    seen.requests++;
    if (accepted && ++seen.accepted === 1) seen.firstAcceptedAt = at;
    this.#arrivals.set(key, seen);
  }

  mayFail(endpointId: string): void {
    this.#mayFail.add(uuidOf(endpointId));
  }

  /** What was acknowledged in this time the database may not have, because it was restored to the moment before. */
  mayBeGone(period: Period): void {
    this.#gone = period;
  }

  /** When it first arrived and was accepted. */
  acceptedAt(webhookId: string, endpointId: string): number | undefined {
    const seen = this.#arrivals.get(pair(webhookId, endpointId));
    return seen === undefined || seen.accepted === 0 ? undefined : seen.firstAcceptedAt;
  }

  /** Whether something acknowledged after the fault has arrived. */
  newEventCameThrough(): boolean {
    const end = this.faultEnded ?? Infinity;
    return this.#acknowledged
      .values()
      .some((e) => e.at > end && e.endpointIds.some((n) => this.acceptedAt(e.id, n) !== undefined));
  }

  /** From acknowledgement to arrival at one of the endpoints, of what has not arrived until `now`. */
  longestWaitMs(endpointIds: ReadonlySet<string>, now: number): number {
    let longest = 0;
    for (const [{ id, at }, endpointId] of this.#promises())
      if (endpointIds.has(endpointId)) longest = Math.max(longest, (this.acceptedAt(id, endpointId) ?? now) - at);
    return longest;
  }

  /** Holds the books against the database's. */
  close(rows: readonly DatabaseRow[]): Closing {
    const known = new Map(rows.map((row) => [pair(webhookIdOf(row), row.endpoint_id), row]));
    const lost: string[] = [];
    let longestStuckMs = 0;
    let recoveredMs = 0;
    let firstNewMs = Infinity;
    const end = this.faultEnded ?? 0;
    for (const [{ id, at }, endpointId] of this.#promises()) {
      const row = known.get(pair(id, endpointId));
      if (row === undefined && this.#isGone(at)) continue;
      const doneAt = this.#doneAt(id, endpointId, row);
      if (doneAt === undefined) lost.push(`${id} at ${endpointId}: ${row?.status ?? "no delivery"}`);
      if (doneAt === undefined || row === undefined) continue;
      longestStuckMs = Math.max(longestStuckMs, doneAt - Math.max(end, at, row.due_ms));
      if (this.#mayFail.has(endpointId)) continue;
      if (at <= end) recoveredMs = Math.max(recoveredMs, doneAt - end);
      else firstNewMs = Math.min(firstNewMs, doneAt - end);
    }
    if (firstNewMs < Infinity) recoveredMs = Math.max(recoveredMs, firstNewMs);
    const twice = this.#arrivals.values().reduce((sum, { accepted }) => sum + Math.max(0, accepted - 1), 0);
    const wrong = [...this.#wrong, ...this.#disagreements(rows), ...this.#unknown(known)];
    return { acknowledged: this.size, lost, twice, longestStuckMs, recoveredMs, wrong };
  }

  *#promises(): Generator<[AcknowledgedEvent, string]> {
    for (const event of this.#acknowledged.values())
      for (const endpointId of event.endpointIds) yield [event, endpointId];
  }

  // However often it was said: also under an Idempotency-Key it is one event, whose id the gateway made the first time.
  #noteNumber(n: string | number, webhookId: string, endpointId: string): void {
    const key = pair(String(n), uuidOf(endpointId));
    const first = this.#firstIds.get(key) ?? webhookId;
    this.#firstIds.set(key, first);
    if (first !== webhookId) this.#wrong.push(`${n} came to ${endpointId} as ${first} and as ${webhookId}`);
  }

  #isGone(at: number): boolean {
    return this.#gone !== undefined && at >= this.#gone.from && at <= this.#gone.to;
  }

  /** What receivers accepted, and the database does not have. */
  #unknown(known: ReadonlyMap<string, DatabaseRow>): string[] {
    const acknowledgedAt = new Map(
      this.#promises().map(([{ id, at }, endpointId]) => [pair(id, endpointId), at] as const),
    );
    return [...this.#arrivals]
      .filter(([key, { accepted }]) => accepted > 0 && !known.has(key))
      .filter(([key, { firstAcceptedAt }]) => !this.#isGone(acknowledgedAt.get(key) ?? firstAcceptedAt))
      .map(([key]) => `${key.replace(" ", " at ")}: the receiver accepted it, and the database does not have it`);
  }

  #doneAt(webhookId: string, endpointId: string, row: DatabaseRow | undefined): number | undefined {
    if (row?.status === "delivered") return this.acceptedAt(webhookId, endpointId);
    const isVisible = (row?.status === "failed" && row.recorded > 0) || row?.status === "canceled";
    return isVisible && this.#mayFail.has(endpointId) ? row.updated_ms : undefined;
  }

  // Only endpoints whose arrivals are noted: others of the scenario's own are its own affair.
  #disagreements(rows: readonly DatabaseRow[]): string[] {
    const noted = new Set(this.#promises().map(([, endpointId]) => endpointId));
    return rows.flatMap((row) => {
      const name = `${webhookIdOf(row)} at ${row.endpoint_id}`;
      const wrong: string[] = [];
      const isAccepted = this.acceptedAt(webhookIdOf(row), row.endpoint_id) !== undefined;
      const isDelivered = row.status === "delivered";
      if (row.recorded !== row.attempts) wrong.push(`${name}: ${row.attempts} attempts, ${row.recorded} recorded`);
      if (row.succeeded !== (isDelivered ? 1 : 0)) wrong.push(`${name}: ${row.status}, ${row.succeeded} succeeded`);
      if (!noted.has(row.endpoint_id)) return wrong;
      if (isDelivered && !isAccepted) wrong.push(`${name}: delivered, and the receiver did not accept it`);
      if (!isDelivered && isAccepted && !this.#mayFail.has(row.endpoint_id))
        wrong.push(`${name}: ${row.status}, and the receiver accepted it`);
      return wrong;
    });
  }
}

/** Milliseconds since 1970, both included. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** A delivery as the database has it at the end; times in milliseconds since 1970. */
export interface DatabaseRow {
  readonly event_id: string;
  readonly external_id: string | null;
  readonly endpoint_id: string;
  readonly status: string;
  readonly attempts: number;
  readonly due_ms: number;
  readonly updated_ms: number;
  /** Rows of attempts, and those of them that succeeded. */
  readonly recorded: number;
  readonly succeeded: number;
}

export interface Closing {
  readonly acknowledged: number;
  /** Deliveries of acknowledged events that neither arrived nor failed visibly, as sentences. */
  readonly lost: readonly string[];
  /** Requests that a receiver accepted beyond the first of a delivery. */
  readonly twice: number;
  readonly longestStuckMs: number;
  readonly recoveredMs: number;
  /** Signatures that do not hold, and where database and receivers disagree, as sentences. */
  readonly wrong: readonly string[];
}

function webhookIdOf(row: DatabaseRow): string {
  return row.external_id ?? encodeId("event", row.event_id);
}

function pair(webhookId: string, endpointId: string): string {
  return `${webhookId} ${endpointId}`;
}

function uuidOf(endpointId: string): string {
  return decodeId("endpoint", endpointId) ?? endpointId;
}
