import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { watchCpu } from "../cpu.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import { mean, slope } from "../statistics.ts";
import { endGateway } from "../profile.ts";
import type { Gateway } from "../rig/gateway.ts";
import type { Service } from "../rig/service.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const askedRatio = 0.1;
const connections = 64;
const sampleMs = 250;
/** The backlog may grow by this share of what is offered: a line through noisy samples is never quite level. */
const growthAllowed = { probe: 0.02, sustained: 0.01 };
const maxProbes = 8;
const maxTries = 4;

/** What one rate did to the backlog: events offered and not yet arrived. */
interface Held {
  readonly ratePerSecond: number;
  readonly arrivedPerSecond: number;
  readonly growthPerSecond: number;
  readonly lastBacklog: number;
  readonly failed: number;
  readonly cpuMicrosPerEvent: Readonly<Record<string, number>>;
}

/** The highest rate of single publishes that is delivered as fast as it is published; against the bare loop. */
export async function measureTogether(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const bareRates = [await rig.bareRate(amounts.drainEvents)];
  const gateway = await rig.startGateway("together");
  const work = { events: 0, fromMs: monotonicMs(), toMs: 0 };
  try {
    const deliverer = await rig.startDelivering(gateway);
    const run = async (ratePerSecond: number, durationMs: number): Promise<Held> => {
      work.events += (ratePerSecond * durationMs) / 1000;
      const held = await offer({ ...measuring, gateway, deliverer }, ratePerSecond, durationMs);
      const seconds = Math.round(durationMs / 1000);
      say(
        `${whole(ratePerSecond)}/s for ${seconds} s: backlog ${held.growthPerSecond.toFixed(1)}/s, ${held.lastBacklog} left`,
      );
      return held;
    };
    // Cold processes fall behind at rates that they carry easily a few seconds later.
    await run(mean(bareRates) * askedRatio, amounts.warmUpMs);
    const held = await findSustained(run, mean(bareRates) * askedRatio, amounts);
    work.toMs = monotonicMs();
    bareRates.push(await rig.bareRate(amounts.drainEvents));
    return toFinding(held, bareRates, amounts.sustainedMs);
  } finally {
    await endGateway(measuring, gateway, "together", work);
  }
}

type Run = (ratePerSecond: number, durationMs: number) => Promise<Held>;

// Short probes up (or down) from what is asked, then the whole time a little below the best of them.
async function findSustained(run: Run, firstRate: number, amounts: Measuring["amounts"]): Promise<Held> {
  let best = 0;
  let rate = firstRate;
  for (let n = 0; n < maxProbes; n++) {
    const holds = isLevel(await run(rate, amounts.probeMs), growthAllowed.probe);
    if (holds) best = rate;
    if (!holds && best > 0) break;
    rate *= holds ? 1.25 : 0.75;
  }
  let last = await run((best || rate) * 0.95, amounts.sustainedMs);
  for (let n = 1; n < maxTries && !isLevel(last, growthAllowed.sustained); n++) {
    last = await run(last.ratePerSecond * 0.88, amounts.sustainedMs);
  }
  return last;
}

function isLevel({ growthPerSecond, ratePerSecond, lastBacklog, failed }: Held, allowed: number): boolean {
  return failed === 0 && growthPerSecond <= ratePerSecond * allowed && lastBacklog <= ratePerSecond;
}

interface Offering extends Measuring {
  readonly gateway: Gateway;
  readonly deliverer: Service;
}

async function offer({ rig, gateway, deliverer }: Offering, ratePerSecond: number, durationMs: number): Promise<Held> {
  await rig.receiver.call(receiverMessages.reset, null);
  const loop = { ...gateway.target, connections, ratePerSecond, durationMs, keepTimes: false };
  const cpu = watchCpu({ ...rig.processes, api: gateway.api.pid, deliverer: deliverer.pid });
  const state = { ended: false };
  const publishing = rig.load.call(loadMessages.open, loop).finally(() => (state.ended = true));
  // A failure is awaited below; until then it must not count as unhandled.
  publishing.catch(() => {});
  const startMs = performance.now();
  const samples: [atMs: number, backlog: number, arrived: number][] = [];
  while (!state.ended && performance.now() - startMs < durationMs) {
    await delay(sampleMs);
    deliverer.assertAlive();
    gateway.api.assertAlive();
    const [progress, seen] = await Promise.all([
      rig.load.call(loadMessages.progress, null),
      rig.receiver.call(receiverMessages.seen, null),
    ]);
    samples.push([performance.now() - startMs, progress.offered - seen.distinct, seen.distinct]);
  }
  const { failed } = await publishing;
  // The next run begins with nothing waiting.
  await rig.untilArrived(Math.round((ratePerSecond * durationMs) / 1000) - failed, deliverer);
  const cpuMicrosPerEvent = cpu((ratePerSecond * durationMs) / 1000);
  // The first quarter, in which queues fill to their working level, is left out.
  const steady = samples.filter(([atMs]) => atMs >= durationMs / 4 && atMs <= durationMs);
  return {
    ratePerSecond,
    arrivedPerSecond: slope(steady.map(([atMs, , arrived]) => [atMs / 1000, arrived])),
    growthPerSecond: slope(steady.map(([atMs, backlog]) => [atMs / 1000, backlog])),
    lastBacklog: steady.at(-1)?.[1] ?? 0,
    failed,
    cpuMicrosPerEvent,
  };
}

function toFinding(held: Held, bareRates: readonly number[], sustainedMs: number): Finding {
  const ratio = held.arrivedPerSecond / mean(bareRates);
  const level = isLevel(held, growthAllowed.sustained);
  const backlog = `backlog ${held.growthPerSecond >= 0 ? "+" : ""}${held.growthPerSecond.toFixed(1)}/s`;
  return {
    figure: `publish and deliver together, ${sustainedMs / 1000} s ÷ bare loop`,
    measured: `${ratio.toFixed(2)} (${whole(held.arrivedPerSecond)}/s ÷ ${whole(mean(bareRates))}/s, ${backlog})`,
    asked: `≥ ${askedRatio.toFixed(2)}`,
    met: level && ratio >= askedRatio,
    numbers: { ratio, ...held, level, barePerSecond: bareRates, connections },
  };
}
