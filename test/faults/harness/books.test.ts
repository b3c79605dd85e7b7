import { expect, onTestFinished, test } from "vitest";
import { createGateway } from "#test/gateway.ts";
import { Books, type DatabaseRow } from "./books.ts";
import { faultTable } from "./table.ts";
import { mistakes, waitForTheWork } from "./verdict.ts";

const endpointId = "01890000-0000-7000-8000-000000000001";

/** One event, "one", acknowledged at second 1, and what the database has of it. */
function booksWith(row: Partial<DatabaseRow> = {}): { books: Books; rows: DatabaseRow[] } {
  const books = new Books();
  books.faultEnded = 10_000;
  books.acknowledge({ id: "one", tenantId: "t", endpointIds: [endpointId], at: 1000 });
  const delivered = { status: "delivered", attempts: 1, recorded: 1, succeeded: 1, due_ms: 1000, updated_ms: 12_000 };
  const ids = { event_id: "01890000-0000-7000-8000-000000000002", external_id: "one", endpoint_id: endpointId };
  return { books, rows: [{ ...ids, ...delivered, ...row }] };
}

const arrival = { webhookId: "one", endpointId, accepted: true, signatureHolds: true, at: 12_000 };
const failed = { status: "failed", succeeded: 0 };

test("books balance where what was acknowledged was accepted once and is delivered", () => {
  const { books, rows } = booksWith();
  books.arrive(arrival);
  const closing = books.close(rows);
  expect(closing).toEqual({
    acknowledged: 1,
    lost: [],
    twice: 0,
    longestStuckMs: 2000,
    recoveredMs: 2000,
    wrong: [],
  });
});

test("what was acknowledged and has no delivery, or did not arrive, is lost", () => {
  const { books, rows } = booksWith();
  expect(books.close([]).lost).toEqual([`one at ${endpointId}: no delivery`]);
  expect(books.close(rows).lost).toEqual([`one at ${endpointId}: delivered`]);
  expect(books.close(rows).wrong).toEqual([`one at ${endpointId}: delivered, and the receiver did not accept it`]);
});

test("a failed delivery is lost, unless its endpoint may fail and the attempts are there to be seen", () => {
  const { books, rows } = booksWith(failed);
  expect(books.close(rows).lost).toHaveLength(1);
  books.mayFail(endpointId);
  expect(books.close(rows).lost).toEqual([]);
  expect(books.close(booksWith({ ...failed, attempts: 0, recorded: 0 }).rows).lost).toHaveLength(1);
});

test("an accepted request is counted once for the delivery and then as delivered twice", () => {
  const { books, rows } = booksWith({ attempts: 2, recorded: 2 });
  for (const at of [12_000, 13_000, 14_000]) books.arrive({ ...arrival, at });
  expect(books.close(rows)).toMatchObject({ twice: 2, longestStuckMs: 2000, wrong: [] });
});

test.each([
  ["a signature that does not hold", {}, { ...arrival, signatureHolds: false }, "its signature does not hold"],
  ["an attempt that is not recorded", { attempts: 2 }, arrival, "2 attempts, 1 recorded"],
  ["a second success", { attempts: 2, recorded: 2, succeeded: 2 }, arrival, "delivered, 2 succeeded"],
  ["a delivery that was accepted and is failed", failed, arrival, "failed, and the receiver accepted it"],
  ["a refused request for what is delivered", {}, { ...arrival, accepted: false }, "the receiver did not accept it"],
])("%s is wrong", (_, row, seen, sentence) => {
  const { books, rows } = booksWith(row);
  books.arrive(seen);
  expect(books.close(rows).wrong.join()).toContain(sentence);
});

test("what a receiver accepted and the database does not have is wrong", () => {
  const { books, rows } = booksWith();
  books.arrive(arrival);
  books.arrive({ ...arrival, webhookId: "nobody's" });
  const sentence = `nobody's at ${endpointId}: the receiver accepted it, and the database does not have it`;
  expect(books.close(rows)).toMatchObject({ lost: [], wrong: [sentence] });
  expect(books.close([]).wrong).toHaveLength(2);
});

test("a refused request for what the database does not have is nobody's promise", () => {
  const { books, rows } = booksWith();
  books.arrive(arrival);
  books.arrive({ ...arrival, webhookId: "nobody's", accepted: false });
  expect(books.close(rows).wrong).toEqual([]);
});

test("after a restore only what was acknowledged after the moment may be gone", () => {
  const { books } = booksWith();
  books.acknowledge({ id: "two", tenantId: "t", endpointIds: [endpointId], at: 5000 });
  // Both came after the moment, which is not what counts.
  for (const webhookId of ["one", "two"]) books.arrive({ ...arrival, webhookId, at: 6000 });
  books.mayBeGone({ from: 4000, to: 8000 });
  const { lost, wrong } = books.close([]);
  expect(lost).toEqual([`one at ${endpointId}: no delivery`]);
  expect(wrong).toEqual([`one at ${endpointId}: the receiver accepted it, and the database does not have it`]);
});

