import { setTimeout as delay } from "node:timers/promises";
import { loadMessages, receiverMessages } from "../messages.ts";
import type { Gateway } from "../rig/gateway.ts";
import { mean, percentile } from "../statistics.ts";
import type { Measuring } from "./finding.ts";

/** Events a second, published one by one at even distances. */
export const liveRate = 300;
/** Fewer make no p99. */
export const leastSamples = 6_000;
/** Of a run; what has just started warms up in it. */
export const warmUpShare = 0.2;
const longestMs = 900_000;
const stalledAfterMs = 30_000;

/** One event: when its publish was handed to the HTTP client, how long that took to be answered, and how long it took to arrive. */
export interface LiveSample {
  readonly sentAtMs: number;
  readonly toAnswerMs: number;
  readonly toArrivalMs: number;
}

export interface Live extends Measuring {
  readonly gateway: Gateway;
  readonly tenants: readonly string[];
  readonly ratePerSecond: number;
}

/** Publishes at the rate while `during` runs. What has not arrived when nothing has for 30 s counts as endless. */
export async function liveDuring(live: Live, during: () => Promise<void>): Promise<LiveSample[]> {
  const { rig, gateway, tenants, ratePerSecond } = live;
  const loop = { ...gateway.target, tenants: [...tenants], connections: 64, ratePerSecond, durationMs: longestMs };
  const publishing = rig.load.call(loadMessages.open, { ...loop, keepTimes: true });
  // A failure is awaited below; until then it must not count as unhandled.
  publishing.catch(() => {});
  try {
    await during();
  } finally {
    await rig.load.call(loadMessages.stop, null);
  }
  const { times, failed, firstFailure } = await publishing;
  if (failed > 0) throw new Error(`${failed} live events were not accepted, the first: ${firstFailure}`);
  const arrivedAtMs = await untilLiveArrived(
    live,
    times.map(([id]) => id),
  );
  return times.map(([, sentAtMs, answeredAtMs], n) => ({
    sentAtMs,
    toAnswerMs: answeredAtMs - sentAtMs,
    toArrivalMs: (arrivedAtMs[n] ?? Number.POSITIVE_INFINITY) - sentAtMs,
  }));
}

/** A run of its own, without its first fifth. */
export async function liveAlone(live: Live): Promise<LiveSample[]> {
  const { liveMs } = live.amounts;
  const samples = await liveDuring(live, () => delay(liveMs));
  const fromMs = Math.min(...samples.map(({ sentAtMs }) => sentAtMs)) + liveMs * warmUpShare;
  return samples.filter(({ sentAtMs }) => sentAtMs >= fromMs);
}

async function untilLiveArrived({ rig }: Live, ids: string[]): Promise<(number | null)[]> {
  let last = { missing: ids.length + 1, atMs: performance.now() };
  for (;;) {
    const arrived = await rig.receiver.call(receiverMessages.arrivalsOf, ids);
    const missing = arrived.filter((atMs) => atMs === null).length;
    if (missing < last.missing) last = { missing, atMs: performance.now() };
    if (missing === 0 || performance.now() - last.atMs > stalledAfterMs) return arrived;
    await delay(200);
  }
}

export interface LiveNumbers {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly samples: number;
}

export function describeLive(
  samples: readonly LiveSample[],
  time: "toArrivalMs" | "toAnswerMs" = "toArrivalMs",
): LiveNumbers {
  const times = samples.map((sample) => sample[time]);
  return {
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    maxMs: percentile(times, 1),
    samples: times.length,
  };
}

/** Measured alone twice, before and after: other work on the machine comes and goes. */
export function describeAlone(before: readonly LiveSample[], after: readonly LiveSample[]) {
  const runs = [describeLive(before), describeLive(after)];
  return { p99Ms: mean(runs.map(({ p99Ms }) => p99Ms)), carried: runs.every(isCarried), runs };
}

/** A machine that does not carry the traffic alone says nothing about what stands beside it: both p99s are those of a growing queue. */
export const isCarried = (alone: LiveNumbers): boolean => alone.p50Ms <= 100;
