import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { z } from "zod";
import { loadConfig } from "#config";
import { startEmbedded } from "#db/embedded/start.ts";
import type { Processes } from "../cpu.ts";
import { bareMessages, loadMessages, receiverMessages } from "../messages.ts";
import { sampleBody } from "../payload.ts";
import { freePort, type Gateway, startGateway } from "./gateway.ts";
import { type Remote, startRemote } from "./remote.ts";
import { changedConfiguration, type Service } from "./service.ts";
import { makeTemporary, removeLeftovers } from "./temporary.ts";

export type Seen = z.infer<(typeof receiverMessages.seen)["output"]>;

/** What every figure is measured with. */
export interface Rig {
  readonly directory: string;
  readonly serverUrl: string;
  readonly receiver: Remote;
  readonly receiverOrigin: string;
  readonly load: Remote;
  /** The rig's own processes, by name. */
  readonly processes: Processes;
  readonly profileDirectory: (name: string) => string | undefined;
  /** All deliverers of this run, by their gateway's name. */
  readonly deliverers: readonly { readonly name: string; readonly service: Service }[];
  /** With so many tenants, 50 by default, that have an endpoint each, or so many. */
  startGateway(name: string, options?: { tenants?: number; endpointsEach?: number }): Promise<Gateway>;
  /** Starts a deliverer and has it deliver one event of each tenant, so that it is known to work. */
  startDelivering(gateway: Gateway): Promise<Service>;
  /** Requests a second of `count` signed POSTs by a new process, first arrival to last. */
  bareRate(count: number): Promise<number>;
  /** Waits until that many different deliveries have arrived. Throws when nothing arrives for 30 s. */
  untilArrived(count: number, deliverer: Service): Promise<Seen>;
  close(): Promise<void>;
}

/** Counts the statements inside of functions too; a tenth slower. */
const profilingSettings = { shared_preload_libraries: "pg_stat_statements", "pg_stat_statements.track": "all" };

const stalledAfterMs = 30_000;
const tenantCount = 50;

export async function startRig({ profile, outDirectory }: { profile: boolean; outDirectory: string }): Promise<Rig> {
  await removeLeftovers();
  const directory = makeTemporary();
  const undo: (() => Promise<void>)[] = [async () => rmSync(directory, { recursive: true, force: true })];
  const close = once(async () => {
    for (const step of undo.toReversed()) await step().catch((error: unknown) => console.error(error));
  });
  try {
    return await assemble(directory, undo, close, profile, outDirectory);
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  directory: string,
  undo: (() => Promise<void>)[],
  close: () => Promise<void>,
  profile: boolean,
  outDirectory: string,
): Promise<Rig> {
  const settings = profile ? profilingSettings : {};
  const server = await startEmbedded({ directory, log: console.error, settings });
  undo.push(() => server.stop({ fastMs: 5000 }));
  const receiverPort = await freePort();
  const receiverOrigin = `http://127.0.0.1:${receiverPort}`;
  const receiver = await startRemote("receiver", [String(receiverPort)]);
  undo.push(() => receiver.stop());
  const load = await startRemote("load");
  undo.push(() => load.stop());
  const deliverers: { name: string; service: Service }[] = [];
  const profileDirectory = (name: string) => (profile ? makeFolder(join(outDirectory, "profiles", name)) : undefined);
  return {
    directory,
    serverUrl: server.url,
    receiver,
    receiverOrigin,
    load,
    processes: { postgres: server.pid, receiver: receiver.pid, generator: load.pid },
    profileDirectory,
    deliverers,
    async startGateway(name, { tenants = tenantCount, endpointsEach = 1 } = {}) {
      await receiver.call(receiverMessages.tellPathsApart, endpointsEach > 1);
      const place = { tenants, endpointsEach, logDirectory: directory, profileDirectory: profileDirectory(name) };
      const gateway = await startGateway({ name, serverUrl: server.url, receiverOrigin, ...place });
      const stop = once(() => gateway.stop());
      undo.push(stop);
      const startDeliverer = (env?: Readonly<Record<string, string>>): Service => {
        const service = gateway.startDeliverer(env);
        deliverers.push({ name, service });
        return service;
      };
      return { ...gateway, startDeliverer, stop };
    },
    startDelivering: (gateway) => startDelivering(gateway, receiver, load),
    bareRate: (count) => measureBare(receiver, receiverOrigin, count, undo),
    untilArrived: (count, deliverer) => waitForArrivals(receiver, count, deliverer),
    close,
  };
}

async function startDelivering(gateway: Gateway, receiver: Remote, load: Remote): Promise<Service> {
  await receiver.call(receiverMessages.reset, null);
  const deliverer = gateway.startDeliverer();
  const count = gateway.target.tenants.length;
  await load.call(loadMessages.fill, { ...gateway.target, connections: 1, perRequest: 1, count });
  await waitForArrivals(receiver, count * gateway.endpointsEach, deliverer);
  return deliverer;
}

/** The sockets that one deliverer opens to the one receiver. */
export function delivererSockets(): number {
  const set = changedConfiguration().map((name) => [name, process.env[name]]);
  const { concurrency, socketsPerOrigin } = loadConfig(Object.fromEntries(set), "start");
  return Math.min(concurrency, socketsPerOrigin);
}

// A new process each time, cold like the deliverer's: what warms up with the first requests does so in both.
async function measureBare(
  receiver: Remote,
  origin: string,
  count: number,
  undo: (() => Promise<void>)[],
): Promise<number> {
  await receiver.call(receiverMessages.reset, null);
  const bare = await startRemote("bare");
  const stop = once(() => bare.stop());
  undo.push(stop);
  try {
    const target = { url: `${origin}/tenant_1`, body: sampleBody("tenant_1"), sockets: delivererSockets() };
    const { refused } = await bare.call(bareMessages.run, { ...target, count });
    const seen = await receiver.call(receiverMessages.seen, null);
    if (refused > 0 || seen.distinct !== count) throw new Error(`of ${count} bare requests ${seen.distinct} arrived`);
    return arrivalRate(seen);
  } finally {
    await stop();
  }
}

/** Different ids a second, from the first request to the last new id. */
export function arrivalRate({ distinct, firstAtMs, lastAtMs }: Seen): number {
  return (distinct - 1) / ((lastAtMs - firstAtMs) / 1000);
}

async function waitForArrivals(receiver: Remote, count: number, deliverer: Service): Promise<Seen> {
  let last = { distinct: -1, atMs: performance.now() };
  for (;;) {
    const seen = await receiver.call(receiverMessages.seen, null);
    if (seen.distinct >= count) return seen;
    deliverer.assertAlive();
    if (seen.distinct !== last.distinct) last = { distinct: seen.distinct, atMs: performance.now() };
    else if (performance.now() - last.atMs > stalledAfterMs)
      throw new Error(`Only ${seen.distinct} of ${count} events arrived, and no more for ${stalledAfterMs / 1000} s.`);
    await delay(50);
  }
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= run());
}
