import { setTimeout as delay } from "node:timers/promises";
import { type Paint, thousands } from "../terminal.ts";
import { type BooksRow, balance } from "./books.ts";
import type { Client } from "../client.ts";
import { readExamples } from "./examples.ts";
import { type Progress, createProgress } from "./progress.ts";
import { plan, publish } from "./publish.ts";
import type { Temper } from "./receivers.ts";
import { type DemoTenant, createTenant, readFacts, registerEventTypes } from "./tenants.ts";

export interface DemoPlan {
  /** Part of every id of this run. */
  run: string;
  /** Events beside the examples. */
  events: number;
  /** How long after publishing the books are drawn up, settled or not. */
  patienceMs: number;
}

const tempers: readonly Temper[] = ["healthy", "flaky", "dead"];
const drawEveryMs = 100;
const askEveryMs = 700;

const stories: Record<Temper, string> = {
  healthy: "answers 204 at once",
  flaky: "fails a fifth of first tries: 500, no answer, or a reset connection",
  dead: "nothing listens there",
};

/** Runs the demo against a gateway and returns its books. Everything it opens is closed again. */
export async function runDemo(
  client: Client,
  demo: DemoPlan,
  paint: Paint,
  stopping: AbortSignal,
): Promise<BooksRow[]> {
  const documents = readExamples();
  const examples = documents.flatMap((document) => document.examples);
  const tenants: DemoTenant[] = [];
  try {
    await registerEventTypes(client, examples);
    for (const temper of tempers) tenants.push(await createTenant(client, `${demo.run}_${temper}`, temper));
    for (const { id, temper } of tenants) console.log(`  Tenant   ${id.padEnd(20)} ${paint.dim(stories[temper])}`);
    const planned = plan(demo.run, tenants, examples, demo.events);
    console.log(
      `  Events   ${examples.length} examples of ${documents.length} documents for each tenant, and ${thousands(demo.events)} more\n`,
    );
    const publishing = publish(client, planned, stopping);
    const settled = settle(client, tenants, publishing, demo, paint, stopping);
    await Promise.all([publishing, settled]);
    const facts = await Promise.all(tenants.map((tenant) => readFacts(client, tenant)));
    return facts.map(balance);
  } finally {
    for (const { receiver } of tenants) receiver.close();
  }
}

/** Shows progress until every delivery is delivered or given up, or patience ends. */
async function settle(
  client: Client,
  tenants: readonly DemoTenant[],
  publishing: Promise<void>,
  { patienceMs }: DemoPlan,
  paint: Paint,
  stopping: AbortSignal,
): Promise<void> {
  const show = createProgress(process.stdout, paint, () => performance.now());
  const failed = new Map<DemoTenant, number>();
  const look = () => tenants.map((tenant) => progressOf(tenant, failed.get(tenant) ?? 0));
  const drawing = setInterval(() => show(look()), drawEveryMs);
  try {
    await publishing;
    const deadline = performance.now() + patienceMs;
    let open = [...tenants];
    while (open.length > 0 && performance.now() < deadline && !stopping.aborted) {
      for (const tenant of open) {
        const row = balance(await readFacts(client, tenant));
        failed.set(tenant, row.failed);
        if (row.published === row.delivered + row.failed) open = open.filter((other) => other !== tenant);
      }
      if (open.length > 0) await delay(askEveryMs);
    }
  } finally {
    clearInterval(drawing);
    show(look(), true);
  }
}

function progressOf({ temper, published, receiver }: DemoTenant, failed: number): Progress {
  const { accepted, troubled } = receiver.tally;
  return { name: temper, published: published.size, delivered: accepted.size, failed, troubled };
}
