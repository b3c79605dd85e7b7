import type { Allowance, EndpointMode, endpoints, PayloadFormat, SignatureVersion } from "#db/schema.ts";
import * as sql from "#db/sql/endpoints.ts";
import { Problem } from "#domain/problems.ts";
import type { AllowTargets } from "#domain/url.ts";
import type { TenantContext } from "./context.ts";
import { requireAllowedUrl, requireHeaders, requireSchedule, TIMEOUT_DEFAULT_MS } from "./endpointRules.ts";
import { missing } from "./missing.ts";
import { newId } from "./newId.ts";
import { NOTHING_WAITS, type WaitingDeliveries, type WaitingKeys } from "./laneView.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";
import { readPatterns } from "./eventPatterns.ts";
import type { SecretToStore } from "./secretBox.ts";
import { requireTenant } from "./tenants.ts";

type Row = typeof endpoints.$inferSelect;
export type Endpoint = Omit<Row, "revision" | "ordered" | "feedPosition"> & WaitingKeys;
/** One that was asked for by itself. */
export type EndpointDetail = Endpoint & WaitingDeliveries;

export interface EndpointContext extends TenantContext {
  readonly allowTargets: AllowTargets;
}

/** What an endpoint can be given; null takes a field back to its default. */
export interface EndpointFields {
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  readonly headers?: Record<string, string> | null | undefined;
  readonly retrySchedule?: readonly number[] | null | undefined;
  readonly timeoutMs?: number | null | undefined;
  readonly payloadFormat?: PayloadFormat | null | undefined;
  readonly mode?: EndpointMode | null | undefined;
  readonly rateLimit?: Allowance | null | undefined;
  readonly metadata?: Record<string, unknown> | null | undefined;
}

export interface NewEndpoint extends EndpointFields {
  readonly url: string;
  readonly signature: SignatureVersion;
  readonly secret?: string | undefined;
  /** Makes a subscription in the same statement. */
  readonly eventTypes?: readonly string[] | undefined;
}

/** @throws {Problem} notFound (tenant), tooManyEndpoints, and what the rules of fields and secrets refuse */
export async function createEndpoint(
  ctx: EndpointContext,
  input: NewEndpoint,
  prepareSecret: (endpointId: string) => Promise<SecretToStore>,
): Promise<{ endpoint: EndpointDetail; secret: string }> {
  requireFields(ctx, input);
  const patterns = input.eventTypes === undefined ? null : readPatterns(input.eventTypes);
  const id = newId(ctx.clock);
  const secret = await prepareSecret(id);
  const [row] = await ctx.store.run<Omit<Endpoint, keyof WaitingKeys> | NoEndpoint>(sql.createEndpoint, [
    id,
    ctx.tenantId,
    ...fieldValues(input),
    input.signature,
    ctx.principal.actor,
    ctx.limits.maxEndpoints,
    secret.id,
    secret.kid,
    secret.nonce,
    secret.ciphertext,
    newId(ctx.clock),
    patterns?.eventTypes ?? null,
    patterns?.exactTypes ?? null,
    patterns?.prefixes ?? null,
  ]);
  if (row === undefined) return missing();
  if (row.id === null) {
    throw new Problem("tooManyEndpoints", `A tenant may have ${ctx.limits.maxEndpoints} endpoints at most.`);
  }
  return { endpoint: { ...row, ...NOTHING_WAITS }, secret: secret.shown };
}

interface NoEndpoint {
  readonly id: null;
}

/** @throws {Problem} notFound */
export async function getEndpoint(
  ctx: TenantContext,
  { endpointId }: { readonly endpointId: string },
): Promise<EndpointDetail> {
  const [row] = await ctx.store.run<EndpointDetail>(sql.getEndpoint, [ctx.tenantId, endpointId]);
  return row ?? missing();
}

/** Newest first. @throws {Problem} notFound (tenant) */
export async function listEndpoints(ctx: TenantContext, { limit, after }: PageRequest): Promise<Page<Endpoint>> {
  const rows = await ctx.store.run<Endpoint>(sql.listEndpoints, [ctx.tenantId, after, limit + 1]);
  if (rows.length === 0) await requireTenant(ctx);
  return cutPage(rows, limit, (row) => row.id);
}

/** Changes the fields that are given. @throws {Problem} notFound, and what the rules refuse */
export async function updateEndpoint(
  ctx: EndpointContext,
  { endpointId, fields }: { readonly endpointId: string; readonly fields: EndpointFields },
): Promise<EndpointDetail> {
  requireFields(ctx, fields);
  const named = Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  if (named.length > 0) {
    const values = [ctx.tenantId, endpointId, named, ctx.principal.actor, ...fieldValues(fields)];
    const [row] = await ctx.store.run(sql.updateEndpoint, values);
    if (row === undefined) missing();
  }
  return getEndpoint(ctx, { endpointId });
}

/** What it had not yet delivered is canceled. @throws {Problem} notFound */
export async function deleteEndpoint(
  ctx: TenantContext,
  { endpointId }: { readonly endpointId: string },
): Promise<void> {
  const [row] = await ctx.store.run(sql.deleteEndpoint, [ctx.tenantId, endpointId, ctx.principal.actor]);
  if (row === undefined) missing();
}

function requireFields(ctx: EndpointContext, { url, headers, retrySchedule }: EndpointFields): void {
  if (url !== undefined) requireAllowedUrl(url, ctx.allowTargets);
  if (headers) requireHeaders(headers);
  if (retrySchedule) requireSchedule(retrySchedule);
}

/** In the order in which both statements take them. */
function fieldValues(fields: EndpointFields): readonly unknown[] {
  return [
    fields.url ?? null,
    fields.description ?? null,
    JSON.stringify(fields.headers ?? {}),
    fields.retrySchedule ?? null,
    fields.timeoutMs ?? TIMEOUT_DEFAULT_MS,
    fields.payloadFormat ?? "standard",
    fields.mode ?? "push",
    fields.rateLimit == null ? null : JSON.stringify(fields.rateLimit),
    JSON.stringify(fields.metadata ?? {}),
  ];
}
