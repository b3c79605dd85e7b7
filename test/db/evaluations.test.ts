import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { askEvaluation, takeEvaluations } from "#db/sql/evaluations.ts";
import { createGateway, type Gateway } from "#test/gateway.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway();
});
beforeEach(() => gateway.rows("delete from posthorn.evaluations"));
afterAll(() => gateway?.close());

/** Of these askers, in this order. */
async function ask(askers: string): Promise<void> {
  for (const asker of askers) await gateway.rows(askEvaluation.text, [crypto.randomUUID(), asker, "[]"]);
}

/** Who is served; `busy`: whom the deliverer serves already. */
async function take(page: number, busy = "", youngerThanMs = 60_000): Promise<string> {
  const rows = await gateway.rows<{ asker: string }>(takeEvaluations.text, [page, busy.split(""), 2, youngerThanMs]);
  return rows
    .map(({ asker }) => asker)
    .toSorted()
    .join("");
}

test("the first of each is taken before the second of any", async () => {
  await ask("aaabac");
  expect(await take(3)).toBe("abc");
});

test("of one who asks a deliverer has two at most", async () => {
  await ask("aaaab");
  expect(await take(9)).toBe("aab");
  expect(await take(9, "aab")).toBe("");
  expect(await take(9, "ab")).toBe("a");
  expect(await take(9)).toBe("a");
});

test("who is served already comes after those who are not", async () => {
  await ask("ab");
  expect(await take(1, "a")).toBe("b");
});

test("what is older than the second in which somebody waited goes without being taken", async () => {
  await ask("ab");
  await gateway.rows("update posthorn.evaluations set created_at = created_at - interval '5 s' where asker = 'a'");
  expect(await take(9, "", 4_000)).toBe("b");
  expect(await gateway.rows("select asker from posthorn.evaluations")).toEqual([]);
});

test("of many deliverers each request is taken by one", async () => {
  await ask("abcdefgh".repeat(2));
  const taken = await Promise.all(Array.from({ length: 4 }, () => take(9)));
  expect(taken.join("").split("").toSorted().join("")).toBe("aabbccddeeffgghh");
});
