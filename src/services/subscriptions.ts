import { and, desc, eq, lt } from "drizzle-orm";
import { subscriptions, type Allowance, type OnFailure } from "#db/schema.ts";
import * as sql from "#db/sql/subscriptions.ts";
import { Problem } from "#domain/problems.ts";
import { unknownCatalog } from "./catalogs/required.ts";
import type { TenantContext } from "./context.ts";
import { getEndpoint } from "./endpoints.ts";
import { missing } from "./missing.ts";
import { newId } from "./newId.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";
import { requireExpressions } from "./subscriptionExpressions.ts";
import { fieldValues, fillIn, type SubscriptionFields } from "./subscriptionFields.ts";

export interface Subscription {
  /** UUIDs. */
  readonly id: string;
  readonly endpointId: string;
  /** Patterns: names, prefixes that end in `*`, or `*`. */
  readonly eventTypes: readonly string[];
  /** Null: the types of these names in any catalog. */
  readonly catalog: string | null;
  /** Newer events come downgraded to it. */
  readonly version: string | null;
  /** JSONata. */
  readonly filter: string | null;
  readonly transform: string | null;
  readonly throttle: Allowance | null;
  /** What becomes of those behind a delivery that failed for good. Null: no order. */
  readonly ordering: OnFailure | null;
  /** How often the filter could not be evaluated. */
  readonly filterFailures: number;
  readonly lastFilterFailure: string | null;
  readonly lastFilterFailedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Place {
  readonly endpointId: string;
  readonly subscriptionId: string;
}

/**
 * A pinned version without a catalog is one of `default`.
 * @throws {Problem} notFound, invalidRequest, tooManySubscriptions, unknownCatalog, unknownVersion, unknownTemplate, invalidExpression,
 * noEvaluator
 */
export async function createSubscription(
  ctx: TenantContext,
  {
    endpointId,
    ...input
  }: SubscriptionFields & { readonly endpointId: string; readonly template?: string | undefined },
): Promise<Subscription> {
  const fields = await fillIn(ctx, input);
  if (fields.eventTypes === undefined) {
    const fault = { pointer: "/eventTypes", detail: "must be given where no template is named" };
    throw new Problem("invalidRequest", "A subscription asks for event types, or names a template.", [fault]);
  }
  // A template's own were checked when its catalog was installed.
  await requireExpressions(ctx, input);
  const pinned = typeof fields.version === "string" && fields.catalog == null;
  const values = fieldValues(pinned ? { ...fields, catalog: "default" } : fields);
  const limits = [ctx.principal.actor, ctx.limits.maxSubscriptions];
  const [row] = await ctx.store.run<Subscription | Refused>(sql.createSubscription, [
    ctx.tenantId,
    endpointId,
    newId(ctx.clock),
    ...values,
    ...limits,
  ]);
  return accepted(ctx, row, fields);
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
  const { id, tenantId } = subscriptions;
  const mine = and(eq(tenantId, ctx.tenantId), eq(subscriptions.endpointId, endpointId));
  const rows = await ctx.store.db
    .select()
    .from(subscriptions)
    .where(and(mine, after === null ? undefined : lt(id, after)))
    .orderBy(desc(id))
    .limit(limit + 1);
  if (rows.length === 0) await getEndpoint(ctx, { endpointId });
  return cutPage(rows, limit, (row) => row.id);
}

/**
 * Changes the fields that are given. Events published from now on follow them.
 * @throws {Problem} as createSubscription, but for templates
 */
export async function updateSubscription(
  ctx: TenantContext,
  { endpointId, subscriptionId, ...fields }: Place & SubscriptionFields,
): Promise<Subscription> {
  const named = Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  if (named.length === 0) return getSubscription(ctx, { endpointId, subscriptionId });
  const values = fieldValues(fields);
  await requireExpressions(ctx, fields);
  const place = [ctx.tenantId, endpointId, subscriptionId];
  const all = [...place, named, ...values, ctx.principal.actor];
  const [row] = await ctx.store.run<Subscription | Refused>(sql.updateSubscription, all);
  return accepted(ctx, row, fields);
}

/** @throws {Problem} notFound */
export async function deleteSubscription(ctx: TenantContext, { endpointId, subscriptionId }: Place): Promise<void> {
  const values = [ctx.tenantId, endpointId, subscriptionId, ctx.principal.actor];
  const [row] = await ctx.store.run(sql.deleteSubscription, values);
  if (row === undefined) missing();
}

interface Refused {
  readonly id: null;
  readonly refusal: "unknownCatalog" | "unknownVersion" | "tooMany";
}

function accepted(ctx: TenantContext, row: Subscription | Refused | undefined, fields: SubscriptionFields) {
  if (row === undefined) return missing();
  if (row.id !== null) return row;
  if (row.refusal === "unknownCatalog") throw unknownCatalog(fields.catalog ?? "", "/catalog");
  if (row.refusal === "unknownVersion") throw unknownVersion(fields);
  const detail = `An endpoint may have ${ctx.limits.maxSubscriptions} subscriptions at most.`;
  throw new Problem("tooManySubscriptions", detail);
}

/** At the field that the request has: a pinned version may be lost by other types or another catalog, too. */
function unknownVersion({ version, catalog }: SubscriptionFields): Problem {
  const detail = "None of the event types that are asked for is published in the pinned version, in this catalog.";
  if (version !== undefined) {
    return new Problem("unknownVersion", detail, [{ pointer: "/version", detail: "is no version of these types" }]);
  }
  const pointer = catalog === undefined ? "/eventTypes" : "/catalog";
  return new Problem("unknownVersion", detail, [{ pointer, detail: "has nothing in the pinned version" }]);
}
