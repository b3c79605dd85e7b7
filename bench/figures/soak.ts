import { monotonicMs } from "../clock.ts";
import { watchCores } from "../cpu.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { mean, percentile } from "../statistics.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";
import { type Soaked, watchSoak } from "./soakWatch.ts";

const askedRatio = 1.1;
const shareOfSustained = 0.5;
/** Of the time: of half an hour the minutes 5 to 10, and the last five. */
const windows = { early: [1 / 6, 1 / 3], late: [5 / 6, 1] } as const;
/** A small table grows by whole pages. */
const growthAllowedBytes = 64 * 1024;

/** Half of what is sustained, for half an hour: what grows in that time grows in a week until something breaks. */
export async function measureSoak(measuring: Measuring): Promise<Finding> {
  const { rig, sustained, soakMinutes, say } = measuring;
  const ratePerSecond = Math.round((sustained.perSecond ?? 0) * shareOfSustained);
  const durationMs = soakMinutes * 60_000;
  const gateway = await rig.startGateway("soak");
  const work = { events: 0, fromMs: 0, toMs: 0 };
  try {
    const deliverer = await rig.startDelivering(gateway);
    await rig.receiver.call(receiverMessages.reset, null);
    say(`soak: ${whole(ratePerSecond)}/s for ${soakMinutes} minutes`);
    const loop = { ...gateway.target, connections: 64, ids: true, ratePerSecond, durationMs, keepTimes: true };
    const cores = watchCores({ ...rig.processes, api: gateway.api.pid, deliverer: deliverer.pid });
    work.fromMs = monotonicMs();
    const publishing = rig.load.call(loadMessages.open, loop);
    // A failure is awaited below; until then it must not count as unhandled.
    publishing.catch(() => {});
    const soaked = await watchSoak(rig, gateway, deliverer, durationMs);
    const { failed, firstFailure } = await publishing;
    const coresBusy = cores();
    work.toMs = monotonicMs();
    work.events = soaked.arrivals.length;
    if (failed > 0) say(`${failed} events were not accepted, the first: ${firstFailure}`);
    const finding = toFinding(soaked, soakMinutes);
    say(`soak: ${finding.measured}`);
    const { requests } = await rig.receiver.call(receiverMessages.seen, null);
    const numbers = { ratePerSecond, events: work.events, failed, requests, coresBusy, ...finding.numbers };
    return { ...finding, met: finding.met && failed === 0, numbers };
  } finally {
    await endGateway(measuring, gateway, "soak", work);
  }
}

function toFinding(soaked: Soaked, minutes: number): Finding {
  const durationMs = minutes * 60_000;
  const [early, late] = [describe(soaked, windows.early, durationMs), describe(soaked, windows.late, durationMs)];
  const p99Ratio = late.p99Ms / early.p99Ms;
  const memoryRatios = Object.keys(late.memoryBytes).map(
    (name) => (late.memoryBytes[name] ?? 0) / (early.memoryBytes[name] ?? 0),
  );
  const memoryRatio = Math.max(...memoryRatios);
  const grown = Object.entries(late.largestBytes).filter(([name, bytes]) => {
    const before = early.largestBytes[name] ?? 0;
    return bytes > before * askedRatio && bytes > before + growthAllowedBytes;
  });
  const grew = grown.length === 0 ? "no growth" : `grew: ${grown.map(([name]) => name).join(", ")}`;
  const p99 = `p99 ${p99Ratio.toFixed(2)} (${late.p99Ms.toFixed(1)} ÷ ${early.p99Ms.toFixed(1)} ms)`;
  return {
    figure: `${minutes} minutes at half of what is sustained: the last sixth ÷ the second`,
    measured: `memory ${memoryRatio.toFixed(2)}, ${p99}, tables of live work: ${grew}`,
    asked: `≤ ${askedRatio}, ≤ ${askedRatio}, no growth`,
    met: memoryRatio <= askedRatio && p99Ratio <= askedRatio && grown.length === 0,
    numbers: { memoryRatio, p99Ratio, early, late, over: overTime(soaked) },
  };
}

function describe(soaked: Soaked, [from, to]: readonly [number, number], durationMs: number) {
  const isWithin = (atMs: number): boolean => atMs >= from * durationMs && atMs < to * durationMs;
  const took = soaked.arrivals.filter(([sentAtMs]) => isWithin(sentAtMs)).map(([, tookMs]) => tookMs);
  const memory = soaked.memory.filter(({ atMs }) => isWithin(atMs)).map(({ bytes }) => bytes);
  const largestBytes: Record<string, number> = {};
  for (const { name, bytes, kept } of soaked.sizes
    .filter(({ atMs }) => isWithin(atMs))
    .flatMap(({ tables }) => tables)) {
    if (!kept) largestBytes[name] = Math.max(largestBytes[name] ?? 0, bytes);
  }
  return {
    samples: took.length,
    p50Ms: percentile(took, 0.5),
    p99Ms: percentile(took, 0.99),
    memoryBytes: Object.fromEntries(
      Object.keys(memory[0] ?? {}).map((name) => [name, mean(memory.map((bytes) => bytes[name] ?? 0))]),
    ),
    largestBytes,
  };
}

/** Every look, of what was not the same at all of them. */
function overTime({ memory, sizes }: Soaked) {
  const names = (sizes[0]?.tables ?? []).map(({ name }) => name);
  const series = names.map((name) => {
    const found = sizes.map(({ tables }) => tables.find((table) => table.name === name));
    return [name, { bytes: found.map((one) => one?.bytes), dead: found.map((one) => one?.dead) }] as const;
  });
  return {
    memory,
    sizesAtMs: sizes.map(({ atMs }) => Math.round(atMs)),
    sizes: Object.fromEntries(series.filter(([, { bytes }]) => new Set(bytes).size > 1)),
  };
}
