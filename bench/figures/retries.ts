import { monotonicMs } from "../clock.ts";
import { watchCpu } from "../cpu.ts";
import { receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { untilNumber } from "../rig/database.ts";
import { fill } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

/** Of a receiver that fails more, the lane is held. */
const everyNth = 3;

interface Drained {
  readonly requests: number;
  /** µs of processor time by process, in all. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** What a further attempt costs: a drain in which the first request of every third delivery fails, less one in which none does. */
export async function measureRetries(measuring: Measuring): Promise<Finding> {
  const plain = await drain(measuring, "retriesNone", 0);
  const failing = await drain(measuring, "retries", everyNth);
  const further = failing.requests - plain.requests;
  const costOf = (name: string): number => ((failing.cpu[name] ?? 0) - (plain.cpu[name] ?? 0)) / further;
  const [deliverer, postgres] = [costOf("deliverer"), costOf("postgres")];
  const measured = `${whole(deliverer + postgres)} µs (deliverer ${whole(deliverer)}, PostgreSQL ${whole(postgres)})`;
  measuring.say(`a further attempt: ${measured}`);
  return {
    figure: "processor time of a further attempt",
    measured,
    asked: "none",
    met: true,
    numbers: { deliverer, postgres, further, plain, failing },
  };
}

async function drain(measuring: Measuring, name: string, failsEvery: number): Promise<Drained> {
  const { rig, amounts } = measuring;
  const events = amounts.besideEvents;
  const gateway = await rig.startGateway(name);
  const work = { events, fromMs: 0, toMs: 0 };
  try {
    await fill(rig, gateway.target, events);
    await rig.receiver.call(receiverMessages.reset, null);
    await rig.receiver.call(receiverMessages.failFirst, { everyNth: failsEvery });
    const deliverer = gateway.startDeliverer();
    // Starting up is not part of what it costs.
    await rig.untilArrived(1, deliverer);
    work.fromMs = monotonicMs();
    const cpu = watchCpu({ ...rig.processes, deliverer: deliverer.pid });
    const open = "select count(*) from posthorn.deliveries where status in ('queued', 'scheduled')";
    await untilNumber(gateway.databaseUrl, open, (count) => count === 0);
    work.toMs = monotonicMs();
    const { requests } = await rig.receiver.call(receiverMessages.seen, null);
    return { requests, cpu: cpu(1) };
  } finally {
    await rig.receiver.call(receiverMessages.failFirst, { everyNth: 0 });
    await endGateway(measuring, gateway, name, work);
  }
}
