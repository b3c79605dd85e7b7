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
  const { seen, peakBytes } = await drainOnce(measuring);
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

async function drainOnce(measuring: Measuring): Promise<{ seen: Seen; peakBytes: number }> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("drain");
  try {
    const batches = { ...gateway.target, connections: 4, perRequest: 100 };
    const filled = await rig.load.call(loadMessages.fill, { ...batches, count: amounts.drainEvents });
    if (filled.failed > 0) throw new Error(`${filled.failed} events were not accepted: ${filled.firstFailure}`);
    await rig.receiver.call(receiverMessages.reset, null);
    const deliverer = gateway.startDeliverer();
    const memory = watchMemory(deliverer.pid);
    const seen = await rig.untilArrived(amounts.drainEvents, deliverer);
    const peakBytes = memory.peakBytes();
    say(`drained: ${whole(arrivalRate(seen))}/s`);
    return { seen, peakBytes };
  } finally {
    await endGateway(measuring, gateway, "drain", amounts.drainEvents);
  }
}
