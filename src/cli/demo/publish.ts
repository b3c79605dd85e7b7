import { z } from "zod";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import type { Client } from "../client.ts";
import { membersAdded } from "./derived.ts";
import { type Sample, peculiar, samplesOf, writeDocument } from "./documents.ts";
import type { CatalogTenant, DemoTenant } from "./tenants.ts";

/** A document on its way: to whom, under which id, and its text. */
export interface Planned {
  tenant: DemoTenant;
  catalog: string;
  id: string;
  text: string;
}

const acknowledgement = z.object({ id: z.string() });
const listAnswer = z.object({
  data: z.array(z.union([acknowledgement, z.object({ problem: z.looseObject({ detail: z.string() }) })])),
});

const batchSize = 100;
const connections = 4;
/** Of five further events, how many go to which tenant. */
const shares = [4, 1];

/** Every version of every type of a tenant's catalog, and what has others follow; its receiver is told what to expect. */
export function planCatalog(run: string, tenant: CatalogTenant): Planned[] {
  const { catalog, id: tenantId, inspector } = tenant;
  const planned = samplesOf(catalog).map((sample, n) => {
    const id = `${run}_${catalog.catalog}_${n + 1}`;
    return { tenant, catalog: catalog.catalog, id, text: writeDocument(sample, { id, tenantId }) };
  });
  if (catalog.catalog === "organization-notifications") {
    const id = `${run}_${catalog.catalog}_trigger`;
    const { document, notifications } = membersAdded({ id, tenantId });
    tenant.notifications = notifications;
    planned.push({ tenant, catalog: catalog.catalog, id, text: peculiar(document) });
  }
  for (const { id, text } of planned) inspector.expect(id, text);
  return planned;
}

/** Further `events` of all catalogs, dealt out by shares. Types with a throttle are left out: many of them are skipped. */
export function planMass(
  run: string,
  tenants: readonly DemoTenant[],
  catalogs: readonly CatalogDocument[],
  events: number,
): Planned[] {
  const turns = tenants.flatMap((tenant, index) => Array.from({ length: shares[index] ?? 1 }, () => tenant));
  const samples = catalogs.flatMap(samplesOf).filter(({ type }) => type.throttle === undefined);
  const planned: Planned[] = [];
  const add = (tenant: DemoTenant | undefined, sample: Sample | undefined): void => {
    if (tenant === undefined || sample === undefined) return;
    const id = `${run}_${planned.length + 1}`;
    const text = writeDocument(sample, { id, tenantId: tenant.id });
    planned.push({ tenant, catalog: sample.catalog.catalog, id, text });
  };
  for (let n = 0; n < events; n++) add(turns[n % turns.length], samples[n % samples.length]);
  return planned;
}

/**
 * Publishes on four connections: `single` each in a request of its own, `mass` in lists of 100. Notes in `tenant.published` what was
 * acknowledged. Each event has an id of its own, so what lost its answer can be sent again without an event being made twice.
 */
export async function publish(
  client: Client,
  { single, mass }: { single: readonly Planned[]; mass: readonly Planned[] },
  stopping: AbortSignal,
): Promise<void> {
  const requests = [
    ...single.map((one) => () => publishOne(client, one)),
    ...listsOf(mass).map((list) => () => publishList(client, list)),
  ];
  const left = requests.values();
  const sendSome = async (): Promise<void> => {
    for (const send of left) {
      if (stopping.aborted) return;
      await send();
    }
  };
  await Promise.all(Array.from({ length: connections }, sendSome));
}

/** By catalog, because each has an address of its own. */
function listsOf(mass: readonly Planned[]): (readonly Planned[])[] {
  return [...Map.groupBy(mass, ({ catalog }) => catalog).values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / batchSize) }, (_, n) => all.slice(n * batchSize, (n + 1) * batchSize)),
  );
}

async function publishOne(client: Client, one: Planned): Promise<void> {
  acknowledge(one, acknowledgement.parse(await client.postText(`/v1/catalogs/${one.catalog}/events`, one.text)));
}

async function publishList(client: Client, list: readonly Planned[]): Promise<void> {
  const text = `[${list.map((one) => one.text).join(",\n")}]`;
  const answer = listAnswer.parse(await client.postText(`/v1/catalogs/${list[0]?.catalog}/events`, text));
  for (const [index, item] of answer.data.entries()) {
    const one = list[index];
    if ("problem" in item) throw new Error(`The gateway did not accept event ${one?.id}: ${item.problem.detail}`);
    if (one !== undefined) acknowledge(one, item);
  }
}

function acknowledge({ tenant, id }: Planned, answer: { id: string }): void {
  if (answer.id !== id) throw new Error(`The gateway acknowledged ${answer.id} in the place of ${id}`);
  tenant.published.add(id);
}
