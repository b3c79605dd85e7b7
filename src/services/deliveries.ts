import { and, asc, desc, eq, gt, lt, sql, type SQL } from "drizzle-orm";
import { attempts, deliveries, events, type DeliveryStatus } from "#db/schema.ts";
import { cancel, redeliver } from "#db/sql/deliveries.ts";
import { madeWithin } from "#db/sql/reading.ts";
import { decodeId } from "#domain/ids.ts";
import { Problem } from "#domain/problems.ts";
import type { Context, TenantContext } from "./context.ts";
import { missing } from "./missing.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";
import { requireTenant } from "./tenants.ts";

export interface DeliveryFilters {
  readonly status?: DeliveryStatus | undefined;
  /** UUID. */
  readonly endpointId?: string | undefined;
  /** `evt_…`, or the publisher's own id. */
  readonly eventId?: string | undefined;
  readonly eventType?: string | undefined;
  /** Of the delivery's making; `since` is inclusive, `until` exclusive. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export type Delivery = Awaited<ReturnType<typeof readDeliveries>>[number];
export type Attempt = typeof attempts.$inferSelect;

/** A tenant's deliveries, the newest first. @throws {Problem} notFound (tenant) */
export async function listDeliveries(
  ctx: TenantContext,
  input: PageRequest & DeliveryFilters,
): Promise<Page<Delivery>> {
  const page = await readPage(ctx, input, ctx.tenantId);
  if (page.items.length === 0) await requireTenant(ctx);
  return page;
}

/** Deliveries of all tenants, or of one, the newest first: for support. */
export async function listAllDeliveries(
  ctx: Context,
  input: PageRequest & DeliveryFilters & { readonly tenantId?: string | undefined },
): Promise<Page<Delivery>> {
  return readPage(ctx, input, input.tenantId);
}

/** @throws {Problem} notFound */
export async function getDelivery(ctx: TenantContext, input: { readonly deliveryId: string }): Promise<Delivery> {
  const [row] = await readDeliveries(
    ctx,
    [eq(deliveries.tenantId, ctx.tenantId), eq(deliveries.id, input.deliveryId)],
    1,
  );
  return row ?? missing();
}

/** The attempts of a delivery in their order; `after` is the number of the last one seen. @throws {Problem} notFound */
export async function listAttempts(
  ctx: TenantContext,
  { deliveryId, limit, after }: PageRequest & { readonly deliveryId: string },
): Promise<Page<Attempt>> {
  const rows = await ctx.store.db
    .select()
    .from(attempts)
    .where(
      and(
        eq(attempts.tenantId, ctx.tenantId),
        eq(attempts.deliveryId, deliveryId),
        // An attempt is made after its delivery: this leaves out the days before.
        gt(attempts.id, deliveryId),
        after === null ? undefined : gt(attempts.number, Number(after)),
      ),
    )
    .orderBy(asc(attempts.number))
    .limit(limit + 1);
  if (rows.length === 0) await getDelivery(ctx, { deliveryId });
  return cutPage(rows, limit, (row) => String(row.number));
}

/**
 * Sends one delivery again, or now. Where it is under way already nothing changes; where the lane is held it waits for the lane, and where
 * it has an ordering key for those before it.
 * @returns the status it is in then: queued or held
 * @throws {Problem} notFound, endpointDisabled, endpointDeleted, deliverySkipped
 */
export async function redeliverDelivery(ctx: TenantContext, input: { readonly deliveryId: string }): Promise<string> {
  const [row] = await ctx.store.run<{ status: string }>(redeliver, [ctx.tenantId, input.deliveryId]);
  if (row === undefined || row.status === "missing") missing();
  if (row.status === "disabled") {
    throw new Problem("endpointDisabled", "The endpoint of this delivery is disabled. Enable it, then redeliver.");
  }
  if (row.status === "gone") throw new Problem("endpointDeleted", "The endpoint of this delivery was deleted.");
  if (row.status === "skipped") {
    throw new Problem("deliverySkipped", "A rule skipped this delivery, as its reason says: it is never to be sent.");
  }
  return row.status;
}

/**
 * Cancels what was not sent successfully yet; a request that is under way may still arrive. Twice is once. What failed is finished, unless
 * it holds its ordering key: canceled, it lets the next go.
 * @throws {Problem} notFound, notCancelable
 */
export async function cancelDelivery(ctx: TenantContext, input: { readonly deliveryId: string }): Promise<string> {
  const [row] = await ctx.store.run<{ status: string }>(cancel, [ctx.tenantId, input.deliveryId]);
  if (row === undefined || row.status === "missing") missing();
  if (row.status !== "canceled") {
    throw new Problem("notCancelable", `The delivery is ${row.status}: there is nothing left to cancel.`);
  }
  return row.status;
}

async function readPage(
  ctx: Context,
  input: PageRequest & DeliveryFilters,
  tenantId: string | undefined,
): Promise<Page<Delivery>> {
  const { status, endpointId, eventId, eventType, since, until } = input;
  const conditions = [
    tenantId === undefined ? undefined : eq(deliveries.tenantId, tenantId),
    input.after === null ? undefined : lt(deliveries.id, input.after),
    status === undefined ? undefined : eq(deliveries.status, statuses[status]),
    endpointId === undefined ? undefined : eq(deliveries.endpointId, endpointId),
    eventType === undefined ? undefined : eq(deliveries.eventType, eventType),
    eventId === undefined ? undefined : ofEvent(eventId, tenantId),
    madeWithin(deliveries.id, since, until),
  ];
  const rows = await readDeliveries(ctx, conditions, input.limit + 1);
  return cutPage(rows, input.limit, (row) => row.id);
}

/** One set of ids, not two conditions with `or`: that would read every delivery of the tenant. */
function ofEvent(eventId: string, tenantId: string | undefined): SQL {
  const ofTenant = tenantId === undefined ? undefined : eq(events.tenantId, tenantId);
  const byOwnId = sql`select ${events.id} from ${events} where ${and(eq(events.externalId, eventId), ofTenant)}`;
  const uuid = decodeId("event", eventId);
  const ids = uuid === null ? byOwnId : sql`${byOwnId} union all select ${uuid}::uuid`;
  return sql`${deliveries.eventId} in (${ids})`;
}

/** Written out, because a partial index serves no status that is a parameter. */
const statuses: Readonly<Record<DeliveryStatus, SQL>> = {
  held: sql`'held'`,
  scheduled: sql`'scheduled'`,
  queued: sql`'queued'`,
  delivered: sql`'delivered'`,
  failed: sql`'failed'`,
  canceled: sql`'canceled'`,
  skipped: sql`'skipped'`,
};

/** A delivery's columns, with what is shown of its event. */
const summary = {
  id: deliveries.id,
  tenantId: deliveries.tenantId,
  endpointId: deliveries.endpointId,
  eventId: deliveries.eventId,
  subscriptionId: deliveries.subscriptionId,
  eventType: deliveries.eventType,
  status: deliveries.status,
  reason: deliveries.reason,
  detail: deliveries.detail,
  attempts: deliveries.attempts,
  dueAt: deliveries.dueAt,
  payloadFormat: deliveries.payloadFormat,
  createdAt: deliveries.createdAt,
  updatedAt: deliveries.updatedAt,
  orderingKey: deliveries.orderingKey,
  blocks: deliveries.blocks,
  replayId: deliveries.replayId,
  externalId: events.externalId,
  acceptedAt: events.acceptedAt,
  occurredAt: events.occurredAt,
};

/** The join finds the event's one partition by its id. */
async function readDeliveries(ctx: Context, conditions: readonly (SQL | undefined)[], limit: number) {
  return ctx.store.db
    .select(summary)
    .from(deliveries)
    .leftJoin(events, eq(events.id, deliveries.eventId))
    .where(and(...conditions))
    .orderBy(desc(deliveries.id))
    .limit(limit);
}
