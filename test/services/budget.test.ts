import { expect, test } from "vitest";
import { StoreUnavailable } from "#db/store.ts";
import { Budget } from "#services/budget.ts";

const never = () => new Promise<never>(() => {});
const afterMs = (ms: number) => new Promise<string>((resolve) => setTimeout(resolve, ms, "done"));
const fail = async () => {
  await afterMs(50);
  throw new Error("no such table");
};

test("what one piece of work took, the next one does not have", async () => {
  const budget = new Budget(10_000);
  expect(await budget.spend(() => afterMs(50))).toBe("done");
  expect(await budget.count(async (leftMs) => leftMs)).toBeLessThan(9_955);
});

test("work that takes too long is not waited for, and nothing is begun after it", async () => {
  const budget = new Budget(30);
  await expect(budget.spend(never)).rejects.toThrow(StoreUnavailable);
  let begun = 0;
  const work = async () => void begun++;
  await expect(budget.count(work)).rejects.toThrow(StoreUnavailable);
  await expect(budget.spend(work)).rejects.toThrow(StoreUnavailable);
  expect(begun).toBe(0);
});

test("work that fails has cost what it took, and its error is told", async () => {
  const budget = new Budget(10_000);
  await expect(budget.spend(fail)).rejects.toThrow("no such table");
  expect(await budget.count(async (leftMs) => leftMs)).toBeLessThan(9_955);
});
