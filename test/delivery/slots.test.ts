import { expect, test } from "vitest";
import { Slots, type Slot } from "#delivery/slots.ts";

function taken(slots: Slots, endpoint: string): Slot[] {
  const list: Slot[] = [];
  for (let slot = slots.take(endpoint); slot !== null; slot = slots.take(endpoint)) list.push(slot);
  return list;
}

test("an endpoint alone gets two thirds of the slots, and what it leaves goes to the next", () => {
  const slots = new Slots(30);
  expect(taken(slots, "one")).toHaveLength(20);
  expect(taken(slots, "two").length).toBeGreaterThanOrEqual(6);
  expect(slots.inFlight).toBeLessThan(30);
});

test("a delivery that finds its endpoint full gets the place of the first that leaves", async () => {
  const slots = new Slots(3);
  const [first] = taken(slots, "one");
  first?.begin();
  const waiting = slots.wait("one");
  first?.leave(5);
  expect(await waiting).not.toBeNull();
  expect(slots.take("one")).toBeNull();
});

test("it is turned away when no place becomes free, and its wait costs nobody else a place", async () => {
  const slots = new Slots(3);
  const [first] = taken(slots, "one");
  expect(await slots.wait("one")).toBeNull();
  first?.leave(5);
  expect(slots.inFlight).toBe(1);
  expect(slots.take("one")).not.toBeNull();
});

test("an endpoint whose answers take long is given less, and what finds it full is turned away at once", async () => {
  const slots = new Slots(30);
  slots.take("slow")?.leave(10_000);
  expect(taken(slots, "slow")).toHaveLength(2);
  const begun = performance.now();
  expect(await slots.wait("slow")).toBeNull();
  expect(performance.now() - begun).toBeLessThan(90);
  expect(slots.room("slow")).toBe(2);
});

test("an endpoint that has not answered for long is slow, before its answer comes", async () => {
  const slots = new Slots(30);
  slots.take("hanging")?.begin();
  const fast = slots.room("hanging");
  await expect.poll(() => slots.room("hanging")).toBeLessThan(fast / 2);
});

test("a turn that was waited for says nothing about the receiver", async () => {
  const slots = new Slots(30);
  const slot = slots.take("throttled");
  const begun = performance.now();
  await expect.poll(() => performance.now() - begun).toBeGreaterThan(120);
  expect(slots.room("throttled")).toBeGreaterThan(50);
  slot?.leave(null);
  expect(slots.room("throttled")).toBe(60);
});
