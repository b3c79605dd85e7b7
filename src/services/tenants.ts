import { desc, eq, sql as raw } from "drizzle-orm";
import { tenants } from "#db/schema.ts";
import * as sql from "#db/sql/tenants.ts";
import { z } from "zod";
import type { Context, TenantContext } from "./context.ts";
import { missing } from "./missing.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";

export interface Tenant {
  readonly id: string;
  readonly name: string | null;
  readonly metadata: Record<string, unknown>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface TenantFields {
  readonly name?: string | null | undefined;
  readonly metadata?: Record<string, unknown> | null | undefined;
}

/** Makes the tenant, or gives it exactly these fields. */
export async function putTenant(
  ctx: TenantContext,
  { name = null, metadata }: TenantFields,
): Promise<{ tenant: Tenant; created: boolean }> {
  const values = [ctx.tenantId, name, JSON.stringify(metadata ?? {})];
  const [row] = await ctx.store.run<Tenant & { created: boolean }>(sql.putTenant, values);
  if (row === undefined) throw new Error("an upsert returned no row");
  const { created, ...tenant } = row;
  return { tenant, created };
}

/** Changes what is given; null takes a field away. @throws {Problem} notFound */
export async function patchTenant(ctx: TenantContext, fields: TenantFields): Promise<Tenant> {
  const named = Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  const values = [ctx.tenantId, named, fields.name ?? null, JSON.stringify(fields.metadata ?? {})];
  const [row] = await ctx.store.run<Tenant>(sql.patchTenant, values);
  return row ?? missing();
}

/** @throws {Problem} notFound */
export async function getTenant(ctx: TenantContext): Promise<Tenant> {
  const [row] = await ctx.store.db.select(shown).from(tenants).where(eq(tenants.id, ctx.tenantId));
  return row ?? missing();
}

/** Everything it has goes at once, and its history in the background. @throws {Problem} notFound */
export async function deleteTenant(ctx: TenantContext): Promise<void> {
  const [row] = await ctx.store.run<{ deleted: boolean }>(sql.deleteTenant, [ctx.tenantId]);
  if (row?.deleted !== true) missing();
}

/** Newest first. Tenants have the operator's ids, so the order is that of their making. */
export async function listTenants(ctx: Context, { limit, after }: PageRequest): Promise<Page<Tenant>> {
  const { createdAt, id } = tenants;
  const position = after === null ? null : readPosition(after);
  const behind =
    position === null ? undefined : raw`(${createdAt}, ${id}) < (${position.at}::timestamptz, ${position.id})`;
  const rows = await ctx.store.db
    // Microseconds, which a Date does not have: without them a page could begin with a row of the page before.
    .select({ ...shown, at: raw<string>`${createdAt}::text` })
    .from(tenants)
    .where(behind)
    .orderBy(desc(createdAt), desc(id))
    .limit(limit + 1);
  const page = cutPage(rows, limit, (row) => JSON.stringify([row.at, row.id]));
  return { ...page, items: page.items.map(withoutPosition) };
}

function withoutPosition({ id, name, metadata, createdAt, updatedAt }: Tenant): Tenant {
  return { id, name, metadata, createdAt, updatedAt };
}

/** For lists below a tenant that turn out empty. @throws {Problem} notFound when there is no such tenant */
export async function requireTenant(ctx: TenantContext): Promise<void> {
  const [row] = await ctx.store.run<{ known: boolean }>(sql.tenantExists, [ctx.tenantId]);
  if (row?.known !== true) missing();
}

const shown = {
  id: tenants.id,
  name: tenants.name,
  metadata: tenants.metadata,
  createdAt: tenants.createdAt,
  updatedAt: tenants.updatedAt,
};

const positionSchema = z.tuple([z.string(), z.string()]);

function readPosition(after: string): { at: string; id: string } {
  const [at, id] = positionSchema.parse(JSON.parse(after));
  return { at, id };
}
