import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { untilNumber } from "../rig/database.ts";
import { addEndpoint } from "../rig/operator.ts";
import { fill } from "./backlog.ts";
import { type Finding, type Measuring } from "./finding.ts";

const deliverers = 3;
const max = 100;
const windowMs = 1_000;
const askedShare = 0.95;
const tenant = "limited";

/** A backlog for an endpoint with a rate limit, with several deliverers at it. */
export async function measureRateLimit(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("rateLimit");
  const allowed = (max * amounts.limitedMs) / windowMs;
  const work = { events: allowed, fromMs: monotonicMs(), toMs: 0 };
  try {
    await rig.startDelivering(gateway);
    for (let n = 1; n < deliverers; n++) gateway.startDeliverer();
    const alive = "select count(*) from posthorn.deliverers";
    await untilNumber(gateway.databaseUrl, alive, (count) => count === deliverers, 30_000);
    const fields = { rateLimit: { max, windowSeconds: windowMs / 1000 } };
    await addEndpoint(gateway.call, tenant, { url: `${rig.receiverOrigin}/${tenant}`, fields });
    await rig.receiver.call(receiverMessages.reset, null);
    await fill(rig, { ...gateway.target, tenants: [tenant] }, allowed + 10 * max);
    const times = await arrivalsFor(measuring, amounts.limitedMs + 2 * windowMs);
    work.toMs = monotonicMs();
    const { latestMs } = await rig.receiver.call(receiverMessages.seen, null);
    const finding = toFinding(times, amounts.limitedMs, latestMs);
    say(`rate limit: ${finding.measured}`);
    return finding;
  } finally {
    await endGateway(measuring, gateway, "rateLimit", work);
  }
}

/** All arrivals in the time from the first one on. */
async function arrivalsFor({ rig }: Measuring, durationMs: number): Promise<number[]> {
  const deadline = monotonicMs() + durationMs + 30_000;
  for (;;) {
    const times = await rig.receiver.call(receiverMessages.timesAt, `/${tenant}`);
    const [firstAtMs] = times;
    const nowMs = monotonicMs();
    if (firstAtMs !== undefined && nowMs > firstAtMs + durationMs) return times;
    if (nowMs > deadline) throw new Error("nothing arrived at the endpoint with a rate limit");
    await delay(100);
  }
}

function toFinding(times: readonly number[], durationMs: number, receiverLateMs: number): Finding {
  const inWindows = countInWindows(times);
  const most = Math.max(...inWindows);
  const fromMs = times[0] ?? 0;
  const share = times.filter((atMs) => atMs < fromMs + durationMs).length / ((max * durationMs) / windowMs);
  const over = inWindows.filter((count) => count > max).length / inWindows.length;
  const gaps = times.slice(max).map((atMs, n) => atMs - (times[n] ?? 0));
  return {
    figure: `rateLimit ${max} per second, ${deliverers} deliverers, ${durationMs / 1000} s: most in a window; share used`,
    measured: `${most}; ${share.toFixed(3)}`,
    asked: `≤ ${max}; ≥ ${askedShare}`,
    met: most <= max && share >= askedShare,
    numbers: {
      most,
      share,
      windowsOver: over,
      windows: inWindows.length,
      oneMoreThanAllowedTookMs: Math.min(...gaps),
      receiverLateMs,
    },
  };
}

/** How many arrived in the second that each arrival begins: no other second can have more than the largest of these. */
function countInWindows(times: readonly number[]): number[] {
  let end = 0;
  return times.map((fromMs, n) => {
    while (end < times.length && (times[end] ?? 0) < fromMs + windowMs) end++;
    return end - n;
  });
}
