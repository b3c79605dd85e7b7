import { monotonicMs } from "../clock.ts";
import { watchCpu } from "../cpu.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import { percentile } from "../statistics.ts";
import { endGateway } from "../profile.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const ratePerSecond = 200;
const asked = { p50Ms: 8, p99Ms: 40 };
/** Of the time measured; processes that have just started compile their code in it. */
const warmUpShare = 0.2;

/** From handing a publish to the HTTP client to the end of the delivered request at the receiver. */
export async function measureLatency(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("latency");
  const work = { events: (ratePerSecond * amounts.latencyMs) / 1000, fromMs: 0, toMs: 0 };
  try {
    const deliverer = await rig.startDelivering(gateway);
    await rig.receiver.call(receiverMessages.reset, null);
    const loop = { ...gateway.target, connections: 64, ratePerSecond, durationMs: amounts.latencyMs, keepTimes: true };
    work.fromMs = monotonicMs();
    const cpu = watchCpu({ ...rig.processes, api: gateway.api.pid, deliverer: deliverer.pid });
    const { times, failed, firstFailure, latestMs } = await rig.load.call(loadMessages.open, loop);
    work.toMs = monotonicMs();
    const cpuMicrosPerEvent = cpu(work.events);
    if (failed > 0) say(`${failed} events were not accepted, the first: ${firstFailure}`);
    await rig.untilArrived(times.length, deliverer);
    const arrivals = await rig.receiver.call(receiverMessages.arrivals, null);
    const finding = toFinding(times, new Map(arrivals), amounts.latencyMs);
    say(`arrival: ${finding.measured}`);
    const met = finding.met && failed === 0;
    return { ...finding, met, numbers: { ...finding.numbers, failed, cpuMicrosPerEvent, generatorLateMs: latestMs } };
  } finally {
    await endGateway(measuring, gateway, "latency", work);
  }
}

type Times = readonly (readonly [id: string, sentAtMs: number, answeredAtMs: number])[];

function toFinding(times: Times, arrivals: ReadonlyMap<string, number>, durationMs: number): Finding {
  const fromMs = Math.min(...times.map(([, sentAtMs]) => sentAtMs)) + durationMs * warmUpShare;
  const measured = times.filter(([, sentAtMs]) => sentAtMs >= fromMs);
  const toArrival = measured.map(([id, sentAtMs]) => (arrivals.get(id) ?? Number.POSITIVE_INFINITY) - sentAtMs);
  const toAnswer = measured.map(([, sentAtMs, answeredAtMs]) => answeredAtMs - sentAtMs);
  const [p50Ms, p99Ms] = [percentile(toArrival, 0.5), percentile(toArrival, 0.99)];
  return {
    figure: `publish → arrival at ${ratePerSecond}/s, p50 / p99`,
    measured: `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} ms (${whole(measured.length)} events)`,
    asked: `≤ ${asked.p50Ms} / ${asked.p99Ms} ms`,
    met: p50Ms <= asked.p50Ms && p99Ms <= asked.p99Ms,
    numbers: {
      p50Ms,
      p99Ms,
      maxMs: Math.max(...toArrival),
      answerP50Ms: percentile(toAnswer, 0.5),
      answerP99Ms: percentile(toAnswer, 0.99),
      events: measured.length,
    },
  };
}
