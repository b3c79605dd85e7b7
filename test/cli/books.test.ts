import { expect, test } from "vitest";
import { type TenantFacts, balance, together } from "#cli/demo/books.ts";
import { booksSentence, booksTable } from "#cli/demo/table.ts";
import { paintFor } from "#cli/terminal.ts";

const plain = paintFor({ isTTY: false }, {});

interface Case {
  published: string[];
  accepted: Record<string, number>;
  deliveries: Record<string, string>;
  derived?: string[];
  badSignatures?: string[];
}

function facts({ published, accepted, deliveries, derived = [], badSignatures = [] }: Case): TenantFacts {
  const entries = Object.entries(accepted);
  const requests = entries.reduce((sum, [, times]) => sum + times, 0);
  return {
    name: "acme",
    published: new Set(published),
    derived: new Set(derived),
    tally: { requests, accepted: new Map(entries), troubled: 0, badSignatures },
    deliveries: Object.entries(deliveries).map(([eventId, status]) => ({ eventId, status })),
  };
}

test("books balance when the receiver accepted the very events that the gateway calls delivered", () => {
  const row = balance(
    facts({
      published: ["a", "b", "c", "d"],
      accepted: { a: 1, b: 2 },
      deliveries: { a: "delivered", b: "delivered", c: "failed", d: "scheduled" },
    }),
  );
  expect(row).toMatchObject({ published: 4, seen: 2, duplicates: 1, delivered: 2, failed: 1, waiting: 1, faults: [] });
});

test("held, scheduled and queued deliveries are waiting", () => {
  const deliveries = { a: "held", b: "scheduled", c: "queued" };
  expect(balance(facts({ published: ["a", "b", "c"], accepted: {}, deliveries }))).toMatchObject({
    waiting: 3,
    faults: [],
  });
});

test("what follows from a published event is counted beside it, and balances like it", () => {
  const deliveries = { a: "delivered", n: "delivered" };
  const row = balance(facts({ published: ["a"], derived: ["n"], accepted: { a: 1, n: 1 }, deliveries }));
  expect(row).toMatchObject({ published: 1, derived: 1, seen: 2, delivered: 2, faults: [] });
  const lost = balance(facts({ published: ["a"], derived: ["n"], accepted: { a: 1 }, deliveries: { a: "delivered" } }));
  expect(lost.faults.join("\n")).toContain("without a delivery: n");
});

test("several tenants' rows add up to one, whose faults say whose they are", () => {
  const good = balance(facts({ published: ["a"], accepted: { a: 1 }, deliveries: { a: "delivered" } }));
  const bad = balance(facts({ published: ["b"], accepted: {}, deliveries: {} }));
  const row = together("catalogs", [good, { ...bad, name: "other" }]);
  expect(row).toMatchObject({ name: "catalogs", published: 2, seen: 1, delivered: 1 });
  expect(row.faults[0]).toBe("other: 1 acknowledged, and without a delivery: b");
});

test.each<[string, Case, string]>([
  ["an event without a delivery", { published: ["a"], accepted: {}, deliveries: {} }, "without a delivery: a"],
  [
    "a delivery that the receiver never accepted",
    { published: ["a"], accepted: {}, deliveries: { a: "delivered" } },
    "the receiver never accepted it: a",
  ],
  [
    "an accepted event that the gateway calls failed",
    { published: ["a"], accepted: { a: 1 }, deliveries: { a: "failed" } },
    "not delivered, says the gateway: a",
  ],
  [
    "an event that nobody published",
    { published: [], accepted: { x: 1 }, deliveries: { x: "delivered" } },
    "never published: x",
  ],
  [
    "a signature that does not hold",
    { published: ["a"], accepted: { a: 1 }, deliveries: { a: "delivered" }, badSignatures: ["no match"] },
    "a signature that does not hold: no match",
  ],
  ["a canceled delivery", { published: ["a"], accepted: {}, deliveries: { a: "canceled" } }, "a (canceled)"],
])("%s unbalances the books even where the sums agree", (_, given, expected) => {
  expect(balance(facts(given)).faults.join("\n")).toContain(expected);
});

test("equal counts of different events do not balance", () => {
  const row = balance(
    facts({ published: ["a", "b"], accepted: { a: 1 }, deliveries: { a: "failed", b: "delivered" } }),
  );
  expect(row.faults).toHaveLength(2);
});

test("the table has a line for each tenant and for each fault, and the sentence says whether the books balance", () => {
  const good = balance(facts({ published: ["a"], accepted: { a: 1 }, deliveries: { a: "delivered" } }));
  const bad = balance(facts({ published: ["a"], accepted: {}, deliveries: {} }));
  expect(booksTable([good], plain)).toHaveLength(3);
  expect(booksTable([good], plain)[2]).toMatch(/^✓ acme /);
  expect(booksTable([bad], plain)[2]).toMatch(/^✗ acme /);
  expect(booksTable([good, bad], plain).join("\n")).toContain("acme: 1 acknowledged, and without a delivery: a");
  expect(booksSentence([good], plain)).toBe(
    "The books balance: 1 published + 0 derived = 1 delivered + 0 failed + 0 waiting.",
  );
  expect(booksSentence([good, bad], plain)).toContain("do NOT balance");
});
