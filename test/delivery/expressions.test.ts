import { afterAll, describe, expect, test } from "vitest";
import { createEvaluator, type Candidate } from "#delivery/expressions/evaluator.ts";

const evaluator = createEvaluator({ timeoutMs: 30, maxOutputBytes: 262_144 });
afterAll(() => evaluator.close());

const event = JSON.stringify({
  id: "evt_1",
  type: "order.paid",
  tenantId: "acme",
  data: { amount: 120, currency: "EUR", items: [{ sku: "a" }, { sku: "b" }], none: [], note: "héllo 😀" },
});
const given = (expression: string, input = event) => evaluator.evaluate(expression, input);
const decide = (...candidates: readonly Candidate[]) => evaluator.decide({ event, candidates });
const filter = (text: string): Candidate => ({ filter: text, transform: null });
const transform = (text: string): Candidate => ({ filter: null, transform: text });

describe("a filter", () => {
  test.each(["true", "data.amount > 100", "data.items[sku = 'b']", "'no'", "data.none or 1", "[0, 1]", "data"])(
    "matches when it gives something that counts as a yes: %s",
    async (text) => expect(await decide(filter(text))).toEqual([{ matched: true, body: null }]),
  );

  test.each(["false", "data.amount > 200", "nothing.there", "0", "''", "data.none", "null", "[0, false]", "{}"])(
    "does not match when it gives nothing, or something that counts as a no: %s",
    async (text) => expect(await decide(filter(text))).toEqual([{ matched: false, failure: null }]),
  );

  test("that fails does not match, and says why and where", async () => {
    expect(await decide(filter("data.amount > 'x'"), filter("data."))).toEqual([
      { matched: false, failure: expect.stringMatching(/same data type.*\(position 13\)$/) },
      { matched: false, failure: "Unexpected end of expression (position 5)" },
    ]);
  });
});

describe("a transform", () => {
  test("gives the body, as JSON text", async () => {
    const [decision] = await decide(transform('{"total": data.amount & " " & data.currency, "skus": data.items.sku}'));
    expect(decision).toEqual({ matched: true, body: '{"total":"120 EUR","skus":["a","b"]}' });
  });

  test("is not evaluated where the filter says no", async () => {
    expect(await decide({ filter: "false", transform: "$error('evaluated')" })).toEqual([
      { matched: false, failure: null },
    ]);
  });

  test("that gives nothing fails", async () => {
    expect(await decide(transform("nothing"))).toEqual([{ matched: true, failure: "The expression gave nothing" }]);
  });

  test("has its own input where the candidate has one", async () => {
    const older = JSON.stringify({ data: { sum: 7 } });
    const decisions = await decide({ ...transform("data"), input: older }, transform("data.amount"));
    expect(decisions).toEqual([
      { matched: true, body: '{"sum":7}' },
      { matched: true, body: "120" },
    ]);
  });

  test("changes the event for nobody else", async () => {
    const changing = [
      '$ ~> |$$|{"data": 1}|',
      '$$ ~> |data|{"amount": 1}|',
      "data()",
      'data.none{"a": 1}',
      "data.items[]",
    ];
    const before = await decide(transform("$"));
    const decisions = await decide(...changing.map(transform), transform("$"));
    expect(decisions.at(-1)).toEqual(before[0]);
  });
});

test("an event with thousands of candidates is decided in one go, in their order", async () => {
  const candidates = Array.from({ length: 3_000 }, (_, i) => ({
    filter: `data.amount > ${i % 200}`,
    transform: `${i % 7}`,
  }));
  const decisions = await decide(...candidates);
  expect(decisions).toHaveLength(3_000);
  expect(decisions[119]).toEqual({ matched: true, body: "0" });
  expect(decisions[120]).toEqual({ matched: false, failure: null });
});

test("what takes longer than an event may is not evaluated any more, and says so", async () => {
  const slow = Array.from({ length: 40 }, (_, i) => filter(`($f := function($n){$f($n + ${i})}; $f(1))`));
  const decisions = await decide(...slow, filter("true"));
  expect(decisions[0]).toMatchObject({ failure: expect.stringContaining("takes too long") });
  expect(decisions.at(-1)).toMatchObject({ matched: false, failure: expect.stringContaining("those before it") });
});