test("what was acknowledged after the moment and is there is held against the database as everything is", () => {
  const { books, rows } = booksWith();
  books.mayBeGone({ from: 500, to: 8000 });
  expect(books.close(rows).lost).toEqual([`one at ${endpointId}: delivered`]);
});

test("one event of a publisher under two ids at one endpoint is wrong", () => {
  const { books, rows } = booksWith();
  rows.push(...booksWith({ external_id: "two" }).rows);
  books.arrive({ ...arrival, n: 7 });
  books.arrive({ ...arrival, n: 7 });
  books.arrive({ ...arrival, n: 7, endpointId: `${endpointId}0`, accepted: false, webhookId: "two" });
  expect(books.close(rows.slice(0, 1)).wrong).toEqual([]);
  books.arrive({ ...arrival, n: 7, webhookId: "two" });
  expect(books.close(rows).wrong).toEqual([`7 came to ${endpointId} as one and as two`]);
});

test("what waited in a held lane, and so was due late, is found by when all had recovered", () => {
  const { books, rows } = booksWith({ due_ms: 44_000 });
  books.arrive({ ...arrival, at: 45_000 });
  const closing = books.close(rows);
  expect(closing).toMatchObject({ longestStuckMs: 1000, recoveredMs: 35_000 });
  expect(mistakes(closing, false)).toEqual(["not recovered until 35.0 s after the fault"]);
});

test("what was stuck, delivered twice where nothing may be, lost, or never said is a mistake", () => {
  const closing = { acknowledged: 1, lost: [], twice: 1, longestStuckMs: 30_000, recoveredMs: 30_000, wrong: [] };
  expect(mistakes(closing, false)).toEqual([]);
  expect(mistakes(closing, true)).toEqual(["1 delivered twice, where nothing may be"]);
  expect(mistakes({ ...closing, longestStuckMs: 30_100 }, false)).toEqual(["something was stuck for 30.1 s"]);
  expect(mistakes({ ...closing, lost: ["it"], wrong: ["that"] }, false)).toEqual(["lost: it", "that"]);
  expect(mistakes({ ...closing, acknowledged: 0 }, false)).toEqual(["nothing was acknowledged: this shows nothing"]);
});

test("what nobody does is left over, and said", async () => {
  const gateway = await createGateway();
  onTestFinished(() => gateway.close());
  const soon = 300;
  expect(await waitForTheWork(gateway.url, 0, soon)).toEqual([]);
  const tenantId = await gateway.tenant();
  await gateway.eventType("left.over");
  for (const n of [1, 2, 3, 4]) await gateway.endpoint({ tenantId, url: `http://127.0.0.1:1/${n}` });
  await gateway.publish(tenantId, "left.over");
  expect(await waitForTheWork(gateway.url, 0, soon)).toEqual(["left over are deliveries queued: 4, jobs: 4"]);
  await gateway.rows("delete from graphile_worker._private_jobs");
  const set = (status: string): Promise<unknown> =>
    gateway.rows(
      "update posthorn.deliveries set status = $1 where id = (select min(id::text)::uuid from posthorn.deliveries where status = 'queued')",
      [status],
    );
  for (const status of ["scheduled", "held", "delivered"]) await set(status);
  await gateway.rows("update posthorn.events set fan_out_after = id");
  expect(await waitForTheWork(gateway.url, 0, soon)).toEqual([
    "left over are deliveries queued: 1, deliveries scheduled: 1, deliveries held: 1, events to fan out: 1",
  ]);
});

test("what was due after the fault's end has waited since it was due", () => {
  const { books, rows } = booksWith({ due_ms: 11_500 });
  books.arrive(arrival);
  expect(books.close(rows)).toMatchObject({ longestStuckMs: 500, recoveredMs: 2000 });
});

test("recovered is when all from before the fault's end has arrived, and the first from after it", () => {
  const { books, rows } = booksWith();
  books.arrive(arrival);
  expect(books.newEventCameThrough()).toBe(false);
  for (const [id, at] of [
    ["two", 20_000],
    ["three", 30_000],
  ] as const) {
    books.acknowledge({ id, tenantId: "t", endpointIds: [endpointId], at });
    books.arrive({ ...arrival, webhookId: id, at: at + 100 });
    rows.push(...booksWith({ external_id: id }).rows);
  }
  expect(books.newEventCameThrough()).toBe(true);
  expect(books.close(rows)).toMatchObject({ acknowledged: 3, lost: [], recoveredMs: 10_100 });
});

test("the table says of a red row what is wrong, fits in 112 columns, and counts", () => {
  const figures = { acknowledged: 2998, lost: 0, twice: 41, longestStuckMs: 4110, recoveredMs: 3900 };
  const name = "kill -9 of one of two deliverers, every two seconds for a whole minute, and then once more";
  const table = faultTable([
    { group: "processes", scenario: name, figures, remarks: ["30 kills"], wrong: [] },
    { group: "processes", scenario: "nobody is there", remarks: [], wrong: ["not over within 300 s ".repeat(9)] },
  ]);
  expect(table).toContain("2,998     0     41    4.1 s      3.9 s");
  expect(table).toContain("✗ nobody is there");
  expect(table.endsWith("1 of 2 scenarios green; 1 red.")).toBe(true);
  expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(112);
});
