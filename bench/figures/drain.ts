import { mean } from "../statistics.ts";
import { sampleBody } from "../payload.ts";
import { drainOnce } from "./backlog.ts";
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
  const drained = await drainOnce(measuring, { name: "drain", events: amounts.drainEvents });
  await bare();
  const { seen, perSecond, peakBytes, cpuMicrosPerEvent } = drained;
  const ratio = perSecond / mean(bareRates);
  const finding: Finding = {
    figure: `drain of ${whole(amounts.drainEvents)}, one deliverer ÷ bare loop`,
    measured: `${ratio.toFixed(2)} (${whole(perSecond)}/s ÷ ${whole(mean(bareRates))}/s)`,
    asked: `≥ ${askedRatio}`,
    met: ratio >= askedRatio,
    numbers: {
      ratio,
      perSecond,
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
  return [...(wanted.has("drain") ? [finding] : []), ...(wanted.has("memory") ? [memory] : [])];
}
