import { and, desc, eq, lt } from "drizzle-orm";
import { events } from "#db/schema.ts";
import { cloudEvents, findEvent, findEventByExternalId, type EventRow } from "#db/sql/events.ts";
import { madeWithin } from "#db/sql/reading.ts";
import { decodeId, encodeId } from "#domain/ids.ts";
import type { TenantContext } from "./context.ts";
import { missing } from "./missing.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";
import { requireTenant } from "./tenants.ts";

/** An event without what it says: lists stay small, whatever was published. */
export interface EventSummary {
  /** UUID. */
  readonly id: string;
  readonly externalId: string | null;
  readonly catalog: string;
  readonly type: string;
  readonly version: string | null;
  readonly occurredAt: Date;
  readonly acceptedAt: Date;
}

export interface EventFilters {
  readonly type?: string | undefined;
  /** Of acceptance; `since` is inclusive, `until` exclusive. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export type { EventRow };

/** The id that publishers and receivers know an event by. */
export function publicEventId(id: string, externalId: string | null): string {
  return externalId ?? encodeId("event", id);
}

/** A tenant's events, the newest first. */
export async function listEvents(ctx: TenantContext, input: PageRequest & EventFilters): Promise<Page<EventSummary>> {
  const { id, externalId, catalog, type, version, occurredAt, acceptedAt } = events;
  const rows = await ctx.store.db
    .select({ id, externalId, catalog, type, version, occurredAt, acceptedAt })
    .from(events)
    .where(
      and(
        eq(events.tenantId, ctx.tenantId),
        input.after === null ? undefined : lt(id, input.after),
        input.type === undefined ? undefined : eq(type, input.type),
        madeWithin(id, input.since, input.until),
      ),
    )
    .orderBy(desc(id))
    .limit(input.limit + 1);
  if (rows.length === 0) await requireTenant(ctx);
  return cutPage(rows, input.limit, (row) => row.id);
}

/**
 * One event with its data.
 * @param eventId `evt_…`, or the publisher's own id
 * @throws {Problem} notFound
 */
export async function getEvent(ctx: TenantContext, { eventId }: { readonly eventId: string }): Promise<EventRow> {
  const uuid = decodeId("event", eventId);
  const [own] = uuid === null ? [] : await ctx.store.run<EventRow>(findEvent, [ctx.tenantId, uuid]);
  if (own !== undefined) return own;
  const [row] = await ctx.store.run<EventRow>(findEventByExternalId, [ctx.tenantId, eventId]);
  return row ?? missing();
}

/** Events as CloudEvents 1.0, JSON texts in structured mode, the newest first. @param ids UUIDs */
export async function readCloudEvents(ctx: TenantContext, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await ctx.store.run<{ text: string }>(cloudEvents, [ctx.tenantId, ids]);
  return rows.map((row) => row.text);
}
