import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../clock.ts";
import { residentBytes } from "../memory.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import type { Gateway } from "../rig/gateway.ts";
import { type LiveSize, readLiveSizes } from "../rig/liveTables.ts";
import type { Rig } from "../rig/rig.ts";
import type { Service } from "../rig/service.ts";

const collectEveryMs = 10_000;
const sizesEveryMs = 30_000;
const lostAfterMs = 30_000;

/** What was seen; times are ms since the beginning. */
export interface Soaked {
  /** Of each event; one that never arrived took endlessly long. */
  readonly arrivals: (readonly [sentAtMs: number, tookMs: number])[];
  readonly memory: { readonly atMs: number; readonly bytes: Readonly<Record<string, number>> }[];
  readonly sizes: { readonly atMs: number; readonly tables: readonly LiveSize[] }[];
}

/** Looks on while an open loop that keeps its times publishes, until everything has arrived. */
export async function watchSoak(rig: Rig, gateway: Gateway, deliverer: Service, durationMs: number): Promise<Soaked> {
  const soaked: Soaked = { arrivals: [], memory: [], sizes: [] };
  const services = { api: gateway.api, deliverer };
  const startMs = monotonicMs();
  const collect = collector(rig, startMs, soaked.arrivals);
  for (let atMs = 0; atMs < durationMs; atMs = monotonicMs() - startMs) {
    if (atMs >= soaked.sizes.length * sizesEveryMs)
      soaked.sizes.push({ atMs, tables: await readLiveSizes(gateway.databaseUrl) });
    for (const service of Object.values(services)) service.assertAlive();
    const bytes = Object.entries(services).map(([name, { pid }]) => [name, residentBytes(pid)] as const);
    soaked.memory.push({ atMs, bytes: Object.fromEntries(bytes) });
    await collect();
    await delay(Math.max(0, Math.min(atMs + collectEveryMs, durationMs) - (monotonicMs() - startMs)));
  }
  const deadline = monotonicMs() + lostAfterMs;
  let missing = await collect();
  while ((missing.length > 0 || (await isPublishing(rig))) && monotonicMs() < deadline) {
    await delay(200);
    missing = await collect();
  }
  soaked.arrivals.push(...missing.map(([, sentAtMs]) => [sentAtMs - startMs, Number.POSITIVE_INFINITY] as const));
  return soaked;
}

type Missing = readonly (readonly [id: string, sentAtMs: number])[];

// Fetched as it comes: what the generator and the receiver keep must not grow, else they themselves would slow the end.
function collector(rig: Rig, startMs: number, arrivals: Soaked["arrivals"]): () => Promise<Missing> {
  let missing: Missing = [];
  return async () => {
    const taken = await rig.load.call(loadMessages.takeTimes, null);
    const asked = [...missing, ...taken.map(([id, sentAtMs]) => [id, sentAtMs] as const)];
    const ids = asked.map(([id]) => id);
    const arrived = await rig.receiver.call(receiverMessages.takeArrivals, ids);
    for (const [n, [, sentAtMs]] of asked.entries()) {
      const atMs = arrived[n] ?? null;
      if (atMs !== null) arrivals.push([sentAtMs - startMs, atMs - sentAtMs]);
    }
    missing = asked.filter((_, n) => (arrived[n] ?? null) === null);
    return missing;
  };
}

async function isPublishing(rig: Rig): Promise<boolean> {
  const { offered, accepted, failed } = await rig.load.call(loadMessages.progress, null);
  return accepted + failed < offered;
}
