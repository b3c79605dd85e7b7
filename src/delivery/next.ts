import { nextDelayMs, parseRetryAfter } from "#domain/retry.ts";
import type { SendOutcome } from "./outcome.ts";

export interface Next {
  readonly next: "delivered" | "scheduled" | "failed";
  readonly retryMs: number;
  readonly step: number;
  /** 410: the receiver asks never to be called again; the endpoint is disabled. */
  readonly gone: boolean;
}

/** A receiver that asks for silence is not taken at its word for longer: it may have meant something else by it. */
const silenceMaxMs = 3_600_000;
const busyStatuses: ReadonlySet<number | null> = new Set([429, 502, 503, 504]);

/** How long a receiver with too much to do asks to be left alone; null: it does not. */
export function silenceAsked(outcome: SendOutcome, nowMs: number): number | null {
  if (!busyStatuses.has(outcome.status)) return null;
  const waitMs = parseRetryAfter(outcome.retryAfter, nowMs);
  return waitMs === undefined ? null : Math.min(waitMs, silenceMaxMs);
}

/**
 * What follows an attempt. `step` is how many attempts of this round were made before it (a redelivery begins a new round).
 * An interrupted attempt (our own shutdown) costs no step and is made again at once.
 */
export function nextAfter(
  outcome: SendOutcome,
  schedule: readonly number[],
  step: number,
  random: number,
  nowMs: number,
): Next {
  if (outcome.outcome === "succeeded") return { next: "delivered", retryMs: 0, step: step + 1, gone: false };
  if (outcome.failure === "interrupted") return { next: "scheduled", retryMs: 0, step, gone: false };
  if (outcome.status === 410) return { next: "failed", retryMs: 0, step: step + 1, gone: true };
  const retryMs = nextDelayMs({
    schedule,
    attempt: step + 1,
    random,
    retryAfterMs: parseRetryAfter(outcome.retryAfter, nowMs),
  });
  return retryMs === null
    ? { next: "failed", retryMs: 0, step: step + 1, gone: false }
    : { next: "scheduled", retryMs, step: step + 1, gone: false };
}
