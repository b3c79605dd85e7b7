import { describe, expect, test } from "vitest";
import {
  checkRetrySchedule,
  DEFAULT_RETRY_SCHEDULE,
  nextDelayMs,
  parseRetryAfter,
  RETRY_AFTER_EXTRA_MS,
} from "#domain/retry.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse("2026-11-21T10:00:00Z");

describe("the time of the next attempt", () => {
  test("follows the schedule, attempt by attempt, and ends with it", () => {
    const delays = Array.from({ length: 10 }, (_, i) =>
      nextDelayMs({ schedule: DEFAULT_RETRY_SCHEDULE, attempt: i + 1, random: 0 }),
    );
    expect(delays).toEqual([...DEFAULT_RETRY_SCHEDULE.map((s) => s * 1000), null]);
  });

  test.each([
    [0, 300_000],
    [0.5, 330_000],
    [1, 360_000],
  ])("chance %d makes 300 s into %d ms: never early, at most a fifth late", (random, delayMs) => {
    expect(nextDelayMs({ schedule: DEFAULT_RETRY_SCHEDULE, attempt: 2, random })).toBe(delayMs);
  });

  test("Retry-After is a floor, not a replacement", () => {
    const first = { schedule: [60], attempt: 1, random: 0 };
    expect(nextDelayMs({ ...first, retryAfterMs: 0 })).toBe(60_000);
    expect(nextDelayMs({ ...first, retryAfterMs: 59_000 })).toBe(60_000);
    expect(nextDelayMs({ ...first, retryAfterMs: 120_000 })).toBe(120_000);
    expect(nextDelayMs({ ...first, retryAfterMs: undefined })).toBe(60_000);
  });

  test("Retry-After can add at most an hour to the schedule", () => {
    const delayMs = nextDelayMs({ schedule: [60], attempt: 1, random: 1, retryAfterMs: 24 * HOUR_MS });
    expect(delayMs).toBe(60_000 + RETRY_AFTER_EXTRA_MS);
  });

  test("Retry-After does not revive an exhausted schedule, and an empty one has no retries", () => {
    expect(nextDelayMs({ schedule: [60], attempt: 2, random: 0, retryAfterMs: 5000 })).toBeNull();
    expect(nextDelayMs({ schedule: [], attempt: 1, random: 0 })).toBeNull();
  });
});

describe("a retry schedule", () => {
  test.each([[[]], [[1]], [[604_800]], [Array.from({ length: 20 }, () => 60)]])("%j is allowed", (schedule) => {
    expect(checkRetrySchedule(schedule)).toBeNull();
  });

  test.each([[[0]], [[-1]], [[1.5]], [[604_801]], [[Number.NaN]], [[60, Infinity]]])("%j is refused", (schedule) => {
    expect(checkRetrySchedule(schedule)).toContain("whole seconds from 1 to 604800");
  });

  test("has 20 entries at most", () => {
    expect(checkRetrySchedule(Array.from({ length: 21 }, () => 60))).toContain("more than 20");
  });
});

describe("Retry-After", () => {
  test.each([
    ["120", 120_000],
    ["0", 0],
    [" 7 ", 7000],
    ["Sat, 21 Nov 2026 10:00:30 GMT", 30_000],
    ["Saturday, 21-Nov-26 10:01:00 GMT", 60_000],
    ["Sat Nov 21 10:02:00 2026", 120_000],
    ["Tue Dec  1 10:00:00 2026", 604_800_000],
  ])("%j asks for %d ms", (header, delayMs) => {
    expect(parseRetryAfter(header, NOW_MS)).toBe(delayMs);
  });

  test.each(["Sat, 21 Nov 2020 10:00:30 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "%j is past and asks for nothing",
    (header) => {
      expect(parseRetryAfter(header, NOW_MS)).toBe(0);
    },
  );

  test.each(["99999999999999999999999999999999", "604801", "Fri, 31 Dec 9999 23:59:59 GMT"])(
    "%j is bounded",
    (header) => {
      expect(parseRetryAfter(header, NOW_MS)).toBe(604_800_000);
    },
  );

  test.each([
    null,
    undefined,
    "",
    "soon",
    "-5",
    "1.5",
    "0x10",
    "1e3",
    "2026-11-21T10:00:30Z",
    "Sat, 31 Feb 2026 10:00:30 GMT",
    "Sat, 21 Nov 2026 25:00:30 GMT",
    "Sat, 21 Nov 2026 10:00:30 CET",
    "Sat, 21 Foo 2026 10:00:30 GMT",
  ])("%j is rubbish and says nothing", (header) => {
    expect(parseRetryAfter(header, NOW_MS)).toBeUndefined();
  });
});
