import { z } from "zod";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { ApiError, type Client } from "../client.ts";
import type { DeliveryFact, TenantFacts } from "./books.ts";
import { type Inspector, createInspector } from "./inspect.ts";
import { DemoRefused } from "./options.ts";
import { type DemoReceiver, type Temper, openReceiver } from "./receivers.ts";

/** A tenant of the demo with its receiver. */
export interface DemoTenant {
  id: string;
  name: string;
  temper: Temper;
  receiver: DemoReceiver;
  /** Ids of the acknowledged events. */
  published: Set<string>;
  /** Ids of the events that followed from them. */
  derived: Set<string>;
  /** What must follow from what is published for it, in the words of `describeDerived`. */
  notifications: readonly string[];
}

/** A tenant whose receiver takes one catalog's documents, and checks them. */
export interface CatalogTenant extends DemoTenant {
  catalog: CatalogDocument;
  inspector: Inspector;
}

const endpointCreated = z.object({ id: z.string(), secret: z.string() });
const page = z.object({
  data: z.array(z.object({ eventId: z.string(), status: z.string() })),
  nextCursor: z.string().nullable(),
});
const origin = z.object({ metadata: z.looseObject({ derivedFrom: z.string().optional() }).nullable() });

// Short, so that the demo ends; the default schedule goes on for three days.
const schedules: Record<Temper, number[]> = { healthy: [1, 2, 3], flaky: [1, 2, 3], dead: [1, 2] };
// The flaky receiver leaves requests without an answer; to the others, a busy machine must not look like that.
const timeouts: Record<Temper, number> = { healthy: 10_000, flaky: 1500, dead: 10_000 };
/** Of the events that nobody published, how many are asked where they come from. */
const mostStrangers = 50;

/** A fresh tenant with an endpoint that asks for everything, in the format `standard`. */
export async function createTenant(client: Client, id: string, temper: Temper): Promise<DemoTenant> {
  const receiver = await openReceiver(temper);
  await connect(client, { id, temper, receiver, endpoint: { eventTypes: ["*"] } });
  return { ...begin(id, temper, receiver), name: temper };
}

/** A fresh tenant with an endpoint that asks for one catalog's events, in the catalog's own form. */
export async function createCatalogTenant(
  client: Client,
  id: string,
  catalog: CatalogDocument,
): Promise<CatalogTenant> {
  const inspector = createInspector(catalog);
  const receiver = await openReceiver("healthy", { inspect: inspector.inspect });
  const path = await connect(client, { id, temper: "healthy", receiver, endpoint: { payloadFormat: "native" } });
  await client.postOnce(`${path}/subscriptions`, { catalog: catalog.catalog, eventTypes: ["*"] });
  return { ...begin(id, "healthy", receiver), name: catalog.catalog, catalog, inspector };
}

function begin(id: string, temper: Temper, receiver: DemoReceiver): Omit<DemoTenant, "name"> {
  return { id, temper, receiver, published: new Set(), derived: new Set(), notifications: [] };
}

interface Connection {
  id: string;
  temper: Temper;
  receiver: DemoReceiver;
  endpoint: object;
}

/** Gives the tenant an endpoint that leads to the receiver, and returns the endpoint's path. */
async function connect(client: Client, { id, temper, receiver, endpoint }: Connection): Promise<string> {
  try {
    await client.put(`/v1/tenants/${id}`, { name: `Demo: ${temper}` });
    const created = await client.postOnce(`/v1/tenants/${id}/endpoints`, {
      url: receiver.url,
      description: `The demo's ${temper} receiver`,
      retrySchedule: schedules[temper],
      timeoutMs: timeouts[temper],
      ...endpoint,
    });
    const { id: endpointId, secret } = endpointCreated.parse(created);
    receiver.trust(secret);
    return `/v1/tenants/${id}/endpoints/${endpointId}`;
  } catch (error) {
    receiver.close();
    throw explained(error);
  }
}

/** What the gateway says about a tenant's deliveries, all pages of it. */
export async function readDeliveries(client: Client, tenantId: string): Promise<DeliveryFact[]> {
  const deliveries: DeliveryFact[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { data, nextCursor } = page.parse(await client.get(`/v1/tenants/${tenantId}/deliveries?limit=100${after}`));
    deliveries.push(...data);
    cursor = nextCursor;
  } while (cursor !== null);
  return deliveries;
}

export async function readFacts(client: Client, tenant: DemoTenant): Promise<TenantFacts> {
  const { id, name, published, derived, receiver } = tenant;
  const deliveries = await readDeliveries(client, id);
  const known = published.union(derived);
  const strangers = new Set(deliveries.map(({ eventId }) => eventId)).difference(known);
  for (const eventId of [...strangers].slice(0, mostStrangers)) {
    const { metadata } = origin.parse(await client.get(`/v1/tenants/${id}/events/${encodeURIComponent(eventId)}`));
    if (published.has(metadata?.derivedFrom ?? "")) derived.add(eventId);
  }
  return { name, published, derived, tally: receiver.tally, deliveries };
}

/** An error of the gateway in words that say what to do, where the demo knows. */
export function explained(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.status === 401) return new DemoRefused("The gateway refuses the operator key: give its own with --key");
  if (error.code !== "forbiddenUrl") return error;
  return new DemoRefused(
    "This gateway lets no delivery reach 127.0.0.1. Start it with POSTHORN_ALLOW_TARGETS=127.0.0.0/8 for the demo.",
  );
}
