// How many requests an endpoint may have in flight, and how much of a backlog may be under way. Rules without I/O.

/** An endpoint that answers within this is fast. */
export const FAST_MS = 100;
/** A slow endpoint that answers within this has its whole share; one that takes n times as long has the nth part. */
const PATIENCE_MS = 1_000;
const FAST_SHARE = 2;
const SLOW_SHARE = 0.5;
/** However slow: one in flight would say nothing about the next. */
const LEAST_ROOM = 2;

/** Whether an answer may come any moment; an endpoint that nothing is known of is given the benefit of the doubt. */
export function isFast(latencyMs: number | null): boolean {
  return latencyMs === null || latencyMs < FAST_MS;
}

/**
 * Requests that one endpoint may have in flight in a process with so many free slots: a multiple of what is free (A. K. Choudhury, E. L. Hahne,
 * "Dynamic queue length thresholds for shared-memory packet switches", IEEE/ACM Transactions on Networking 6(2), 1998). Nobody's share is set
 * aside: an endpoint alone gets two thirds of all slots if it is fast and one third if it is slow, the more of them there are the less each
 * gets, and there is always something left for the one that comes next.
 * @param latencyMs how long its answers take; null: not known
 */
export function roomOf(freeSlots: number, latencyMs: number | null): number {
  if (latencyMs === null || isFast(latencyMs)) return Math.max(LEAST_ROOM, FAST_SHARE * freeSlots);
  return Math.max(LEAST_ROOM, Math.floor(SLOW_SHARE * freeSlots * Math.min(1, PATIENCE_MS / latencyMs)));
}

/** How much the newest answer counts in an endpoint's latency, as in TCP's smoothed round-trip time (RFC 6298). */
const NEWEST = 1 / 8;

/** An endpoint's latency after one more answer. */
export function smoothed(latencyMs: number | null, answerMs: number): number {
  return latencyMs === null ? answerMs : latencyMs + NEWEST * (answerMs - latencyMs);
}

/** Deliveries of one endpoint's backlog that may be under way at once. */
export const BUDGET = { least: 8, most: 1_000, step: 64 } as const;
/** What a live delivery may wait in the queue before a backlog gives way. */
const LIVE_WAIT_MS = 8;

/**
 * The budget of backlogs after another moment: a step more while live deliveries need not wait, or there are none, and half as soon as one in
 * ten does. Additive increase, multiplicative decrease, as TCP shares a line (D.-M. Chiu, R. Jain, 1989).
 * @param waitsMs how long each live delivery of that moment was due before its turn came
 */
export function nextBudget(budget: number, waitsMs: readonly number[]): number {
  const sorted = waitsMs.toSorted((a, b) => a - b);
  const late = sorted[Math.floor(sorted.length * 0.9)];
  if (late !== undefined && late > LIVE_WAIT_MS) return Math.max(BUDGET.least, Math.floor(budget / 2));
  return Math.min(BUDGET.most, budget + BUDGET.step);
}
