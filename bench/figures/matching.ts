import { monotonicMs } from "../clock.ts";
import { endGateway } from "../profile.ts";
import { query } from "../rig/database.ts";
import type { Gateway } from "../rig/gateway.ts";
import { idOf } from "../rig/operator.ts";
import { percentile } from "../statistics.ts";
import { type Finding, type Measuring } from "./finding.ts";

const askedRatio = 2;
const perEndpoint = 10;

/**
 * The statement's part that finds an event's endpoints, asked for a tenant with 10 subscriptions and one with 1,000 (exact names and
 * prefixes of many lengths); in both of them five match.
 */
export async function measureMatching(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("matching");
  const work = { events: 0, fromMs: monotonicMs(), toMs: 0 };
  try {
    for (const count of [10, 1_000]) await subscribe(gateway, `with_${count}`, count, rig.receiverOrigin);
    await query(gateway.databaseUrl, "analyze posthorn.subscription_patterns, posthorn.endpoints");
    const micros: { few: number[]; many: number[] } = { few: [], many: [] };
    for (let round = 0; round < amounts.rounds; round++) {
      micros.few.push(await match(gateway, "with_10", amounts.matchings));
      micros.many.push(await match(gateway, "with_1000", amounts.matchings));
    }
    work.toMs = monotonicMs();
    const finding = toFinding(micros);
    say(`matching: ${finding.measured}`);
    return finding;
  } finally {
    await endGateway(measuring, gateway, "matching", work);
  }
}

/** Five match `order.created`; the others are of other types, every second one a prefix. */
async function subscribe(gateway: Gateway, tenant: string, count: number, origin: string): Promise<void> {
  await gateway.call("PUT", `/v1/tenants/${tenant}`, {});
  const patterns = ["order.created", "order.*", "*", "order.c*", "order.created"];
  for (let n = patterns.length; n < count; n++) {
    const name = `other${n}.${"x".repeat(n % 20)}changed`;
    patterns.push(n % 2 === 0 ? name : `${name}.*`);
  }
  // The five that match stand at five endpoints, as far apart as they can.
  const endpoints: string[] = [];
  for (let n = 0; n < Math.max(5, count / perEndpoint); n++) {
    endpoints.push(
      idOf(await gateway.call("POST", `/v1/tenants/${tenant}/endpoints`, { url: `${origin}/${tenant}-${n}` })),
    );
  }
  for (const [n, pattern] of patterns.entries()) {
    const path = `/v1/tenants/${tenant}/endpoints/${endpoints[n % endpoints.length]}/subscriptions`;
    await gateway.call("POST", path, { eventTypes: [pattern] });
  }
}

/** Microseconds for one event, many in one statement: the way to the server is left out. */
async function match(gateway: Gateway, tenant: string, times: number): Promise<number> {
  const [row] = await query(
    planned(gateway.databaseUrl),
    `explain (analyze, timing off, format json)
     select t.endpoint_id from posthorn.tenants n cross join generate_series(1, ${times}) i
     cross join lateral posthorn.targets(n.id, n.prefix_lengths, 'default', 'order.created', i < 0, 100) t where n.id = '${tenant}'`,
  );
  const [plan] = planOf(row);
  const [rows, ms] = [plan?.Plan["Actual Rows"] ?? 0, plan?.["Execution Time"] ?? Number.NaN];
  if (rows !== 5 * times) throw new Error(`${rows} endpoints matched, not ${5 * times}`);
  return (ms * 1000) / times;
}

/** With the plan settings of the function that asks. */
function planned(url: string): string {
  const settings = ["enable_hashjoin=off", "enable_mergejoin=off", "enable_seqscan=off", "jit=off"];
  const changed = new URL(url);
  changed.searchParams.set("options", settings.map((setting) => `-c ${setting}`).join(" "));
  return changed.href;
}

interface Explained {
  readonly Plan: { readonly "Actual Rows": number };
  readonly "Execution Time": number;
}

function planOf(row: Record<string, unknown> | undefined): readonly Explained[] {
  const plan = row?.["QUERY PLAN"];
  return Array.isArray(plan) ? plan : [];
}

function toFinding(micros: { few: number[]; many: number[] }): Finding {
  const [few, many] = [percentile(micros.few, 0.5), percentile(micros.many, 0.5)];
  const ratio = many / few;
  return {
    figure: "matching of a tenant with 1,000 subscriptions ÷ with 10, time",
    measured: `${ratio.toFixed(2)} (${many.toFixed(1)} µs ÷ ${few.toFixed(1)} µs)`,
    asked: `≤ ${askedRatio}`,
    met: ratio <= askedRatio,
    numbers: { ratio, micros },
  };
}
