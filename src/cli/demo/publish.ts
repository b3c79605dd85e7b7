import { z } from "zod";
import type { Client } from "../client.ts";
import type { Example } from "./examples.ts";
import type { DemoTenant } from "./tenants.ts";

interface Planned {
  tenant: DemoTenant;
  id: string;
  example: Example;
}

const batchAnswer = z.object({
  data: z.array(z.union([z.object({ id: z.string() }), z.object({ problem: z.looseObject({ detail: z.string() }) })])),
});

const batchSize = 100;
const connections = 4;
/** Of twenty events, how many go to which tenant: half, a third, the rest. */
const shares = [10, 7, 3];

/** What to publish: every example to every tenant, then `events` more, dealt out by shares. */
export function plan(
  run: string,
  tenants: readonly DemoTenant[],
  examples: readonly Example[],
  events: number,
): Planned[] {
  const turns = tenants.flatMap((tenant, index) => Array.from({ length: shares[index] ?? 1 }, () => tenant));
  const planned: Planned[] = [];
  const add = (tenant: DemoTenant | undefined, example: Example | undefined): void => {
    if (tenant !== undefined && example !== undefined) {
      planned.push({ tenant, example, id: `${run}_${planned.length + 1}` });
    }
  };
  for (const tenant of tenants) for (const example of examples) add(tenant, example);
  for (let n = 0; n < events; n++) add(turns[n % turns.length], examples[n % examples.length]);
  return planned;
}

/**
 * Publishes in batches of 100 on four connections, and notes in `tenant.published` what was acknowledged. Each event
 * has an id of its own, so a batch whose answer was lost can be sent again without an event being made twice.
 */
export async function publish(client: Client, planned: readonly Planned[], stopping: AbortSignal): Promise<void> {
  const batches = Array.from({ length: Math.ceil(planned.length / batchSize) }, (_, n) =>
    planned.slice(n * batchSize, (n + 1) * batchSize),
  );
  const left = batches.values();
  const sendSome = async (): Promise<void> => {
    for (const batch of left) {
      if (stopping.aborted) return;
      await publishBatch(client, batch);
    }
  };
  await Promise.all(Array.from({ length: connections }, sendSome));
}

async function publishBatch(client: Client, batch: readonly Planned[]): Promise<void> {
  const events = batch.map(({ tenant, id, example }) => {
    const { type, source, userId, correlationId, data } = example;
    return { id, type, tenantId: tenant.id, source, userId, correlationId, data };
  });
  const answer = batchAnswer.parse(await client.post("/v1/events/batch", { events }));
  for (const [index, item] of answer.data.entries()) {
    const { tenant, id } = batch[index] ?? {};
    if ("problem" in item) throw new Error(`The gateway did not accept event ${id}: ${item.problem.detail}`);
    if (item.id !== id) throw new Error(`The gateway acknowledged ${item.id} in the place of ${id}`);
    tenant?.published.add(item.id);
  }
}
