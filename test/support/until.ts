import { setTimeout as delay } from "node:timers/promises";

/** How long to ask, and the sentence to fail with. */
export interface Patience {
  /** Default 10,000. */
  deadlineMs?: number;
  /** What should have become true: "the delivery arrived". */
  what: string;
  /** Default 20. */
  everyMs?: number;
}

/**
 * Asks again and again until the condition yields something truthy, and returns that. Throws after the deadline:
 * "Not within 10 s: the delivery arrived". An error of the condition ends the wait at once.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { deadlineMs = 10_000, what, everyMs = 20 }: Patience,
): Promise<Exclude<T, false | undefined | null | 0 | "">> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (isTruthy(value)) return value;
    if (performance.now() > deadline) throw new Error(`Not within ${deadlineMs / 1000} s: ${what}`);
    await delay(everyMs);
  }
}

function isTruthy<T>(value: T): value is Exclude<T, false | undefined | null | 0 | ""> {
  return Boolean(value);
}
