import { mean } from "../statistics.ts";
import { sampleBody } from "../payload.ts";
import { drainOnce } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const askedRatio = 0.45;

/** A backlog that waits in the database, delivered by one new deliverer; against the bare loop of as many requests. */
export async function measureDrain(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const bareRates: number[] = [];
  const bare = async (): Promise<void> => {
    bareRates.push(await rig.bareRate(amounts.drainEvents));
    say(`bare loop: ${whole(bareRates.at(-1) ?? 0)}/s`);
  };
  await bare();
  const drained = await drainOnce(measuring, { name: "drain", events: amounts.drainEvents });
  await bare();
  const { seen, perSecond, cpuMicrosPerEvent, footprint } = drained;
  const ratio = perSecond / mean(bareRates);
  return {
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
      ...footprint,
      bodyBytes: seen.bodyBytes / seen.requests,
      bareBodyBytes: Buffer.byteLength(sampleBody("tenant_1")),
    },
  };
}
