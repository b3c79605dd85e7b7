import { monotonicMs } from "../clock.ts";
import { endGateway } from "../profile.ts";
import { mean } from "../statistics.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";
import { type Held, isLevel, offer, type Offering } from "./sustained.ts";

const kinds = {
  together: { figure: "publish and deliver together", endpointsEach: 1, asked: 0.15 },
  fanOut: { figure: "publish and deliver to 10 endpoints each, deliveries", endpointsEach: 10, asked: 0.3 },
} as const;
const growthAllowed = { probe: 0.02, sustained: 0.01 };
const maxProbes = 8;
const maxTries = 4;

/** The highest rate of single publishes that is delivered as fast as it is published; against the bare loop. */
export async function measureTogether(measuring: Measuring, kind: keyof typeof kinds): Promise<Finding> {
  const { rig, amounts, say, sustained } = measuring;
  const { endpointsEach, asked } = kinds[kind];
  const bareRates = [await rig.bareRate(amounts.drainEvents)];
  const gateway = await rig.startGateway(kind, { endpointsEach });
  const work = { events: 0, fromMs: monotonicMs(), toMs: 0 };
  try {
    const deliverers = [await rig.startDelivering(gateway)];
    const offering = { ...measuring, gateway, deliverers, perRequest: 1 };
    const run = async (ratePerSecond: number, durationMs: number): Promise<Held> => {
      work.events += (ratePerSecond * durationMs) / 1000;
      const held = await offer(offering, ratePerSecond, durationMs);
      const { growthPerSecond, lastBacklog, failed } = held;
      const seconds = Math.round(durationMs / 1000);
      say(
        `${whole(ratePerSecond)}/s for ${seconds} s: backlog ${growthPerSecond.toFixed(1)}/s, ${lastBacklog} left, ${failed} refused`,
      );
      return held;
    };
    const firstRate = (mean(bareRates) * asked) / endpointsEach;
    // Cold processes fall behind at rates that they carry easily a few seconds later.
    await run(firstRate, amounts.warmUpMs);
    const held = await findSustained(run, firstRate, offering);
    work.toMs = monotonicMs();
    if (kind === "together") sustained.perSecond = held.arrivedPerSecond;
    bareRates.push(await rig.bareRate(amounts.drainEvents));
    return toFinding(kind, held, isLevel(held, gateway, growthAllowed.sustained), bareRates, amounts.sustainedMs);
  } finally {
    await endGateway(measuring, gateway, kind, work);
  }
}

type Run = (ratePerSecond: number, durationMs: number) => Promise<Held>;

// Short probes up (or down) from what is asked, one between the best of them and the first that was too much, then the whole time a little below.
async function findSustained(run: Run, firstRate: number, { amounts, gateway }: Offering): Promise<Held> {
  let best = 0;
  let rate = firstRate;
  for (let n = 0; n < maxProbes; n++) {
    const holds = isLevel(await run(rate, amounts.probeMs), gateway, growthAllowed.probe);
    if (holds) best = rate;
    if (!holds && best > 0) break;
    rate *= holds ? 1.25 : 0.75;
  }
  const between = best * 1.12;
  if (best > 0 && isLevel(await run(between, amounts.probeMs), gateway, growthAllowed.probe)) best = between;
  let last = await run((best || rate) * 0.95, amounts.sustainedMs);
  for (let n = 1; n < maxTries && !isLevel(last, gateway, growthAllowed.sustained); n++) {
    last = await run(last.ratePerSecond * 0.88, amounts.sustainedMs);
  }
  return last;
}

function toFinding(
  kind: keyof typeof kinds,
  held: Held,
  level: boolean,
  bareRates: readonly number[],
  sustainedMs: number,
): Finding {
  const { figure, asked, endpointsEach } = kinds[kind];
  const ratio = held.arrivedPerSecond / mean(bareRates);
  const backlog = `backlog ${held.growthPerSecond >= 0 ? "+" : ""}${held.growthPerSecond.toFixed(1)}/s`;
  return {
    figure: `${figure}, ${sustainedMs / 1000} s ÷ bare loop`,
    measured: `${ratio.toFixed(2)} (${whole(held.arrivedPerSecond)}/s ÷ ${whole(mean(bareRates))}/s, ${backlog})`,
    asked: `≥ ${asked.toFixed(2)}`,
    met: level && ratio >= asked,
    numbers: { ratio, endpointsEach, ...held, level, barePerSecond: bareRates },
  };
}