test("tenants take turns: the costly events of one do not keep another waiting", async () => {
  const slow = (i: number) => filter(`($f := function($n){$f($n + ${i})}; $f(1))`);
  const order: string[] = [];
  const costly = Array.from({ length: 20 }, (_, i) =>
    evaluator.decide({ event, candidates: [slow(i)], tenantId: "costly" }).then(() => order.push("costly")),
  );
  const quick = evaluator
    .decide({ event, candidates: [filter("true")], tenantId: "quick" })
    .then(() => order.push("quick"));
  await Promise.all([...costly, quick]);
  expect(order.indexOf("quick")).toBeLessThan(12);
});

describe("checking", () => {
  test.each(["data.amount > 100", "$map(data.items, function($i){$i.sku})", "/^a+$/i", "$ ~> |data|{'a': 1}|"])(
    "finds nothing wrong with %s",
    async (text) => expect(await evaluator.check(text)).toBeNull(),
  );

  test.each([
    ["data.", "Unexpected end of expression (position 5)"],
    ["1 + $now()", "The expression names $now, which is not available here (position 8)"],
    ["$nosuch(1)", "The expression calls $nosuch, which is not a function here (position 8)"],
    ["sum(data)", "The expression calls sum: functions are written with a $, as in $sum (position 4)"],
    [
      "function($x)<n:n>{$x}(1)",
      "The expression gives a function a signature, which is not supported here (position 9)",
    ],
    ["$contains(type, /(?=a)b/)", expect.stringContaining("that RE2 does not know (position 24)")],
    [
      "$contains(type, /(?:a{1,30}){1,30}(?:b{1,30}){1,30}/) or $contains(type, /(?:c{1,30}){1,30}/)",
      expect.stringContaining("that count too much"),
    ],
  ])("says what is wrong with %s", async (text, fault) => expect(await evaluator.check(text)).toEqual(fault));
});

test("an expression of more than 8,192 characters cannot be used", async () => {
  expect(await evaluator.check(`"${"x".repeat(8_190)}"`)).toBeNull();
  expect(await evaluator.check(`"${"x".repeat(8_191)}"`)).toBe("The expression has more than 8192 characters");
});

describe("functions", () => {
  test.each([
    ["$length(data.note)", "7"],
    ["$substring(data.note, -1)", '"😀"'],
    ["$substring('abcdef', 1, 3)", '"bcd"'],
    ["$pad('x', -3, '#')", '"##x"'],
    ["$join(data.items.sku, '-')", '"a-b"'],
    ["$split('a,b,c', ',', 2)", '["a","b"]'],
    ["$split('a1b2c', /\\d/)", '["a","b","c"]'],
    ["$replace('a.b.c', '.', '$')", '"a$b$c"'],
    ["$replace('abab', /a(b)/, '$1-', 1)", '"b-ab"'],
    ["$match('xAy', /a/i).index", "1"],
    ["$distinct([1, 2, 1, {'a': 1}, {'a': 1}])", '[1,2,{"a":1}]'],
    ["$sort([3, 1, 2])", "[1,2,3]"],
    ["$sort([3, 1, 2], function($a, $b){$a < $b})", "[3,2,1]"],
    ["$spread({'a': 1, 'b': 2})", '[{"a":1},{"b":2}]'],
    ["$spread({'a': 1})", '{"a":1}'],
    ["$formatNumber(1234.5, '#,##0.00')", '"1,234.50"'],
    ["$fromMillis(0, '[Y0001]-[M01]-[D01]')", '"1970-01-01"'],
    ["$toMillis('1970-01-01T00:00:01Z')", "1000"],
    ["$uppercase('straße')", '"STRASSE"'],
    ["$map(['a'], $uppercase(?))", '"A"'],
    ["$contains(type, /paid$/) ?? 'unknown'", "true"],
    ["data ~> |$|{'amount': 1}, ['items', 'none', 'note']|", '{"amount":1,"currency":"EUR"}'],
  ])("%s", async (text, result) => expect(await given(text)).toEqual({ ok: true, result }));
});

test("an expression is given an event that is not JSON: it fails, and the next one does not", async () => {
  expect(await given("1", "{")).toMatchObject({ ok: false, reason: "failed" });
  expect(await given("1")).toEqual({ ok: true, result: "1" });
});

test("an evaluator that is closed says so", async () => {
  const closed = createEvaluator({ timeoutMs: 30, maxOutputBytes: 1_024 });
  await closed.close();
  await expect(closed.evaluate("1", "{}")).rejects.toThrow("the evaluator is closed");
});
