import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import type { Endpoint } from "../rig/operator.ts";
import { fill, untilSettled } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";
import {
  describeAlone,
  describeLive,
  type Live,
  liveAlone,
  liveDuring,
  liveRate,
  type LiveSample,
  warmUpShare,
} from "./live.ts";
import { endsWithin, startReplay } from "./replaying.ts";

const askedRatio = 2;
const beforeMs = 2_000;
const mostReplays = 5;
/** One that takes longer is canceled: how fast it went is told beside the figure. */
const longestMs = 120_000;

/** Live traffic of 49 tenants, alone and while everything that the fiftieth ever got is sent to it again. */
export async function measureLiveBesideReplay(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("liveBesideReplay");
  const work = { events: 0, fromMs: monotonicMs(), toMs: 0 };
  try {
    const deliverer = await rig.startDelivering(gateway);
    const replayed = gateway.endpoints.at(-1);
    if (replayed === undefined) throw new Error("there are no endpoints");
    await rig.receiver.call(receiverMessages.reset, null);
    await fill(rig, { ...gateway.target, tenants: [replayed.tenant] }, amounts.replayed);
    await rig.untilArrived(amounts.replayed, deliverer);
    await untilSettled(gateway);
    const tenants = gateway.target.tenants.filter((tenant) => tenant !== replayed.tenant);
    const live: Live = { ...measuring, gateway, tenants, ratePerSecond: liveRate };
    const before = await liveAlone(live);
    const beside = await besideReplays(live, replayed);
    const after = await liveAlone(live);
    work.toMs = monotonicMs();
    work.events = before.length + beside.samples.length + after.length + beside.requests;
    const finding = toFinding(before, after, beside, amounts.replayed);
    say(`live beside a replay: ${finding.measured}`);
    return finding;
  } finally {
    await endGateway(measuring, gateway, "liveBesideReplay", work);
  }
}

interface Beside {
  readonly samples: readonly LiveSample[];
  /** Of the replays. */
  readonly requests: number;
  readonly replaysPerSecond: readonly number[];
}

/** Replays one after the other, until enough live events were sent between the first and the last request of one. */
async function besideReplays(live: Live, endpoint: Endpoint): Promise<Beside> {
  const spans: (readonly [fromMs: number, toMs: number, requests: number])[] = [];
  const enoughMs = live.amounts.liveMs * (1 - warmUpShare);
  const samples = await liveDuring(live, async () => {
    await delay(beforeMs);
    for (let spentMs = 0; spentMs < enoughMs && spans.length < mostReplays;) {
      const span = await replayOnce(live, endpoint);
      spans.push(span);
      spentMs += span[1] - span[0];
    }
  });
  return {
    samples: samples.filter(({ sentAtMs }) => spans.some(([fromMs, toMs]) => sentAtMs >= fromMs && sentAtMs < toMs)),
    requests: spans.reduce((sum, [, , requests]) => sum + requests, 0),
    replaysPerSecond: spans.map(([fromMs, toMs, requests]) => requests / ((toMs - fromMs) / 1000)),
  };
}

async function replayOnce(live: Live, endpoint: Endpoint): Promise<[fromMs: number, toMs: number, requests: number]> {
  const { rig, gateway, amounts } = live;
  const path = `/${endpoint.tenant}`;
  const known = (await rig.receiver.call(receiverMessages.timesAt, path)).length;
  const replay = await startReplay(gateway, endpoint);
  if (replay.matched < amounts.replayed) throw new Error(`the replay matched ${replay.matched}`);
  const ended = await endsWithin(gateway, replay, longestMs);
  const times = (await rig.receiver.call(receiverMessages.timesAt, path)).slice(known);
  if (ended && times.length < replay.matched) throw new Error(`of ${replay.matched} replayed ${times.length} arrived`);
  return [times[0] ?? 0, times.at(-1) ?? 0, times.length];
}

function toFinding(
  before: readonly LiveSample[],
  after: readonly LiveSample[],
  { samples, replaysPerSecond }: Beside,
  replayed: number,
): Finding {
  const alone = describeAlone(before, after);
  const beside = describeLive(samples);
  const ratio = beside.p99Ms / alone.p99Ms;
  const rate = `the replay at ${whole(replaysPerSecond[0] ?? 0)}/s`;
  return {
    figure: `p99 of live traffic at ${liveRate}/s beside a replay of ${whole(replayed)} to another endpoint ÷ alone`,
    measured: `${ratio.toFixed(2)} (${beside.p99Ms.toFixed(1)} ms ÷ ${alone.p99Ms.toFixed(1)} ms; ${rate})`,
    asked: `≤ ${askedRatio}`,
    met: ratio <= askedRatio && alone.carried,
    numbers: {
      ratio,
      alone,
      beside,
      replaysPerSecond,
    },
  };
}
