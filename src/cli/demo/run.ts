import { setTimeout as delay } from "node:timers/promises";
import type { CatalogGateway } from "../catalog/gateway.ts";
import type { Client } from "../client.ts";
import { type Paint, thousands } from "../terminal.ts";
import { type BooksRow, type TenantFacts, balance, together } from "./books.ts";
import { type CatalogRow, catalogRow } from "./catalogRow.ts";
import { installCatalogs } from "./catalogs.ts";
import { type Progress, createProgress } from "./progress.ts";
import { type Planned, planCatalog, planMass, publish } from "./publish.ts";
import { type CatalogTenant, type DemoTenant, createCatalogTenant, createTenant, readFacts } from "./tenants.ts";

export interface DemoPlan {
  /** Part of every id of this run. */
  run: string;
  /** Events beside those of the catalogs. */
  events: number;
  /** How long after publishing the books are drawn up, settled or not. */
  patienceMs: number;
}

export interface DemoResult {
  readonly catalogs: readonly CatalogRow[];
  readonly books: readonly BooksRow[];
}

/** The gateway's API, and the part of it for catalogs. */
export interface DemoClients {
  readonly client: Client;
  readonly catalogGateway: CatalogGateway;
}

interface Tenants {
  readonly catalogs: CatalogTenant[];
  readonly others: DemoTenant[];
}

const troubled = ["flaky", "dead"] as const;
const stories: Record<(typeof troubled)[number], string> = {
  flaky: "fails a fifth of first tries: 500, no answer, or a reset connection",
  dead: "nothing listens there: its lane closes, and what is for it waits",
};
const drawEveryMs = 100;
const askEveryMs = 700;

/** Runs the demo against a gateway and returns its books. Everything it opens is closed again. */
export async function runDemo(
  { client, catalogGateway }: DemoClients,
  demo: DemoPlan,
  paint: Paint,
  stopping: AbortSignal,
): Promise<DemoResult> {
  const tenants: Tenants = { catalogs: [], others: [] };
  try {
    const catalogs = await installCatalogs(catalogGateway);
    console.log(`  Catalogs ${catalogs.map(({ catalog }) => catalog).join(", ")}`);
    for (const catalog of catalogs) {
      tenants.catalogs.push(await createCatalogTenant(client, `${demo.run}_${catalog.catalog}`, catalog));
    }
    for (const temper of troubled) tenants.others.push(await createTenant(client, `${demo.run}_${temper}`, temper));
    const single = tenants.catalogs.flatMap((tenant) => planCatalog(demo.run, tenant));
    const mass = planMass(demo.run, tenants.others, catalogs, demo.events);
    introduce(tenants, { single, mass }, demo.run, paint);
    const publishing = publish(client, { single, mass }, stopping);
    await Promise.all([publishing, settle(client, tenants, publishing, demo, paint, stopping)]);
    return await drawUp(client, tenants);
  } finally {
    for (const { receiver } of [...tenants.catalogs, ...tenants.others]) receiver.close();
  }
}

function introduce(
  { catalogs, others }: Tenants,
  { single, mass }: { single: readonly Planned[]; mass: readonly Planned[] },
  run: string,
  paint: Paint,
): void {
  const idWidth = Math.max(...others.map(({ id }) => id.length));
  console.log(
    [
      `  Tenants  ${run}_… ${paint.dim(`one for each of the ${catalogs.length} catalogs: takes its own documents, and checks them`)}`,
      ...troubled.map((temper) => `           ${`${run}_${temper}`.padEnd(idWidth)}  ${paint.dim(stories[temper])}`),
      `  Events   ${thousands(single.length)} documents, every event type in each version; and ${thousands(mass.length)} more for the last two`,
      "",
    ].join("\n"),
  );
}

/** Shows progress until every delivery is delivered, given up or put aside, or patience ends. */
async function settle(
  client: Client,
  { catalogs, others }: Tenants,
  publishing: Promise<void>,
  { patienceMs }: DemoPlan,
  paint: Paint,
  stopping: AbortSignal,
): Promise<void> {
  const show = createProgress(process.stdout, paint, () => performance.now());
  const failed = new Map<DemoTenant, number>();
  const look = () => [
    progressOf("catalogs", catalogs, failed),
    ...others.map((tenant) => progressOf(tenant.name, [tenant], failed)),
  ];
  const drawing = setInterval(() => show(look()), drawEveryMs);
  try {
    await publishing;
    const deadline = performance.now() + patienceMs;
    let open: DemoTenant[] = [...catalogs, ...others];
    while (open.length > 0 && performance.now() < deadline && !stopping.aborted) {
      for (const tenant of open) {
        const facts = await readFacts(client, tenant);
        const row = balance(facts);
        failed.set(tenant, row.failed);
        if (isSettled(row, tenant) || isPutAside(facts, tenant)) open = open.filter((other) => other !== tenant);
      }
      if (open.length > 0) await delay(askEveryMs);
    }
  } finally {
    clearInterval(drawing);
    show(look(), true);
  }
}

function isSettled({ published, derived, delivered, failed }: BooksRow, tenant: DemoTenant): boolean {
  return published + derived === delivered + failed && derived >= tenant.notifications.length;
}

/** Its lane is closed: one delivery after another probes the receiver, at growing distances, and the others wait. */
function isPutAside({ deliveries }: TenantFacts, { temper, published }: DemoTenant): boolean {
  if (temper !== "dead" || deliveries.length < published.size) return false;
  return deliveries.every(({ status }) => status === "held" || status === "failed");
}

async function drawUp(client: Client, { catalogs, others }: Tenants): Promise<DemoResult> {
  const rows: CatalogRow[] = [];
  const ofCatalogs: BooksRow[] = [];
  for (const tenant of catalogs) {
    const books = balance(await readFacts(client, tenant));
    ofCatalogs.push(books);
    rows.push(catalogRow(tenant, books));
  }
  const ofOthers = await Promise.all(others.map(async (tenant) => balance(await readFacts(client, tenant))));
  return { catalogs: rows, books: [together("catalogs", ofCatalogs), ...ofOthers] };
}

function progressOf(name: string, tenants: readonly DemoTenant[], failed: ReadonlyMap<DemoTenant, number>): Progress {
  const sum = (of: (tenant: DemoTenant) => number): number => tenants.reduce((total, tenant) => total + of(tenant), 0);
  return {
    name,
    published: sum(({ published, derived }) => published.size + derived.size),
    delivered: sum(({ receiver }) => receiver.tally.accepted.size),
    failed: sum((tenant) => failed.get(tenant) ?? 0),
    troubled: sum(({ receiver }) => receiver.tally.troubled),
  };
}
