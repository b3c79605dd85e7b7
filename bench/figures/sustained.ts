import { setTimeout as delay } from "node:timers/promises";
import { type Processes, watchCores, watchCpu } from "../cpu.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import type { Gateway } from "../rig/gateway.ts";
import type { Service } from "../rig/service.ts";
import { slope } from "../statistics.ts";
import type { Measuring } from "./finding.ts";

const connections = 64;
const sampleMs = 250;

/** What one rate of publishing did to the backlog: deliveries of what was offered that have not arrived yet. */
export interface Held {
  /** Events. */
  readonly ratePerSecond: number;
  /** Deliveries, as the two below. */
  readonly arrivedPerSecond: number;
  readonly growthPerSecond: number;
  readonly lastBacklog: number;
  readonly failed: number;
  /** µs for each delivery. */
  readonly cpuMicrosPerDelivery: Readonly<Record<string, number>>;
  /** While it was offered. */
  readonly coresBusy: Readonly<Record<string, number>>;
}

export interface Offering extends Measuring {
  readonly gateway: Gateway;
  readonly deliverers: readonly Service[];
  /** Events in each request. */
  readonly perRequest: number;
}

/** Offers events at a rate that depends on nothing, and looks at what waits four times a second. Returns when everything has arrived. */
export async function offer(offering: Offering, ratePerSecond: number, durationMs: number): Promise<Held> {
  const { rig, gateway, deliverers, perRequest } = offering;
  await rig.receiver.call(receiverMessages.reset, null);
  const [first] = deliverers;
  if (first === undefined) throw new Error("nobody delivers");
  const loop = { ...gateway.target, connections, perRequest, ratePerSecond, durationMs, keepTimes: false };
  const watched = processesOf(offering);
  const cpu = watchCpu(watched);
  const cores = watchCores(watched);
  const state = { ended: false };
  const publishing = rig.load.call(loadMessages.open, loop).finally(() => (state.ended = true));
  // A failure is awaited below; until then it must not count as unhandled.
  publishing.catch(() => {});
  const startMs = performance.now();
  const samples: [atMs: number, backlog: number, arrived: number][] = [];
  while (!state.ended && performance.now() - startMs < durationMs) {
    await delay(sampleMs);
    for (const service of [...deliverers, gateway.api]) service.assertAlive();
    const [{ offered }, { distinct }] = await Promise.all([
      rig.load.call(loadMessages.progress, null),
      rig.receiver.call(receiverMessages.seen, null),
    ]);
    samples.push([performance.now() - startMs, offered * gateway.endpointsEach - distinct, distinct]);
  }
  const coresBusy = cores();
  const { failed } = await publishing;
  const { offered } = await rig.load.call(loadMessages.progress, null);
  // The next run begins with nothing waiting.
  const { distinct } = await rig.untilArrived((offered - failed) * gateway.endpointsEach, first);
  const cpuMicrosPerDelivery = cpu(distinct);
  // The first quarter, in which queues fill to their working level, is left out.
  const steady = samples.filter(([atMs]) => atMs >= durationMs / 4 && atMs <= durationMs);
  return {
    ratePerSecond,
    arrivedPerSecond: slope(steady.map(([atMs, , arrived]) => [atMs / 1000, arrived])),
    growthPerSecond: slope(steady.map(([atMs, backlog]) => [atMs / 1000, backlog])),
    lastBacklog: steady.at(-1)?.[1] ?? 0,
    failed,
    cpuMicrosPerDelivery,
    coresBusy,
  };
}

/** Nothing was refused, and what waits grew by at most this share of what was offered: a line through noisy samples is never quite level. */
export function isLevel(held: Held, { endpointsEach }: Gateway, allowed: number): boolean {
  const offered = held.ratePerSecond * endpointsEach;
  return held.failed === 0 && held.growthPerSecond <= offered * allowed && held.lastBacklog <= offered;
}

function processesOf({ rig, gateway, deliverers }: Offering): Processes {
  const named = deliverers.map(({ pid }, n) => [n === 0 ? "deliverer" : `deliverer${n + 1}`, pid] as const);
  return { ...rig.processes, api: gateway.api.pid, ...Object.fromEntries(named) };
}
