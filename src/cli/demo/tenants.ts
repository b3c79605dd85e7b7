import { z } from "zod";
import type { DeliveryFact, TenantFacts } from "./books.ts";
import { ApiError, type Client } from "../client.ts";
import type { Example } from "./examples.ts";
import { DemoRefused } from "./options.ts";
import { type DemoReceiver, type Temper, openReceiver } from "./receivers.ts";

/** A tenant of the demo with its receiver. */
export interface DemoTenant {
  id: string;
  temper: Temper;
  receiver: DemoReceiver;
  /** Ids of the acknowledged events. */
  published: Set<string>;
}

const endpointCreated = z.object({ id: z.string(), secret: z.string() });
const page = z.object({
  data: z.array(z.object({ eventId: z.string(), status: z.string() })),
  nextCursor: z.string().nullable(),
});

// Short, so that the demo ends; the default schedule goes on for three days.
const schedules: Record<Temper, number[]> = { healthy: [1, 2, 3], flaky: [1, 2, 3], dead: [1, 2] };
// The flaky receiver leaves requests without an answer; to the others, a busy machine must not look like that.
const timeouts: Record<Temper, number> = { healthy: 10_000, flaky: 1500, dead: 10_000 };

/** Registers the examples' event types in the catalog `default`, leaving those that are there. */
export async function registerEventTypes(client: Client, examples: readonly Example[]): Promise<void> {
  for (const { type, category, description } of examples) {
    const body = {
      name: type,
      ...(category === undefined ? {} : { category }),
      ...(description === undefined ? {} : { description }),
    };
    await client.postOnce("/v1/event-types", body).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.code === "alreadyExists")) throw explained(error);
    });
  }
}

/** Opens a receiver, and gives a fresh tenant an endpoint that leads to it and asks for everything. */
export async function createTenant(client: Client, id: string, temper: Temper): Promise<DemoTenant> {
  const receiver = await openReceiver(temper);
  try {
    await client.put(`/v1/tenants/${id}`, { name: `Demo: ${temper}` });
    const created = await client.postOnce(`/v1/tenants/${id}/endpoints`, {
      url: receiver.url,
      description: `The demo's ${temper} receiver`,
      eventTypes: ["*"],
      retrySchedule: schedules[temper],
      timeoutMs: timeouts[temper],
    });
    receiver.trust(endpointCreated.parse(created).secret);
    return { id, temper, receiver, published: new Set() };
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
  const { id, temper, published, receiver } = tenant;
  return { name: temper, published, tally: receiver.tally, deliveries: await readDeliveries(client, id) };
}

function explained(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.status === 401) return new DemoRefused("The gateway refuses the operator key: give its own with --key");
  if (error.code !== "forbiddenUrl") return error;
  return new DemoRefused(
    "This gateway lets no delivery reach 127.0.0.1. Start it with POSTHORN_ALLOW_TARGETS=127.0.0.0/8 for the demo.",
  );
}
