import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Gateway } from "../rig/gateway.ts";
import type { Endpoint } from "../rig/operator.ts";

const longerThanTheBenchMs = 6 * 3_600_000;
const endsWithinMs = 600_000;
const replay = z.object({ id: z.string(), matched: z.number().optional(), status: z.string().optional() });

export interface Replay {
  readonly path: string;
  readonly matched: number;
}

/** Asks for everything that was ever delivered to the endpoint, and was delivered, again. */
export async function startReplay({ call }: Gateway, { tenant, id: endpointId }: Endpoint): Promise<Replay> {
  const since = new Date(Date.now() - longerThanTheBenchMs).toISOString();
  const path = `/v1/tenants/${tenant}/replays`;
  const { id, matched = 0 } = replay.parse(await call("POST", path, { endpointId, since, statuses: ["delivered"] }));
  return { path: `${path}/${id}`, matched };
}

export async function untilReplayed({ call }: Gateway, { path }: Replay): Promise<void> {
  const deadline = performance.now() + endsWithinMs;
  while (performance.now() < deadline) {
    const { status } = replay.parse(await call("GET", path));
    if (status === "completed") return;
    await delay(250);
  }
  throw new Error(`A replay had not ended after ${endsWithinMs / 1000} s.`);
}
