import type { Tally } from "./receivers.ts";

/** A delivery as the gateway's API tells it. */
export interface DeliveryFact {
  eventId: string;
  status: string;
}

/** All that is known about one tenant: what was acknowledged, what its receiver saw, what the gateway says. */
export interface TenantFacts {
  name: string;
  /** Ids of the events that the gateway acknowledged with 202. */
  published: ReadonlySet<string>;
  /** Ids of the events that, as the gateway says, follow from published ones. */
  derived: ReadonlySet<string>;
  tally: Tally;
  deliveries: readonly DeliveryFact[];
}

export interface BooksRow {
  name: string;
  published: number;
  derived: number;
  /** By the receiver: different webhook-ids accepted with a valid signature. */
  seen: number;
  /** By the receiver: accepted again, which at-least-once allows. */
  duplicates: number;
  requests: number;
  /** By the gateway. */
  delivered: number;
  failed: number;
  waiting: number;
  /** Empty when the row balances. */
  faults: string[];
}

const waitingStatuses = new Set(["held", "scheduled", "queued"]);
const knownStatuses = new Set([...waitingStatuses, "delivered", "failed"]);

/**
 * One tenant's books: every acknowledged event, and every one that follows from it, has one delivery, and the events that the gateway
 * calls delivered are the very ones that the receiver accepted. Counts alone could agree by chance; the ids are compared.
 */
export function balance({ name, published, derived, tally, deliveries }: TenantFacts): BooksRow {
  const events = published.union(derived);
  const seen = new Set(tally.accepted.keys());
  const known = new Set(deliveries.map(({ eventId }) => eventId));
  const delivered = new Set(deliveries.filter(({ status }) => status === "delivered").map(({ eventId }) => eventId));
  const count = (has: (status: string) => boolean): number => deliveries.filter(({ status }) => has(status)).length;
  const row = {
    name,
    published: published.size,
    derived: derived.size,
    seen: seen.size,
    duplicates: [...tally.accepted.values()].reduce((sum, times) => sum + times - 1, 0),
    requests: tally.requests,
    delivered: count((status) => status === "delivered"),
    failed: count((status) => status === "failed"),
    waiting: count((status) => waitingStatuses.has(status)),
  };
  const faults = [
    fault("acknowledged, and without a delivery", events.difference(known)),
    fault("delivered, says the gateway, but the receiver never accepted it", delivered.difference(seen)),
    fault("accepted by the receiver, but not delivered, says the gateway", seen.difference(delivered)),
    fault("never published", seen.union(known).difference(events)),
    fault("in a state that the demo does not cause", new Set(strange(deliveries))),
    fault("with a signature that does not hold", new Set(tally.badSignatures)),
    events.size === row.delivered + row.failed + row.waiting ? undefined : "The sums differ",
  ];
  return { ...row, faults: faults.filter((text) => text !== undefined) };
}

/** The rows of several tenants as one. */
export function together(name: string, rows: readonly BooksRow[]): BooksRow {
  const sum = (of: (row: BooksRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    name,
    published: sum((row) => row.published),
    derived: sum((row) => row.derived),
    seen: sum((row) => row.seen),
    duplicates: sum((row) => row.duplicates),
    requests: sum((row) => row.requests),
    delivered: sum((row) => row.delivered),
    failed: sum((row) => row.failed),
    waiting: sum((row) => row.waiting),
    faults: rows.flatMap((row) => row.faults.map((text) => `${row.name}: ${text}`)),
  };
}

function strange(deliveries: readonly DeliveryFact[]): string[] {
  return deliveries.filter(({ status }) => !knownStatuses.has(status)).map((d) => `${d.eventId} (${d.status})`);
}

/** How many, and the first three of them. */
export function fault(what: string, items: ReadonlySet<string>): string | undefined {
  if (items.size === 0) return undefined;
  const examples = [...items].slice(0, 3).join(", ");
  return `${items.size} ${what}: ${examples}${items.size > 3 ? ", …" : ""}`;
}
