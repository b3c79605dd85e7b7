import type { ReplayableStatus } from "#db/schema.ts";
import * as sql from "#db/sql/replays.ts";
import { Problem } from "#domain/problems.ts";
import type { TenantContext } from "./context.ts";
import { readPatterns } from "./eventPatterns.ts";
import { missing } from "./missing.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";
import { requireTenant } from "./tenants.ts";

export type Replay = sql.ReplayRow;

export interface ReplayChoice {
  /** UUID. */
  readonly endpointId: string;
  /** Of the making of deliveries, and of the acceptance of events that have none: inclusive. */
  readonly since: Date;
  /** Exclusive; absent: now. */
  readonly until?: Date | undefined;
  /** Patterns; absent: all types, and of events that were missed those that the endpoint subscribes to now. */
  readonly eventTypes?: readonly string[] | undefined;
  readonly statuses: readonly ReplayableStatus[];
}

/** Rows that one statement of a count looks at: some 30 ms, of the 1.2 s that an API statement may take. */
const countPage = 25_000;
/** Replays of an endpoint that have not ended. */
const MAX_UNFINISHED = 10;
/** Deliveries that canceling cancels at once; the deliverers do the others. */
const cancelPage = 500;
/** Ten years: nobody believes what is farther off, and a Date ends somewhere. */
const FORESEEABLE_MS = 10 * 365 * 86_400_000;

interface Count {
  readonly matched: number;
  /** The moment that the count is about, by the database's clock. */
  readonly asOf: string;
}

/**
 * How many deliveries a replay would send.
 * @throws {Problem} notFound, endpointDisabled, invalidRange, invalidRequest (patterns), replayTooLarge
 */
export async function countReplay(ctx: TenantContext, choice: ReplayChoice): Promise<Count> {
  if (choice.eventTypes !== undefined) readPatterns(choice.eventTypes);
  if (choice.until !== undefined && choice.until <= choice.since) refuseRange("/until", "must be later than since");
  const values = valuesOf(ctx, choice);
  let matched = 0;
  let place: sql.Counted | undefined;
  do {
    const at = [place?.as_of ?? null, place?.phase ?? null, place?.cursor ?? null];
    const [row] = await ctx.store.run<sql.Counted>(sql.countReplay, [...values, ...at, countPage]);
    if (row === undefined) throw new Error("a count of deliveries returned no row");
    refuse(row.result);
    matched += row.matched;
    if (matched > ctx.limits.maxReplay) refuseSize(ctx.limits.maxReplay);
    place = row;
  } while (place.phase !== "admitted");
  return { matched, asOf: place.as_of };
}

/**
 * Makes a replay; it begins when the endpoint's earlier ones have sent what they had to, and its lane is open.
 * @throws {Problem} what countReplay does, and tooManyReplays
 */
export async function createReplay(
  ctx: TenantContext,
  { ratePerSecond, ...choice }: ReplayChoice & { readonly ratePerSecond?: number | undefined },
): Promise<Replay> {
  const { matched, asOf } = await countReplay(ctx, choice);
  const more = [asOf, ratePerSecond ?? null, matched, ctx.principal.actor, MAX_UNFINISHED];
  const [row] = await ctx.store.run<sql.Created>(sql.createReplay, [...valuesOf(ctx, choice), ...more]);
  if (row === undefined) throw new Error("making a replay returned no row");
  refuse(row.result);
  return row.id === null ? missing() : getReplay(ctx, { replayId: row.id });
}

/** @throws {Problem} notFound */
export async function getReplay(ctx: TenantContext, { replayId }: { readonly replayId: string }): Promise<Replay> {
  const [row] = await ctx.store.run<Replay>(sql.findReplay, [ctx.tenantId, replayId]);
  return row ?? missing();
}

/** The newest first. @throws {Problem} notFound (tenant) */
export async function listReplays(ctx: TenantContext, { limit, after }: PageRequest): Promise<Page<Replay>> {
  const rows = await ctx.store.run<Replay>(sql.listReplays, [ctx.tenantId, after, limit + 1]);
  if (rows.length === 0) await requireTenant(ctx);
  return cutPage(rows, limit, (row) => row.id);
}

/**
 * Stops a replay: what of it still waits is canceled, a request that is under way may still arrive. Twice is once.
 * @throws {Problem} notFound, replayCompleted
 */
export async function cancelReplay(ctx: TenantContext, { replayId }: { readonly replayId: string }): Promise<Replay> {
  const values = [ctx.tenantId, replayId, cancelPage];
  const [row] = await ctx.store.run<{ result: "canceled" | "completed" | "missing" }>(sql.cancelReplay, values);
  if (row?.result === "completed") {
    throw new Problem("replayCompleted", "The replay has completed: there is nothing left to cancel.");
  }
  if (row?.result !== "canceled") missing();
  return getReplay(ctx, { replayId });
}

/** When the last of it will have been sent, if it goes on as it has so far; null where that is not known. */
export function expectedEndOf(replay: Replay): Date | null {
  const { status, phase, startedAt, now, laneReason } = replay;
  const { remaining, delivered, failed, canceled, skipped } = replay;
  const done = delivered + failed + canceled + skipped;
  // Behind the last page only retries may be left, whose time is their schedule's.
  if (status !== "running" || phase === "admitted" || startedAt === null || done === 0) return null;
  // Nobody knows how long a person, or a broken server, will hold it up.
  if (laneReason === "paused" || laneReason === "disabled" || laneReason === "failing") return null;
  const leftMs = (remaining * (now.getTime() - startedAt.getTime())) / done;
  return leftMs > FORESEEABLE_MS ? null : new Date(now.getTime() + leftMs);
}

function valuesOf(ctx: TenantContext, { endpointId, since, until, eventTypes, statuses }: ReplayChoice) {
  const range = [sinceTheBeginning(since), until === undefined ? null : sinceTheBeginning(until)];
  return [ctx.tenantId, endpointId, ...range, eventTypes ?? null, statuses];
}

/** Nothing was made before 2000, and times far before it have no place in the ids that the range is cut by. */
function sinceTheBeginning(moment: Date): Date {
  return new Date(Math.max(moment.getTime(), Date.UTC(2000)));
}

function refuse(result: sql.Counted["result"] | sql.Created["result"]): void {
  if (result === "missing") missing();
  if (result === "disabled") {
    throw new Problem("endpointDisabled", "The endpoint is disabled. Enable it, then replay what it has missed.");
  }
  if (result === "sinceAhead") refuseRange("/since", "must lie before now");
  if (result === "untilAhead") refuseRange("/until", "must not lie ahead of now; leave it out, and it is now");
  if (result === "tooMany") {
    const detail = `${MAX_UNFINISHED} replays of this endpoint have not ended. Wait for one of them, or cancel one.`;
    throw new Problem("tooManyReplays", detail);
  }
}

function refuseRange(pointer: string, detail: string): never {
  throw new Problem("invalidRange", "A replay needs a range of time that has passed.", [{ pointer, detail }]);
}

function refuseSize(most: number): never {
  const text = most.toLocaleString("en-GB");
  const detail = `More than ${text} deliveries match, which is the most that one replay may send. Narrow the range of time, the event types or the statuses.`;
  const fault = { pointer: "/since", detail: `reaches back over more than ${text} deliveries` };
  throw new Problem("replayTooLarge", detail, [fault]);
}
