import type { Look, SeenDelivery } from "./look.ts";

export type Ordering = "block" | "skip" | null;

/** An endpoint as its people know it. */
export interface ModelEndpoint {
  readonly id: string;
  readonly schedule: readonly number[];
  person: "paused" | "disabled" | null;
  mode: "push" | "poll";
  /** Null: it has none any more. */
  subscription: { readonly id: string; readonly throttled: boolean; ordering: Ordering } | null;
  limit: { readonly max: number; readonly windowSeconds: number } | null;
  deleted: boolean;
}

/** `waiting` is held or queued: which of them depends on its lane, and the sentences say what must be true of lanes. */
export interface ModelDelivery {
  readonly event: string;
  readonly endpoint: string;
  key: string | null;
  status: "waiting" | "scheduled" | "delivered" | "failed" | "canceled";
  attempts: number;
  blocks: boolean;
  dueMs: number;
}

export interface ModelEvent {
  readonly id: string;
  readonly key: string | null;
  fannedOut: boolean;
}

/** What a tenant's people, publishers and receivers have been told, and what follows from it. */
export class Model {
  readonly endpoints = new Map<string, ModelEndpoint>();
  readonly events = new Map<string, ModelEvent>();
  readonly #deliveries = new Map<string, ModelDelivery>();

  delivery(of: Pick<SeenDelivery, "event" | "endpoint">): ModelDelivery | undefined {
    return this.#deliveries.get(`${of.event} ${of.endpoint}`);
  }

  endpoint(id: string): ModelEndpoint {
    const found = this.endpoints.get(id);
    if (found === undefined) throw new Error(`the model knows no endpoint ${id}`);
    return found;
  }

  get livingEndpoints(): ModelEndpoint[] {
    return [...this.endpoints.values()].filter(({ deleted }) => !deleted);
  }

  /** An event's delivery for each endpoint that gets one, or for the one that is named. */
  fanOut(event: ModelEvent, only?: string): void {
    for (const endpoint of this.livingEndpoints) {
      const { id, subscription, person } = endpoint;
      if (subscription === null || person === "disabled" || (only ?? id) !== id) continue;
      const key = subscription.ordering === null ? null : event.key;
      this.#add({ event: event.id, endpoint: id, key, status: "waiting", attempts: 0, blocks: false, dueMs: 0 });
    }
  }

  /** An outcome was written. */
  attempted(delivery: ModelDelivery, next: "delivered" | "scheduled" | "failed", dueMs: number): void {
    delivery.attempts++;
    if (delivery.status === "canceled") return;
    delivery.dueMs = dueMs;
    if (next === "scheduled") delivery.status = next;
    else this.ended(delivery, next);
  }

  /** It has come to its end, or is given back to the one that it had. */
  ended(delivery: ModelDelivery, end: "delivered" | "failed"): void {
    const { subscription } = this.endpoint(delivery.endpoint);
    delivery.status = end;
    delivery.blocks = end === "failed" && delivery.key !== null && subscription?.ordering === "block";
  }

  /** A person sends it again, or now. */
  redelivered(delivery: ModelDelivery): void {
    delivery.status = "waiting";
    delivery.blocks = false;
  }

  canceled(delivery: ModelDelivery): void {
    delivery.status = "canceled";
    delivery.blocks = false;
  }

  promoted(nowMs: number): void {
    for (const delivery of this.#deliveries.values()) {
      if (delivery.status !== "scheduled" || delivery.dueMs > nowMs) continue;
      delivery.status = this.endpoint(delivery.endpoint).deleted ? "canceled" : "waiting";
    }
  }

