import { and, desc, eq, lt } from "drizzle-orm";
import { subscriptions } from "#db/schema.ts";
import * as sql from "#db/sql/subscriptions.ts";
import { Problem } from "#domain/problems.ts";
import type { TenantContext } from "./context.ts";
import { getEndpoint } from "./endpoints.ts";
import { readPatterns } from "./eventPatterns.ts";
import { missing } from "./missing.ts";
import { newId } from "./newId.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";

export interface Subscription {
  /** UUIDs. */
  readonly id: string;
  readonly endpointId: string;
  /** Patterns: names, prefixes that end in `*`, or `*`. */
  readonly eventTypes: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Place {
  readonly endpointId: string;
  readonly subscriptionId: string;
}

/** @throws {Problem} notFound, invalidRequest, tooManySubscriptions */
export async function createSubscription(
  ctx: TenantContext,
  { endpointId, eventTypes }: { readonly endpointId: string; readonly eventTypes: readonly string[] },
): Promise<Subscription> {
  const patterns = readPatterns(eventTypes);
  const values = [
    ctx.tenantId,
    endpointId,
    newId(ctx.clock),
    patterns.eventTypes,
    patterns.exactTypes,
    patterns.prefixes,
  ];
  const limits = [ctx.principal.actor, ctx.limits.maxSubscriptions];
  const [row] = await ctx.store.run<Subscription | { id: null }>(sql.createSubscription, [...values, ...limits]);
  if (row === undefined) return missing();
  if (row.id !== null) return row;
  const detail = `An endpoint may have ${ctx.limits.maxSubscriptions} subscriptions at most.`;
  throw new Problem("tooManySubscriptions", detail);
}

/** @throws {Problem} notFound */
export async function getSubscription(ctx: TenantContext, place: Place): Promise<Subscription> {
  const values = [ctx.tenantId, place.endpointId, place.subscriptionId];
  const [row] = await ctx.store.run<Subscription>(sql.getSubscription, values);
  return row ?? missing();
}

/** Newest first. @throws {Problem} notFound (endpoint) */
export async function listSubscriptions(
  ctx: TenantContext,
  { endpointId, limit, after }: PageRequest & { readonly endpointId: string },
): Promise<Page<Subscription>> {
  const { id, tenantId, eventTypes, createdAt, updatedAt } = subscriptions;
  const mine = and(eq(tenantId, ctx.tenantId), eq(subscriptions.endpointId, endpointId));
  const rows = await ctx.store.db
    .select({ id, endpointId: subscriptions.endpointId, eventTypes, createdAt, updatedAt })
    .from(subscriptions)
    .where(and(mine, after === null ? undefined : lt(id, after)))
    .orderBy(desc(id))
    .limit(limit + 1);
  if (rows.length === 0) await getEndpoint(ctx, { endpointId });
  return cutPage(rows, limit, (row) => row.id);
}

/** Events published from now on follow the new patterns. @throws {Problem} notFound, invalidRequest */
export async function updateSubscription(
  ctx: TenantContext,
  { endpointId, subscriptionId, eventTypes }: Place & { readonly eventTypes?: readonly string[] | undefined },
): Promise<Subscription> {
  if (eventTypes === undefined) return getSubscription(ctx, { endpointId, subscriptionId });
  const patterns = readPatterns(eventTypes);
  const values = [
    ctx.tenantId,
    endpointId,
    subscriptionId,
    patterns.eventTypes,
    patterns.exactTypes,
    patterns.prefixes,
  ];
  const [row] = await ctx.store.run<Subscription>(sql.updateSubscription, [...values, ctx.principal.actor]);
  return row ?? missing();
}

/** @throws {Problem} notFound */
export async function deleteSubscription(ctx: TenantContext, { endpointId, subscriptionId }: Place): Promise<void> {
  const values = [ctx.tenantId, endpointId, subscriptionId, ctx.principal.actor];
  const [row] = await ctx.store.run(sql.deleteSubscription, values);
  if (row === undefined) missing();
}
