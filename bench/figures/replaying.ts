import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Gateway } from "../rig/gateway.ts";
import type { Endpoint } from "../rig/operator.ts";

const longerThanTheBenchMs = 6 * 3_600_000;
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

/** Whether it ended by itself in that time; else it is canceled. */
export async function endsWithin({ call }: Gateway, { path }: Replay, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const { status } = replay.parse(await call("GET", path));
    if (status === "completed") return true;
    await delay(250);
  }
  await call("POST", `${path}/cancel`);
  return false;
}
