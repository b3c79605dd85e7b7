import { z } from "zod";

/** What the flooding process is told. */
export const floodOptions = z.object({
  port: z.number(),
  key: z.string(),
  /** Events have the ids `{name}-0`, `{name}-1`, … */
  name: z.string(),
  tenants: z.array(z.string()),
  type: z.string(),
  /** Text that makes the events as large as events are. */
  filling: z.string(),
  connections: z.number(),
  perSecond: z.number(),
  seconds: z.number(),
});

export type FloodOptions = z.output<typeof floodOptions>;

/** What it tells when all is answered. */
export const floodResult = z.object({
  offered: z.number(),
  accepted: z.array(z.object({ id: z.string(), tenantId: z.string(), at: z.number(), tookMs: z.number() })),
  /** By status and code, such as `503 overloaded`. */
  refused: z.record(z.string(), z.object({ count: z.number(), slowestMs: z.number() })),
  /** Refusals that are no problem+json or do not say when to come again; the first five. */
  faults: z.array(z.string()),
  /** No connection was free in time. */
  unsent: z.number(),
  /** No answer came: the connection ended, or nothing was answered for ten seconds. */
  unanswered: z.number(),
});

export type FloodResult = z.output<typeof floodResult>;
