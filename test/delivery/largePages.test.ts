import { expect, onTestFinished, test } from "vitest";
import type { CandidateRow, EventToFanOut } from "#db/sql/delivery.ts";
import { createEvaluator } from "#delivery/expressions/evaluator.ts";
import { decidePage } from "#delivery/fanOut/page.ts";
import { KnownCatalogs } from "#services/catalogs/known.ts";
import { EventTypes } from "#services/publish/eventTypes.ts";

const beginning = "00000000-0000-0000-0000-000000000000";
const store = { run: () => Promise.reject(new Error("a plain type needs no look-up")) };

function candidate(n: number): CandidateRow {
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
  return { endpoint: id, subscription: id, format: "standard", version: null, filter: null, transform: "data" };
}

test("bodies that are too large for one statement are written in several, each endpoint's once", async () => {
  const evaluator = createEvaluator({ timeoutMs: 1000, maxOutputBytes: 262_144 });
  onTestFinished(() => evaluator.close());
  const knowledge = {
    types: new EventTypes(store),
    catalogs: new KnownCatalogs(store, Date.now),
    evaluator,
    choices: () => store.run(),
  };
  const all = Array.from({ length: 30 }, (_, n) => candidate(n));
  const event: EventToFanOut = {
    id: "00000000-0000-7000-8000-000000000000",
    tenant_id: "t",
    catalog: "default",
    type: "order.paid",
    version: null,
    trace_id: null,
    ordering_key: null,
    body: JSON.stringify({ id: "e", type: "order.paid", data: "x".repeat(200_000) }),
    native: null,
    cloudevent: null,
    type_revision: null,
    catalog_revision: null,
    candidates: all,
    after: beginning,
    validated: true,
    verdict: null,
    last_endpoint: all.at(-1)?.endpoint ?? null,
    endpoints: all.length,
  };
  const written: string[] = [];
  let pages = 0;
  for (let after: string | null = beginning; after !== null; pages++) {
    const from: string = after;
    const candidates = all.filter(({ endpoint }) => endpoint > from || from === beginning);
    const { page } = await decidePage(knowledge, { ...event, after, candidates, endpoints: candidates.length }, 500);
    expect(page.targets.reduce((sum, { body = "" }) => sum + body.length, 0)).toBeLessThan(4_300_000);
    written.push(...page.targets.map(({ endpoint }) => endpoint));
    after = page.next;
  }
  expect(pages).toBe(2);
  expect(written).toEqual(all.map(({ endpoint }) => endpoint));
});
