// How many requests an endpoint may have in flight, and how much of a backlog may be under way. Rules without I/O.

/** However fast: two thirds of all slots for one endpoint. */
const GREATEST_SHARE = 2;
/** Until its first answer: five new endpoints that hang, with a thousand deliveries each, would take nine slots of ten at once. */
const FIRST_SHARE = 0.5;
/** Beyond 250 ms the share shrinks as answers take longer, to a half of the free slots at a second. */
const SHARE_MS = 500;
/** However slow: one in flight would say nothing about the next. */
const LEAST_ROOM = 2;

/**
 * Requests that one endpoint may have in flight in a process with so many free slots: a multiple of what is free (A. K. Choudhury, E. L. Hahne,
 * "Dynamic queue length thresholds for shared-memory packet switches", IEEE/ACM Transactions on Networking 6(2), 1998), the smaller the longer
 * its answers take. Nobody's share is set aside: an endpoint alone gets two thirds of all slots if it is fast and a third if it takes a second;
 * the more of them there are the less each gets, and there is always something left for the one that comes next.
 * The share has no step in it: with twice the free slots below 100 ms and half of them above, a machine that was busy itself for 100 ms took
 * every receiver for slow, and put 4,700 of 5,000 deliveries to a healthy one aside.
 * @param latencyMs how long its answers take; null: it has not answered yet
 */
export function roomOf(freeSlots: number, latencyMs: number | null): number {
  const share = latencyMs === null ? FIRST_SHARE : Math.min(GREATEST_SHARE, SHARE_MS / latencyMs);
  return Math.max(LEAST_ROOM, Math.floor(share * freeSlots));
}

/** An endpoint whose answers take longer hangs: its next one is not waited for. */
const PROMPT_MS = 1_000;

/** Whether it is worth waiting a moment for one of an endpoint's answers. */
export function isPrompt(latencyMs: number | null): boolean {
  return latencyMs === null || latencyMs < PROMPT_MS;
}

/** How much the newest answer counts in an endpoint's latency, as in TCP's smoothed round-trip time (RFC 6298). */
const NEWEST = 1 / 8;

/** An endpoint's latency after one more answer. */
export function smoothed(latencyMs: number | null, answerMs: number): number {
  return latencyMs === null ? answerMs : latencyMs + NEWEST * (answerMs - latencyMs);
}

/** Deliveries of one endpoint's backlog that may be under way at once: at first, at least, at most, and how much more with each moment. */
export const BUDGET = { first: 64, least: 8, most: 1_000, step: 16 } as const;
/** What a live delivery may wait in the queue before a backlog gives way. */
const LIVE_WAIT_MS = 8;

/** One moment of a deliverer. */
export interface Moment {
  /** How long each live delivery was due before its turn came. */
  readonly waitsMs: readonly number[];
  /** Deliveries of backlogs that were let through. */
  readonly moved: number;
}

/**
 * The budget of backlogs after another moment: half as soon as one live delivery in ten waits, a little more while they need not, twice as much
 * while there are none (additive increase, multiplicative decrease, as TCP shares a line). A budget that nothing used is no proof that there is
 * room for it (RFC 7661): the next backlog begins small, or it stood before live deliveries at once.
 */
export function nextBudget(budget: number, { waitsMs, moved }: Moment): number {
  if (moved === 0) return BUDGET.first;
  if (waitsMs.length === 0) return Math.min(BUDGET.most, 2 * budget);
  const sorted = waitsMs.toSorted((a, b) => a - b);
  const late = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
  if (late > LIVE_WAIT_MS) return Math.max(BUDGET.least, Math.floor(budget / 2));
  return Math.min(BUDGET.most, budget + BUDGET.step);
}
