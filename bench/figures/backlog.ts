import { monotonicMs } from "../clock.ts";
import { watchCpu } from "../cpu.ts";
import { loadMessages, type Publishing, receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { query, untilNumber } from "../rig/database.ts";
import { readFootprint, walBytes } from "../rig/footprint.ts";
import type { Gateway } from "../rig/gateway.ts";
import { arrivalRate, type Rig, type Seen } from "../rig/rig.ts";
import type { Measuring } from "./finding.ts";

/** What a new deliverer made of a backlog. */
export interface Drained {
  readonly seen: Seen;
  readonly perSecond: number;
  readonly cpuMicrosPerEvent: Readonly<Record<string, number>>;
  /** In bytes of write-ahead log, tables and indexes, as delivering leaves them. */
  readonly footprint: object;
}

export interface DrainOptions {
  readonly name: string;
  readonly events: number;
  /** Before the events are published; gives for whom, where it is not for the fifty tenants. */
  readonly prepare?: (gateway: Gateway) => Promise<Target | void>;
}

type Target = Omit<Publishing, "connections">;

/** Publishes that many events to a new gateway, and has a new deliverer deliver them. */
export async function drainOnce(measuring: Measuring, { name, events, prepare }: DrainOptions): Promise<Drained> {
  const { rig, say } = measuring;
  const gateway = await rig.startGateway(name);
  const work = { events: 0, fromMs: 0, toMs: 0 };
  try {
    const target = await prepare?.(gateway);
    const walBefore = await walBytes(gateway.databaseUrl);
    await fill(rig, target ?? gateway.target, events);
    const walBetween = await walBytes(gateway.databaseUrl);
    await rig.receiver.call(receiverMessages.reset, null);
    const deliverer = gateway.startDeliverer();
    // Starting up is not part of what a delivery costs.
    const { distinct } = await rig.untilArrived(1, deliverer);
    work.fromMs = monotonicMs();
    const cpu = watchCpu({ ...rig.processes, deliverer: deliverer.pid });
    const seen = await rig.untilArrived(events, deliverer);
    work.toMs = monotonicMs();
    work.events = events - distinct;
    const cpuMicrosPerEvent = cpu(work.events);
    await untilSettled(gateway);
    const walAfter = await walBytes(gateway.databaseUrl);
    const walBytesPerEvent = {
      published: (walBetween - walBefore) / events,
      delivered: (walAfter - walBetween) / events,
    };
    const footprint = { walBytesPerEvent, ...(await readFootprint(gateway.databaseUrl, events)) };
    const drained = { seen, perSecond: arrivalRate(seen), cpuMicrosPerEvent, footprint };
    say(`${name}: ${Math.round(drained.perSecond)}/s`);
    return drained;
  } finally {
    await endGateway(measuring, gateway, name, work);
  }
}

/** Publishes in batches of 100 on four connections (on one where the order counts); throws when one was not accepted. */
export async function fill(rig: Rig, target: Target, count: number): Promise<void> {
  const batches = { ...target, connections: target.keys === undefined ? 4 : 1, perRequest: 100, count };
  const { failed, firstFailure } = await rig.load.call(loadMessages.fill, batches);
  if (failed > 0) throw new Error(`${failed} events were not accepted: ${firstFailure}`);
}

/** The outcomes of what has arrived are written a little later. */
export async function untilSettled(gateway: Gateway): Promise<void> {
  const open = "select count(*) from posthorn.deliveries where status = 'queued'";
  await untilNumber(gateway.databaseUrl, open, (count) => count === 0);
}

/** What autovacuum and the checkpointer would do in the middle of what is measured, because of what was written before. */
export async function rest(gateway: Gateway): Promise<void> {
  await query(gateway.databaseUrl, "vacuum analyze");
  await query(gateway.databaseUrl, "checkpoint");
}
