import { describe, expect, test } from "vitest";
import { until } from "#test/until.ts";
import { Turns } from "../../src/entry/turns.ts";

/** Work that keeps the process busy for so long. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("turns", () => {
  test("are taken at once by the first, and by the others in their order, while the event loop goes on", async () => {
    const handled: number[] = [];
    const turns = new Turns<number>({ maxWaitMs: 1_000, handle: (n) => handled.push(n) });
    const all = Array.from({ length: 200 }, (_, n) => n);
    for (const n of all) expect(turns.take(n)).toBe(true);
    expect(handled).toEqual(all.slice(0, 32));
    let looked = 0;
    const look = (): void => {
      looked++;
      if (handled.length < all.length) setImmediate(look);
    };
    setImmediate(look);
    await until(() => handled.length === all.length, { what: "all had their turn" });
    expect(handled).toEqual(all);
    // Sockets, timers and the database were looked at in between.
    expect(looked).toBeGreaterThan(4);
  });

  test("are refused at once to what would wait longer than it may, and given again when there is time", async () => {
    let handled = 0;
    const turns = new Turns<number>({
      maxWaitMs: 20,
      handle: () => {
        handled++;
        work(0.5);
      },
    });
    let taken = 0;
    const offer = (count: number): void => {
      for (let n = 0; n < count; n++) if (turns.take(n)) taken++;
    };
    // It learns from full turns what one takes: with each round fewer are taken.
    for (let round = 0; round < 20; round++) {
      offer(64);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken).toBeLessThan(20 * 64);
    // 20 ms of work at half a millisecond each, and what came before that was known.
    expect(taken - handled).toBeLessThan(200);
    await until(() => handled === taken, { what: "all that was taken had its turn" });
    const before = handled;
    expect(turns.take(0)).toBe(true);
    await until(() => handled === before + 1, { what: "it had its turn" });
  });

  test("are given to a part of what comes, also when refusing the rest fills the time", async () => {
    let handled = 0;
    const turns = new Turns<number>({ maxWaitMs: 1, handle: () => void handled++ });
    // Each round a thousand come, and the process is busy with them for 20 ms.
    for (let round = 0; round < 30; round++) {
      for (let n = 0; n < 1_000; n++) turns.take(n);
      work(20);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // 32 a round would be 960.
    expect(handled).toBeGreaterThan(30 * 150);
  });

  test("are kept for 5,000 at most, however quick they may be", () => {
    const turns = new Turns<number>({ maxWaitMs: 60_000, handle: () => {} });
    const taken = Array.from({ length: 6_000 }, (_, n) => turns.take(n)).filter(Boolean);
    expect(taken).toHaveLength(5_032);
  });
});
