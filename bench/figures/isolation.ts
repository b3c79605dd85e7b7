import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { untilNumber } from "../rig/database.ts";
import type { Gateway } from "../rig/gateway.ts";
import type { Endpoint } from "../rig/operator.ts";
import { fill } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";
import { describeLive, isCarried, type Live, liveAlone, liveDuring, liveRate, type LiveSample } from "./live.ts";

const askedRatio = 1.5;
const endpointCount = 100;
const silentCount = 10;
/** To the ten together, all the time, beside what the others get. */
const silentRate = 30;
const onsetMs = 10_000;
const beforeOnsetMs = 3_000;

/** Ninety endpoints' events, alone and while ten others never answer, each with a backlog. */
export async function measureIsolation(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("isolation", { tenants: endpointCount });
  const work = { events: 0, fromMs: monotonicMs(), toMs: 0 };
  try {
    await rig.startDelivering(gateway);
    await rig.receiver.call(receiverMessages.reset, null);
    const silent = gateway.endpoints.slice(-silentCount);
    const tenants = gateway.target.tenants.slice(0, -silentCount);
    const live: Live = { ...measuring, gateway, tenants, ratePerSecond: liveRate };
    const alone = await besideTen(live, silent, () => liveAlone(live));
    say(`isolation, alone: p99 ${describeLive(alone).p99Ms.toFixed(1)} ms`);
    const onset = await besideTen(live, silent, () => liveAtOnset(live, silent));
    say(`isolation, the first ${onsetMs / 1000} s of silence: p99 ${describeLive(onset).p99Ms.toFixed(1)} ms`);
    // A little more, for what is in flight.
    const backlog = Math.ceil(amounts.waitingEach * 1.02) * silentCount;
    await fill(rig, { ...gateway.target, tenants: silent.map(({ tenant }) => tenant) }, backlog);
    const waitingBefore = await leastHeld(gateway, silent, amounts.waitingEach);
    const beside = await besideTen(live, silent, () => liveAlone(live));
    const waiting = Math.min(waitingBefore, await leastHeld(gateway, silent, 0));
    work.toMs = monotonicMs();
    work.events = alone.length + onset.length + beside.length;
    const finding = toFinding({ alone, onset, beside }, waiting, amounts.waitingEach);
    say(`isolation: ${finding.measured}`);
    return finding;
  } finally {
    await rig.receiver.call(receiverMessages.silence, []);
    await endGateway(measuring, gateway, "isolation", work);
  }
}

/** Events go to the ten too, whether they answer or not. */
async function besideTen<T>({ rig, gateway }: Live, ten: readonly Endpoint[], run: () => Promise<T>): Promise<T> {
  const tenants = ten.map(({ tenant }) => tenant);
  const loop = { ...gateway.target, tenants, connections: 16, ratePerSecond: silentRate, durationMs: 900_000 };
  const publishing = rig.load.call(loadMessages.open, { ...loop, keepTimes: false });
  publishing.catch(() => {});
  // Its end stops this loop as well.
  const result = await run();
  const { failed, firstFailure } = await publishing;
  if (failed > 0) throw new Error(`${failed} events were not accepted, the first: ${firstFailure}`);
  return result;
}

async function liveAtOnset(live: Live, silent: readonly Endpoint[]): Promise<LiveSample[]> {
  let fromMs = 0;
  const samples = await liveDuring(live, async () => {
    await delay(beforeOnsetMs);
    await live.rig.receiver.call(
      receiverMessages.silence,
      silent.map(({ tenant }) => `/${tenant}`),
    );
    fromMs = monotonicMs();
    await delay(onsetMs);
  });
  return samples.filter(({ sentAtMs }) => sentAtMs >= fromMs);
}

/** The smallest of their backlogs, once it is so large. */
function leastHeld({ databaseUrl }: Gateway, endpoints: readonly Endpoint[], least: number): Promise<number> {
  const tenants = endpoints.map(({ tenant }) => `'${tenant}'`).join(", ");
  return untilNumber(
    databaseUrl,
    `select min(waiting) from (select n.id, (select count(*) from posthorn.deliveries d where d.endpoint_id = n.id and d.status = 'held') as waiting
     from posthorn.endpoints n where n.tenant_id in (${tenants})) w`,
    (count) => count >= least,
  );
}

function toFinding(
  { alone, onset, beside }: Record<"alone" | "onset" | "beside", readonly LiveSample[]>,
  waiting: number,
  waitingEach: number,
): Finding {
  const [aloneMs, onsetOnlyMs, besideMs] = [describeLive(alone), describeLive(onset), describeLive(beside)];
  const ratio = besideMs.p99Ms / aloneMs.p99Ms;
  const times = `${besideMs.p99Ms.toFixed(1)} ms ÷ ${aloneMs.p99Ms.toFixed(1)} ms`;
  return {
    figure: `p99 of 90 endpoints beside 10 that never answer, ${whole(waitingEach)} waiting for each ÷ alone, ${liveRate}/s`,
    measured: `${ratio.toFixed(2)} (${times}; the first ${onsetMs / 1000} s: ${onsetOnlyMs.p99Ms.toFixed(1)} ms)`,
    asked: `≤ ${askedRatio}`,
    met: ratio <= askedRatio && isCarried(aloneMs) && waiting >= waitingEach,
    numbers: { ratio, alone: aloneMs, beside: besideMs, onset: onsetOnlyMs, waitingForEachAtLeast: waiting },
  };
}
