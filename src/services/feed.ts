import { readFeed as readFeedStatement, type EmptyFeedRow, type FeedRow } from "#db/sql/feed.ts";
import { Problem } from "#domain/problems.ts";
import type { TenantContext } from "./context.ts";
import { signingKeys } from "./endpointSecrets.ts";
import type { FeedWatch } from "./feedWatch.ts";
import { missing } from "./missing.ts";
import { signedHeaders } from "./signedHeaders.ts";

export const FEED_WAIT_MAX_SECONDS = 30;
/** Of the bodies on one page: 16 of the largest events. */
const PAGE_MAX_BYTES = 4_194_304;

export interface FeedContext extends TenantContext {
  readonly feedWatch: FeedWatch;
}

export interface FeedRequest {
  readonly endpointId: string;
  /** What was handed out up to this position is acknowledged. Null: nothing. */
  readonly after: string | null;
  readonly limit: number;
  /** How long to wait for something to be there. */
  readonly waitMs: number;
  /** Who fetches; null where it is not known. */
  readonly address: string | null;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

/** A delivery with the headers that a pushed one would have; the receiver verifies both alike. */
export interface FeedItem {
  readonly deliveryId: string;
  readonly id: string;
  readonly eventType: string;
  readonly attempt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FeedPage {
  readonly items: readonly FeedItem[];
  /** What acknowledges this page; of an empty one, the position that was asked with. */
  readonly position: string;
}

/**
 * Acknowledges what was handed out up to `after` and hands out what follows, in order. What is not acknowledged is handed out again.
 * @throws {Problem} notFound, notPolled, endpointDisabled; invalidCursor for a position that was never given out
 */
export async function readFeed(ctx: FeedContext, request: FeedRequest): Promise<FeedPage> {
  const until = performance.now() + request.waitMs;
  for (;;) {
    const rows = await readPage(ctx, request);
    const leftMs = until - performance.now();
    const isLast = rows.length > 0 || leftMs <= 0;
    if (isLast || !(await ctx.feedWatch.wait(request.endpointId, leftMs, request.signal))) {
      return {
        items: await signAll(ctx, request.endpointId, rows),
        position: rows.at(-1)?.position ?? request.after ?? "0",
      };
    }
  }
}

async function readPage(ctx: FeedContext, { endpointId, after, limit, address }: FeedRequest): Promise<FeedRow[]> {
  const values = [ctx.tenantId, endpointId, after, limit, PAGE_MAX_BYTES, address];
  const rows = await ctx.store.run<FeedRow | EmptyFeedRow>(readFeedStatement, values);
  switch (rows[0]?.state) {
    case "ok":
      return rows.filter((row) => row.deliveryId !== null);
    case "push":
      throw new Problem("notPolled", "This endpoint is sent to. Set its mode to poll to fetch from it.");
    case "disabled":
      throw new Problem("endpointDisabled", "The endpoint is disabled: enable it first.");
    case "ahead": {
      const fault = { pointer: "query/cursor", detail: "is ahead of what was handed out" };
      throw new Problem("invalidCursor", "The cursor was not given out by this feed. Start again without it.", [fault]);
    }
    default:
      return missing();
  }
}

async function signAll(ctx: FeedContext, endpointId: string, rows: readonly FeedRow[]): Promise<FeedItem[]> {
  if (rows.length === 0) return [];
  const keys = await signingKeys(ctx, { endpointId });
  return Promise.all(
    rows.map(async (row) => {
      const headers = await signedHeaders(row, keys, row.nowMs);
      const { deliveryId, eventType, attempt, body } = row;
      return { deliveryId, id: headers["webhook-id"], eventType, attempt, headers, body };
    }),
  );
}
