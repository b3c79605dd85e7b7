import { monotonicMs } from "../clock.ts";
import { receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { queryNumber, untilNumber } from "../rig/database.ts";
import type { Gateway } from "../rig/gateway.ts";
import type { Endpoint } from "../rig/operator.ts";
import type { Service } from "../rig/service.ts";
import { arrivalRate } from "../rig/rig.ts";
import { fill } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const askedMs = 1_000;
const rounds = 3;

/** From handing `resume` to the HTTP client to the end of the first request at the receiver; the longest of three. */
export async function measureResume(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("resume");
  const work = { events: amounts.resumed, fromMs: monotonicMs(), toMs: 0 };
  try {
    const deliverer = await rig.startDelivering(gateway);
    const [endpoint] = gateway.endpoints;
    if (endpoint === undefined) throw new Error("there are no endpoints");
    const firstMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await holdBacklog(measuring, gateway, endpoint);
      firstMs.push(await resume(measuring, gateway, endpoint, deliverer));
    }
    const seen = await rig.untilArrived(amounts.resumed, deliverer);
    work.toMs = monotonicMs();
    const longestMs = Math.max(...firstMs);
    const measured = `${longestMs.toFixed(0)} ms (all of them at ${whole(arrivalRate(seen))}/s)`;
    say(`resume: ${measured}`);
    return {
      figure: `resume of ${whole(amounts.resumed)} held → first request, longest of ${rounds}`,
      measured,
      asked: `≤ ${whole(askedMs)} ms`,
      met: longestMs <= askedMs,
      numbers: { firstMs, allPerSecond: arrivalRate(seen) },
    };
  } finally {
    await endGateway(measuring, gateway, "resume", work);
  }
}

/** Paused, with the whole number held and nothing under way. */
async function holdBacklog({ rig, amounts }: Measuring, gateway: Gateway, endpoint: Endpoint): Promise<void> {
  await gateway.call("POST", `${endpoint.path}/pause`);
  const count = (status: string): string =>
    `select count(*) from posthorn.deliveries where tenant_id = '${endpoint.tenant}' and status = '${status}'`;
  await untilNumber(gateway.databaseUrl, count("queued"), (queued) => queued === 0);
  const held = await queryNumber(gateway.databaseUrl, count("held"));
  await fill(rig, { ...gateway.target, tenants: [endpoint.tenant] }, amounts.resumed - held);
}

async function resume({ rig }: Measuring, gateway: Gateway, endpoint: Endpoint, deliverer: Service): Promise<number> {
  await rig.receiver.call(receiverMessages.reset, null);
  const fromMs = monotonicMs();
  await gateway.call("POST", `${endpoint.path}/resume`);
  const { firstAtMs } = await rig.untilArrived(1, deliverer);
  return firstAtMs - fromMs;
}
