import type { DeliveryStatus } from "#db/schema.ts";
import * as sql from "#db/sql/stats.ts";
import type { TenantContext } from "./context.ts";
import { missing } from "./missing.ts";

export interface EndpointStats {
  readonly since: Date;
  /** Made since then, by status; of the newest 100,000. */
  readonly deliveries: Readonly<Record<DeliveryStatus, number>>;
  /** Of the newest 1,000 deliveries. Null: there was none. */
  readonly attempts: {
    readonly total: number;
    readonly succeeded: number;
    readonly successRate: number | null;
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
  };
  readonly lastAttemptAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
}

const DAY_MS = 86_400_000;
const none = { held: 0, scheduled: 0, queued: 0, delivered: 0, failed: 0, canceled: 0, skipped: 0 };

/** The last 24 hours. @throws {Problem} notFound */
export async function endpointStats(
  ctx: TenantContext,
  { endpointId }: { readonly endpointId: string },
): Promise<EndpointStats> {
  const since = new Date(ctx.clock() - DAY_MS);
  const [row] = await ctx.store.run<Row>(sql.endpointStats, [ctx.tenantId, endpointId, since]);
  if (row === undefined) return missing();
  const { deliveries, total, succeeded, p50Ms, p95Ms, ...last } = row;
  const successRate = total === 0 ? null : succeeded / total;
  return {
    since,
    deliveries: { ...none, ...deliveries },
    attempts: { total, succeeded, successRate, p50Ms, p95Ms },
    ...last,
  };
}

interface Row {
  readonly deliveries: Partial<Record<DeliveryStatus, number>>;
  readonly total: number;
  readonly succeeded: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly lastAttemptAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
}
