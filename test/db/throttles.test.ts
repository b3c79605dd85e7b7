import { Pool } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { until } from "#test/until.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway();
});
afterAll(() => gateway?.close());

/** What one caller after the other is told, with the database's clock just before and just after. */
interface Answer {
  readonly taken: boolean;
  readonly before: number;
  readonly after: number;
}

async function asking(callers: number): Promise<(key: string, max: number, windowSeconds: number) => Promise<Answer>> {
  const pool = new Pool({ connectionString: gateway.url, max: callers });
  onTestFinished(() => pool.end());
  const tenantId = await gateway.tenant();
  return async (key, max, windowSeconds) => {
    const { rows } = await pool.query<Answer>(
      `select b as before, t as taken, extract(epoch from clock_timestamp())::float8 as after
       from (select b, posthorn.take($1, 'test', $2, $3, $4) as t from (select extract(epoch from clock_timestamp())::float8 as b offset 0) x offset 0) y`,
      [tenantId, key, max, windowSeconds],
    );
    const [answer] = rows;
    if (answer === undefined) throw new Error("no answer");
    return answer;
  };
}

test("of 200 that ask at once, from 8 connections, as many get through as the window allows", async () => {
  const ask = await asking(8);
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask("one", 7, 3600)));
  expect(answers.filter(({ taken }) => taken)).toHaveLength(7);
});

test("each key, each rule and each tenant has a window of its own", async () => {
  const [mine, theirs] = [await asking(4), await asking(4)];
  const answers = await Promise.all([mine("a", 1, 60), mine("a", 1, 60), mine("b", 1, 60), theirs("a", 1, 60)]);
  expect(answers.filter(({ taken }) => taken)).toHaveLength(3);
});

test("the window slides: while 8 ask without pause, in no second do more than 5 get through, and not fewer than there is room for", async () => {
  const ask = await asking(8);
  const passed: Answer[] = [];
  const caller = async (): Promise<void> => {
    while (passed.length < 16) {
      const answer = await ask("sliding", 5, 1);
      if (answer.taken) passed.push(answer);
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  const sorted = passed.toSorted((a, b) => a.after - b.after);
  // Each was let through between its `before` and its `after`: the sixth can be no less than a second behind the first.
  for (const [i, sixth] of sorted.slice(5).entries())
    expect(sixth.after - (sorted[i]?.before ?? 0)).toBeGreaterThanOrEqual(1);
  const [first, last] = [sorted[0], sorted[15]];
  expect((last?.after ?? 0) - (first?.before ?? 0)).toBeLessThan(6);
});

async function left(): Promise<string[]> {
  const rows = await gateway.rows<{ key: string }>("select key from posthorn.throttles where key in ('short', 'long')");
  return rows.map(({ key }) => key);
}

test("a window that has passed is forgotten, one that has not is kept", async () => {
  const ask = await asking(2);
  await ask("short", 3, 1);
  await ask("long", 3, 600);
  const forgotten = async () => {
    await gateway.rows("select posthorn.forget_throttles(1000)");
    return !(await left()).includes("short");
  };
  await until(forgotten, { what: "the short window is forgotten" });
  expect(await left()).toEqual(["long"]);
});

test("a tenant that is deleted takes its windows along: another of its name begins anew", async () => {
  const tenantId = await gateway.tenant();
  const take = async (): Promise<boolean | undefined> => {
    const [row] = await gateway.rows<{ taken: boolean }>("select posthorn.take($1, 'test', 'a', 1, 3600) as taken", [
      tenantId,
    ]);
    return row?.taken;
  };
  expect([await take(), await take()]).toEqual([true, false]);
  await gateway.rows("select posthorn.delete_tenant($1)", [tenantId]);
  expect(await take()).toBe(true);
});