  /** What was blocked in an order that is given up goes on. */
  reordered(endpoint: ModelEndpoint, ordering: Ordering): void {
    if (endpoint.subscription !== null) endpoint.subscription.ordering = ordering;
    if (ordering === "block") return;
    for (const delivery of this.#deliveries.values()) if (delivery.endpoint === endpoint.id) delivery.blocks = false;
  }

  /** Where the database is not as the model says, as sentences. */
  differences(look: Look): string[] {
    const seen = new Set<string>();
    const wrong = look.deliveries.flatMap((row) => {
      seen.add(`${row.event} ${row.endpoint}`);
      const expected = this.delivery(row);
      if (expected === undefined) return [`delivery ${row.id} (${row.status}) was never to be made`];
      const is = show({ ...row, status: row.status === "held" || row.status === "queued" ? "waiting" : row.status });
      return is === show(expected) ? [] : [`delivery ${row.id} is ${is}, and should be ${show(expected)}`];
    });
    for (const [name, { status }] of this.#deliveries)
      if (!seen.has(name)) wrong.push(`the ${status} delivery of ${name} is lost`);
    for (const lane of look.lanes) {
      const { person, mode, subscription } = this.endpoint(lane.endpoint);
      const isPerson = lane.shown === "paused" || lane.shown === "disabled" ? lane.shown : null;
      if (isPerson !== person)
        wrong.push(`endpoint ${lane.endpoint} is ${isPerson ?? "held by nobody"}, and should be ${person ?? "so"}`);
      if (lane.ordering !== (subscription?.ordering ?? null))
        wrong.push(`endpoint ${lane.endpoint} orders by ${lane.ordering ?? "nothing"}`);
      if (lane.mode !== mode) wrong.push(`endpoint ${lane.endpoint} is in mode ${lane.mode}`);
    }
    if (look.lanes.length !== this.livingEndpoints.length) wrong.push("an endpoint is lost");
    return wrong;
  }

  /**
   * After several things were done at the same time: which of them came first shows in the database alone. Attempts are what was
   * acknowledged, whatever came first, and no delivery may be lost but those of events that were just being fanned out.
   */
  adopt(look: Look, justFannedOut: ReadonlySet<string>): void {
    for (const lane of look.lanes) {
      const endpoint = this.endpoint(lane.endpoint);
      endpoint.person = lane.shown === "paused" || lane.shown === "disabled" ? lane.shown : null;
      if (endpoint.subscription !== null) endpoint.subscription.ordering = lane.ordering;
    }
    const seen = new Set<string>();
    for (const row of look.deliveries) {
      seen.add(`${row.event} ${row.endpoint}`);
      const isNew = this.delivery(row) === undefined && justFannedOut.has(row.event);
      if (isNew)
        this.#add({
          event: row.event,
          endpoint: row.endpoint,
          key: row.key,
          status: "waiting",
          attempts: 0,
          blocks: false,
          dueMs: 0,
        });
      const known = this.delivery(row);
      if (known === undefined) continue;
      if (justFannedOut.has(row.event)) known.key = row.key;
      known.status = modelStatus(row.status);
      known.blocks = row.blocks;
      known.dueMs = row.dueMs;
    }
    for (const [name, { event }] of this.#deliveries)
      if (!seen.has(name) && justFannedOut.has(event)) this.#deliveries.delete(name);
  }

  #add(delivery: ModelDelivery): void {
    this.#deliveries.set(`${delivery.event} ${delivery.endpoint}`, delivery);
  }
}

function show({
  status,
  attempts,
  blocks,
  key,
}: {
  status: string;
  attempts: number;
  blocks: boolean;
  key: string | null;
}): string {
  return `${status} after ${attempts} attempts${blocks ? ", blocking" : ""}${key === null ? "" : ` with key ${key}`}`;
}

const statuses: Readonly<Record<string, ModelDelivery["status"]>> = {
  held: "waiting",
  queued: "waiting",
  scheduled: "scheduled",
  delivered: "delivered",
  failed: "failed",
  canceled: "canceled",
};

function modelStatus(status: string): ModelDelivery["status"] {
  const found = statuses[status];
  if (found === undefined) throw new Error(`the model knows no state ${status}`);
  return found;
}
