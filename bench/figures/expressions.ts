import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { watchCpu } from "../cpu.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import { eventType } from "../payload.ts";
import { endGateway } from "../profile.ts";
import type { Gateway } from "../rig/gateway.ts";
import { type Call, idOf } from "../rig/operator.ts";
import type { Service } from "../rig/service.ts";
import { percentile } from "../statistics.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const askedRatio = 1.5;
const subscriptions = 10;
const stalledAfterMs = 30_000;

/**
 * Two tenants with ten endpoints each: with plain subscriptions, and with a filter (that matches) and a transform each, all different. From the
 * first publish to the last request, with the deliverer at work from the beginning: the plain tenant's events are fanned out by the API, the
 * other's by the deliverer, and both are counted.
 */
export async function measureExpressions(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("expressions");
  const work = { events: 0, fromMs: monotonicMs(), toMs: 0 };
  try {
    const deliverer = await rig.startDelivering(gateway);
    await makeTenant(gateway.call, "plain", rig.receiverOrigin, () => ({}));
    await makeTenant(gateway.call, "evaluated", rig.receiverOrigin, expressionsOf);
    const run = (tenant: string): Promise<number> => deliver(measuring, gateway, deliverer, tenant);
    await run("plain");
    await run("evaluated");
    const micros: { plain: number[]; evaluated: number[] } = { plain: [], evaluated: [] };
    const cpu = watchCpu({ ...rig.processes, api: gateway.api.pid, deliverer: deliverer.pid });
    for (let round = 0; round < amounts.rounds; round++) {
      micros.plain.push(await run("plain"));
      micros.evaluated.push(await run("evaluated"));
    }
    work.events = amounts.expressionEvents * 2 * amounts.rounds;
    work.toMs = monotonicMs();
    const finding = toFinding(micros, cpu(work.events * subscriptions));
    say(`expressions: ${finding.measured}`);
    return finding;
  } finally {
    await endGateway(measuring, gateway, "expressions", work);
  }
}

function expressionsOf(n: number): object {
  return {
    filter: `data.total > ${100 + n} and data.currency = "EUR"`,
    transform: `{ "order": data.orderId, "total": data.total, "currency": data.currency, "lines": $count(data.items), "first": data.items[0].title, "channel": ${n}, "at": timestamp, "paid": data.paid }`,
  };
}

async function makeTenant(call: Call, tenant: string, origin: string, more: (n: number) => object): Promise<void> {
  await call("PUT", `/v1/tenants/${tenant}`, {});
  for (let n = 0; n < subscriptions; n++) {
    const endpoint = await call("POST", `/v1/tenants/${tenant}/endpoints`, { url: `${origin}/${tenant}-${n}` });
    const path = `/v1/tenants/${tenant}/endpoints/${idOf(endpoint)}/subscriptions`;
    await call("POST", path, { eventTypes: [eventType], ...more(n) });
  }
}

/** Microseconds for each delivery. */
async function deliver(
  { rig, amounts }: Measuring,
  gateway: Gateway,
  deliverer: Service,
  tenant: string,
): Promise<number> {
  const deliveries = amounts.expressionEvents * subscriptions;
  await rig.receiver.call(receiverMessages.reset, null);
  const load = {
    ...gateway.target,
    tenants: [tenant],
    connections: 4,
    perRequest: 20,
    count: amounts.expressionEvents,
  };
  const fromMs = monotonicMs();
  const { failed, firstFailure } = await rig.load.call(loadMessages.fill, load);
  if (failed > 0) throw new Error(`${failed} events were not accepted: ${firstFailure}`);
  for (let lastMs = monotonicMs(), last = 0; ;) {
    const { requests } = await rig.receiver.call(receiverMessages.seen, null);
    if (requests >= deliveries) return ((monotonicMs() - fromMs) * 1000) / deliveries;
    deliverer.assertAlive();
    if (requests > last) [last, lastMs] = [requests, monotonicMs()];
    else if (monotonicMs() - lastMs > stalledAfterMs) throw new Error(`${requests} of ${deliveries} requests arrived`);
    await delay(20);
  }
}

function toFinding(micros: { plain: number[]; evaluated: number[] }, cpuMicrosPerDelivery: object): Finding {
  const [plain, evaluated] = [percentile(micros.plain, 0.5), percentile(micros.evaluated, 0.5)];
  const ratio = evaluated / plain;
  return {
    figure: `ten subscriptions with filter and transform ÷ ten without, time per delivery`,
    measured: `${ratio.toFixed(2)} (${whole(evaluated)} µs ÷ ${whole(plain)} µs)`,
    asked: `≤ ${askedRatio}`,
    met: ratio <= askedRatio,
    numbers: { ratio, micros, cpuMicrosPerDelivery },
  };
}
