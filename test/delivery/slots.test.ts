import { expect, test } from "vitest";
import { Slots, type Slot } from "#delivery/slots.ts";

/** Slots of a process, and endpoints that have answered within so many milliseconds. */
function known(size: number, endpoints: Readonly<Record<string, number>>): Slots {
  const slots = new Slots(size);
  for (const [endpoint, answerMs] of Object.entries(endpoints)) slots.take(endpoint)?.leave(answerMs);
  return slots;
}

function taken(slots: Slots, endpoint: string): Slot[] {
  const list: Slot[] = [];
  for (let slot = slots.take(endpoint); slot !== null; slot = slots.take(endpoint)) list.push(slot);
  return list;
}

test("an endpoint alone gets two thirds of the slots, and what it leaves goes to the next", () => {
  const slots = known(30, { one: 5, two: 5 });
  expect(taken(slots, "one")).toHaveLength(20);
  expect(taken(slots, "two").length).toBeGreaterThanOrEqual(6);
  expect(slots.inFlight).toBeLessThan(30);
});

test("an endpoint that has not answered yet gets a third, and more with its first answer", () => {
  const slots = new Slots(30);
  const [first, ...others] = taken(slots, "new");
  expect(others).toHaveLength(9);
  first?.leave(5);
  expect(taken(slots, "new")).toHaveLength(11);
});

test("there are never more requests in flight than slots", () => {
  const slots = new Slots(3);
  for (const endpoint of ["one", "two", "three"]) taken(slots, endpoint);
  expect(slots.inFlight).toBe(3);
});

test("a delivery that finds its endpoint full gets the place of the first that leaves", async () => {
  const slots = known(3, { one: 5 });
  const [first] = taken(slots, "one");
  first?.begin();
  const waiting = slots.wait("one");
  first?.leave(5);
  expect(await waiting).not.toBeNull();
  expect(slots.take("one")).toBeNull();
});

test("a delivery that finds all slots taken gets one that another endpoint leaves", async () => {
  const slots = new Slots(3);
  const [one] = taken(slots, "one");
  taken(slots, "two");
  const waiting = slots.wait("three");
  one?.leave(5);
  expect(await waiting).not.toBeNull();
  expect(slots.inFlight).toBe(3);
});

test("it is turned away when no place becomes free, and its wait costs nobody else a place", async () => {
  const slots = known(3, { one: 5 });
  const [first] = taken(slots, "one");
  expect(await slots.wait("one")).toBeNull();
  first?.leave(5);
  expect(slots.inFlight).toBe(1);
  expect(slots.take("one")).not.toBeNull();
});

test("an endpoint whose answers take long is given less, and what finds it full is turned away at once", async () => {
  const slots = known(30, { slow: 10_000 });
  expect(taken(slots, "slow")).toHaveLength(2);
  const begun = performance.now();
  expect(await slots.wait("slow")).toBeNull();
  expect(performance.now() - begun).toBeLessThan(90);
  expect(slots.room("slow")).toBe(2);
});

test("an endpoint that has not answered for long is slow, before its answer comes", async () => {
  const slots = known(30, { hanging: 5 });
  slots.take("hanging")?.begin();
  expect(slots.room("hanging")).toBe(58);
  await expect.poll(() => slots.room("hanging"), { timeout: 5_000 }).toBeLessThan(20);
});

test("a turn that was waited for says nothing about the receiver", async () => {
  const slots = known(30, { throttled: 5 });
  const slot = slots.take("throttled");
  const begun = performance.now();
  await expect.poll(() => performance.now() - begun).toBeGreaterThan(300);
  expect(slots.room("throttled")).toBe(58);
  slot?.leave(null);
  expect(slots.room("throttled")).toBe(60);
});
