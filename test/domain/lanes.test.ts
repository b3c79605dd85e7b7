import { describe, expect, test } from "vitest";
import { BUDGET, isPrompt, nextBudget, roomOf, smoothed } from "#domain/lanes.ts";

/** Fills the slots of a process with requests of so many endpoints, each as far as its room goes; returns what each has in the end. */
function fill(slots: number, endpoints: number, latencyMs: number | null): number[] {
  const taken = Array.from({ length: endpoints }, () => 0);
  const total = (): number => taken.reduce((sum, n) => sum + n, 0);
  for (let moved = true; moved;) {
    moved = false;
    for (let i = 0; i < endpoints; i++) {
      if (total() >= slots || (taken[i] ?? 0) >= roomOf(slots - total(), latencyMs)) continue;
      taken[i] = (taken[i] ?? 0) + 1;
      moved = true;
    }
  }
  return taken;
}

describe("room", () => {
  test("a fast endpoint alone may take two thirds of the slots, one that takes a second a third", () => {
    expect(fill(300, 1, 20)).toEqual([200]);
    expect(fill(300, 1, 1_000)).toEqual([100]);
  });

  test("until its first answer an endpoint gets a third, and five of them leave slots to others", () => {
    expect(fill(300, 1, null)).toEqual([100]);
    expect(fill(300, 5, null).reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(220);
  });

  test("ten endpoints that take a second each leave slots for the eleventh", () => {
    const taken = fill(300, 10, 1_000).reduce((sum, n) => sum + n, 0);
    expect(taken).toBeLessThanOrEqual(260);
  });

  test("ten endpoints that hang leave two thirds of the slots to others", () => {
    const taken = fill(300, 10, 10_000).reduce((sum, n) => sum + n, 0);
    expect(taken).toBeLessThanOrEqual(110);
  });

  test("nobody has less than two, however slow and however full it is", () => {
    expect(roomOf(0, 30_000)).toBe(2);
    expect(roomOf(0, null)).toBe(2);
    expect(roomOf(100, 60_000)).toBe(2);
  });

  test("the longer an endpoint takes, the less it gets", () => {
    const rooms = [100, 250, 500, 1_000, 2_000, 5_000, 30_000].map((ms) => roomOf(200, ms));
    expect(rooms).toEqual([400, 400, 200, 100, 50, 20, 3]);
  });
});

test("an answer is waited for where they take less than a second, or nothing is known", () => {
  expect([isPrompt(null), isPrompt(999), isPrompt(1_000)]).toEqual([true, true, false]);
});

test("the first answer is the latency, and a later one moves it by an eighth", () => {
  expect(smoothed(null, 40)).toBe(40);
  expect(smoothed(40, 120)).toBe(50);
});

describe("the budget of backlogs", () => {
  test("doubles while there is no live traffic, and grows step by step while that does not wait, up to its bound", () => {
    expect(nextBudget(100, { waitsMs: [], moved: 50 })).toBe(200);
    expect(nextBudget(100, { waitsMs: [1, 2, 3], moved: 50 })).toBe(100 + BUDGET.step);
    expect(nextBudget(BUDGET.most, { waitsMs: [], moved: 50 })).toBe(BUDGET.most);
    expect(nextBudget(BUDGET.most, { waitsMs: [1], moved: 50 })).toBe(BUDGET.most);
  });

  test("is halved as soon as one live delivery in ten waits longer than 8 ms, down to its bound", () => {
    const waitsMs = [...Array.from({ length: 17 }, () => 1), 9, 9, 9];
    expect(nextBudget(200, { waitsMs, moved: 50 })).toBe(100);
    expect(nextBudget(200, { waitsMs: waitsMs.slice(0, 18), moved: 50 })).toBe(200 + BUDGET.step);
    expect(nextBudget(BUDGET.least, { waitsMs, moved: 50 })).toBe(BUDGET.least);
  });

  test("that nothing used begins anew", () => {
    expect(nextBudget(BUDGET.most, { waitsMs: [1, 2], moved: 0 })).toBe(BUDGET.first);
    expect(nextBudget(BUDGET.least, { waitsMs: [], moved: 0 })).toBe(BUDGET.first);
  });
});
