import { monotonicMs } from "../clock.ts";
import { watchCpu } from "../cpu.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import { mean } from "../statistics.ts";
import { sampleBody } from "../payload.ts";
import { arrivalRate, type Seen } from "../rig/rig.ts";
import { watchMemory } from "../memory.ts";
import { endGateway } from "../profile.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const askedRatio = 0.35;
const askedBytes = 300e6;

/** A backlog that waits in the database, delivered by one new deliverer; against the bare loop of as many requests. */
export async function measureDrain(measuring: Measuring, wanted: ReadonlySet<string>): Promise<Finding[]> {
  const { rig, amounts, say } = measuring;
  const bareRates: number[] = [];
  const bare = async (): Promise<void> => {
    if (!wanted.has("drain")) return;
    bareRates.push(await rig.bareRate(amounts.drainEvents));
    say(`bare loop: ${whole(bareRates.at(-1) ?? 0)}/s`);
  };
  await bare();
  const { seen, peakBytes, cpuMicrosPerEvent } = await drainOnce(measuring);
  await bare();
  const rate = arrivalRate(seen);
  const ratio = rate / mean(bareRates);
  const drained: Finding = {
    figure: `drain of ${whole(amounts.drainEvents)}, one deliverer ÷ bare loop`,
    measured: `${ratio.toFixed(2)} (${whole(rate)}/s ÷ ${whole(mean(bareRates))}/s)`,
    asked: `≥ ${askedRatio}`,
    met: ratio >= askedRatio,
    numbers: {
      ratio,
      perSecond: rate,
      barePerSecond: bareRates,
      seconds: (seen.lastAtMs - seen.firstAtMs) / 1000,
      deliveries: seen.distinct,
      sentTwice: seen.requests - seen.distinct,
      cpuMicrosPerEvent,
      bodyBytes: seen.bodyBytes / seen.requests,
      bareBodyBytes: Buffer.byteLength(sampleBody("tenant_1")),
    },
  };
  const memory: Finding = {
    figure: "deliverer's resident memory under drain, peak",
    measured: `${whole(peakBytes / 1e6)} MB`,
    asked: `≤ ${askedBytes / 1e6} MB`,
    met: peakBytes <= askedBytes,
    numbers: { peakBytes },
  };
  return [...(wanted.has("drain") ? [drained] : []), ...(wanted.has("memory") ? [memory] : [])];
}

interface Drained {
  readonly seen: Seen;
  readonly peakBytes: number;
  readonly cpuMicrosPerEvent: Readonly<Record<string, number>>;
}

async function drainOnce(measuring: Measuring): Promise<Drained> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("drain");
  const work = { events: 0, fromMs: 0, toMs: 0 };
  try {
    const batches = { ...gateway.target, connections: 4, perRequest: 100 };
    const filled = await rig.load.call(loadMessages.fill, { ...batches, count: amounts.drainEvents });
    if (filled.failed > 0) throw new Error(`${filled.failed} events were not accepted: ${filled.firstFailure}`);
    await rig.receiver.call(receiverMessages.reset, null);
    const deliverer = gateway.startDeliverer();
    const memory = watchMemory(deliverer.pid);
    // Starting up is not part of what a delivery costs.
    const { distinct } = await rig.untilArrived(1, deliverer);
    work.fromMs = monotonicMs();
    const cpu = watchCpu({ ...rig.processes, deliverer: deliverer.pid });
    const seen = await rig.untilArrived(amounts.drainEvents, deliverer);
    work.toMs = monotonicMs();
    work.events = amounts.drainEvents - distinct;
    const cpuMicrosPerEvent = cpu(work.events);
    const peakBytes = memory.peakBytes();
    say(`drained: ${whole(arrivalRate(seen))}/s`);
    return { seen, peakBytes, cpuMicrosPerEvent };
  } finally {
    await endGateway(measuring, gateway, "drain", work);
  }
}
