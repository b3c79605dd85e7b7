import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { untilNumber } from "../rig/database.ts";
import type { Gateway } from "../rig/gateway.ts";
import type { Endpoint } from "../rig/operator.ts";
import { fill, rest } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";
import { describeAlone, describeLive, type Live, liveAlone, liveDuring, liveRate, type LiveSample } from "./live.ts";

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
    const before = await besideTen(live, silent, () => liveAlone(live));
    say(`isolation, alone: p99 ${describeLive(before).p99Ms.toFixed(1)} ms`);
    const onset = await besideTen(live, silent, () => liveAtOnset(live, silent));
    say(`isolation, the first ${onsetMs / 1000} s of silence: p99 ${describeLive(onset).p99Ms.toFixed(1)} ms`);
    // A little more, for what is in flight.
    const backlog = Math.ceil(amounts.waitingEach * 1.02) * silentCount;
    await fill(rig, { ...gateway.target, tenants: silent.map(({ tenant }) => tenant) }, backlog);
    const waitingBefore = await leastHeld(gateway, silent, amounts.waitingEach);
    // That they wait is measured, and not that they were just written.
    await rest(gateway);
    const beside = await besideTen(live, silent, () => liveAlone(live));
    const waiting = Math.min(waitingBefore, await leastHeld(gateway, silent, 0));
    await remove(gateway, silent);
    const after = await liveAlone(live);
    work.toMs = monotonicMs();
    work.events = before.length + onset.length + beside.length + after.length;
    const finding = toFinding({ before, onset, beside, after }, waiting, amounts.waitingEach);
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

/** With all that waits for them: what is measured then is alone again. */
async function remove(gateway: Gateway, endpoints: readonly Endpoint[]): Promise<void> {
  for (const { path } of endpoints) await gateway.call("DELETE", path);
  // Not the retries that are due in minutes: those of a deleted endpoint are canceled when their time comes, and cost nothing until then.
  const open = "select count(*) from posthorn.deliveries where status in ('held', 'queued')";
  await untilNumber(gateway.databaseUrl, open, (count) => count === 0);
  await rest(gateway);
}

function toFinding(
  { before, onset, beside, after }: Record<"before" | "onset" | "beside" | "after", readonly LiveSample[]>,
  waiting: number,
  waitingEach: number,
): Finding {
  const alone = describeAlone(before, after);
  const [atOnset, besideNow] = [describeLive(onset), describeLive(beside)];
  const ratio = besideNow.p99Ms / alone.p99Ms;
  const times = `${besideNow.p99Ms.toFixed(1)} ms ÷ ${alone.p99Ms.toFixed(1)} ms`;
  return {
    figure: `p99 of 90 endpoints beside 10 that never answer, ${whole(waitingEach)} waiting for each ÷ alone, ${liveRate}/s`,
    measured: `${ratio.toFixed(2)} (${times}; the first ${onsetMs / 1000} s: ${atOnset.p99Ms.toFixed(1)} ms)`,
    asked: `≤ ${askedRatio}`,
    met: ratio <= askedRatio && alone.carried && waiting >= waitingEach,
    numbers: {
      ratio,
      alone,
      beside: besideNow,
      onset: atOnset,
      waitingForEachAtLeast: waiting,
    },
  };
}
