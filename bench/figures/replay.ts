import { monotonicMs } from "../clock.ts";
import { receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { arrivalRate } from "../rig/rig.ts";
import { mean } from "../statistics.ts";
import { drainOnce, fill, untilSettled } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";
import { startReplay } from "./replaying.ts";

const askedRatio = 0.8;

/** Everything that one endpoint got is sent to it again by a new deliverer; against a new deliverer's drain of as many live ones. */
export async function measureReplay(measuring: Measuring): Promise<Finding> {
  const { amounts, say } = measuring;
  const plain = async () => (await drainOnce(measuring, { name: "drain", events: amounts.replayed })).perSecond;
  const drains = [await plain()];
  const replay = await replayOnce(measuring);
  drains.push(await plain());
  const ratio = replay.perSecond / mean(drains);
  const measured = `${ratio.toFixed(2)} (${whole(replay.perSecond)}/s ÷ ${whole(mean(drains))}/s)`;
  say(`replay: ${measured}`);
  return {
    figure: `replay of ${whole(amounts.replayed)} ÷ drain of as many`,
    measured,
    asked: `≥ ${askedRatio}`,
    met: ratio >= askedRatio,
    numbers: { ratio, ...replay, drainPerSecond: drains },
  };
}

interface Replayed {
  readonly perSecond: number;
  /** The same deliveries when they were live, all to the one endpoint. */
  readonly firstTimePerSecond: number;
  readonly matched: number;
  readonly sentTwice: number;
}

async function replayOnce(measuring: Measuring): Promise<Replayed> {
  const { rig, amounts } = measuring;
  const gateway = await rig.startGateway("replay");
  const work = { events: amounts.replayed, fromMs: 0, toMs: 0 };
  try {
    const [endpoint] = gateway.endpoints;
    if (endpoint === undefined) throw new Error("there are no endpoints");
    await fill(rig, { ...gateway.target, tenants: [endpoint.tenant] }, amounts.replayed);
    await rig.receiver.call(receiverMessages.reset, null);
    const first = gateway.startDeliverer();
    const firstSeen = await rig.untilArrived(amounts.replayed, first);
    await untilSettled(gateway);
    await first.stop();
    await rig.receiver.call(receiverMessages.reset, null);
    const { matched } = await startReplay(gateway, endpoint);
    if (matched !== amounts.replayed) throw new Error(`the replay matched ${matched}, not ${amounts.replayed}`);
    work.fromMs = monotonicMs();
    const seen = await rig.untilArrived(amounts.replayed, gateway.startDeliverer());
    work.toMs = monotonicMs();
    return {
      perSecond: arrivalRate(seen),
      firstTimePerSecond: arrivalRate(firstSeen),
      matched,
      sentTwice: seen.requests - seen.distinct,
    };
  } finally {
    await endGateway(measuring, gateway, "replay", work);
  }
}
