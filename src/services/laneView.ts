import type { EndpointMode, LaneReason } from "#db/schema.ts";
import { WAITING_COUNTED } from "#db/sql/endpointLanes.ts";

/** What waits behind others of its ordering key while the lane is open. */
export interface WaitingKeys {
  /** Since when the one that has waited longest does; null: none. */
  readonly orderedSince: Date | null;
  /** Keys that wait behind a delivery that failed for good. */
  readonly blockedKeys: number;
  /** There may be more of them: not all were looked at. */
  readonly moreKeys: boolean;
}

/** Counted for one endpoint alone: up to 100,000, and one more where there are more. */
export interface WaitingDeliveries {
  readonly waiting: number;
  readonly inFlight: number;
  /** Where the gateway itself holds the lane. */
  readonly nextAttemptAt: Date | null;
}

/** Of an endpoint that was just made. */
export const NOTHING_WAITS = {
  orderedSince: null,
  blockedKeys: 0,
  moreKeys: false,
  waiting: 0,
  inFlight: 0,
  nextAttemptAt: null,
} satisfies WaitingKeys & WaitingDeliveries;

export interface Lane {
  readonly state: "open" | "held";
  readonly reason: LaneReason | "ordered" | null;
  readonly since: Date | null;
  readonly detail: string | null;
}

export interface WholeLane extends Lane, WaitingDeliveries {
  readonly waitingIsExact: boolean;
}

interface HeldBy {
  readonly mode: EndpointMode;
  readonly laneReason: LaneReason | null;
  readonly laneSince: Date | null;
  readonly laneDetail: string | null;
}

/** The lane as it is shown. The database holds the lane of an endpoint that polls; for the tenant it is open unless a person holds it. */
export function laneOf(row: HeldBy & WaitingKeys): Lane {
  const { mode, laneReason: reason, laneSince: since, laneDetail: detail } = row;
  const isPersons = reason === "paused" || reason === "disabled";
  if (reason !== null && (mode === "push" || isPersons)) return { state: "held", reason, since, detail };
  if (row.orderedSince === null) return { state: "open", reason: null, since: null, detail: null };
  return { state: "held", reason: "ordered", since: row.orderedSince, detail: blockedDetail(row) };
}

export function wholeLaneOf(row: HeldBy & WaitingKeys & WaitingDeliveries): WholeLane {
  return {
    ...laneOf(row),
    waiting: Math.min(row.waiting, WAITING_COUNTED),
    waitingIsExact: row.waiting <= WAITING_COUNTED,
    inFlight: Math.min(row.inFlight, WAITING_COUNTED),
    nextAttemptAt: row.nextAttemptAt,
  };
}

function blockedDetail({ blockedKeys, moreKeys }: WaitingKeys): string | null {
  if (blockedKeys === 0) return null;
  const keys = `${moreKeys ? "at least " : ""}${blockedKeys} ordering ${blockedKeys === 1 ? "key waits" : "keys wait"}`;
  return `${keys} behind a delivery that failed: redeliver or cancel it`;
}
