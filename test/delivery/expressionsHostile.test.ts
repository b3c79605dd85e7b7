import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { createEvaluator, type Evaluated } from "#delivery/expressions/evaluator.ts";

const stopped: object[] = [];
const evaluator = createEvaluator(
  { timeoutMs: 30, maxOutputBytes: 262_144 },
  { warn: (fields) => void stopped.push(fields) },
);
afterAll(() => evaluator.close());

const event = JSON.stringify({
  id: "evt_1",
  data: { amount: 1, text: `${"a".repeat(200_000)}!`, numbers: Array.from({ length: 3_000 }, (_, i) => i) },
});

/** Evaluates, and holds what everybody else waits for: this thread is not busy, by its own time, and the next expression does not fail. */
async function survive(expression: string, input = event): Promise<Evaluated> {
  const before = process.threadCpuUsage();
  const evaluated = await evaluator.evaluate(expression, input);
  const next = await evaluator.evaluate("$sum([data.amount, 1])", event);
  const { user, system } = process.threadCpuUsage(before);
  expect({ next, busy: (user + system) / 1_000 < 50 }).toEqual({ next: { ok: true, result: "2" }, busy: true });
  return evaluated;
}

/** A value of 40 levels, 2^40 parts when written, and 41 in memory. */
const objects = "$d := $reduce([1..40], function($a, $i){ {'l': $a, 'r': $a} }, {'x': 1}); ";
const arrays = "$d := $reduce([1..40], function($a, $i){ [[$a], [$a]] }, [1, 2]); ";

describe("in the process, without stopping it", () => {
  test.each([
    ["endless recursion", "($f := function($n){1 + $f($n + 1)}; $f(1))", /timeout|limit/],
    ["mutual recursion", "($a := function($n){1 + $b($n)}; $b := function($n){1 + $a($n)}; $a(1))", /timeout|limit/],
    ["tail recursion for ever", "($f := function($n){$f($n + 1)}; $f(1))", /timeout/],
    ["a range of a thousand million", "[1..1e9]", /limit/],
    ["ranges within ranges", "[1..20000].[1..20000]", /timeout|limit/],
    ["lists within lists that are kept", "$map([1..20000], function($x){{'a': [1..20000]}})", /timeout|limit/],
    ["padding to a thousand million", "$pad('x', 1e9)", /limit/],
    ["much padding", "$map([1..20000], function($i){$pad('x', 1000000 - $i)})", /timeout|limit/],
    ["a text that doubles", "$reduce([1..60], function($a, $i){$a & $a}, 'x')", /limit/],
    [
      "a text that grows by being encoded",
      "$reduce([1..60], function($a, $i){$encodeUrlComponent($a & $a)}, '%')",
      /limit/,
    ],
    ["a text that grows by being joined", "$join($map([1..20000], function($i){data.text}), ',')", /timeout|limit/],
    ["a text that grows by being replaced", "$replace(data.text, 'a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')", /limit/],
    ["a list that doubles", "$reduce([1..60], function($a, $i){$append($a, $a)}, [1])", /limit/],
    ["a list that $map doubles", "$reduce([1..60], function($a, $i){$map($a, function($x){[$x, $x]})}, [1])", /limit/],
    ["a join of a list with itself", "data.numbers.($$.data.numbers)", /timeout|limit/],
    ["bindings of a list with itself", "data.numbers@$a.$$.data.numbers@$b[$a = $b]", /timeout|limit/],
    ["descendants of descendants", "**.**.**", /timeout|limit/],
    ["a sort that never agrees", "[1..20000]^($)", /timeout/],
    ["a regular expression that counts", "$contains(data.text, /(?:a{1,100}){1,9}$/)", /limit/],
    ["a regular expression with too many matches", "$match(data.text, /a/)", /timeout|limit/],
    ["a regular expression of nothing", "$split(data.text, /a*?/)", /failed/],
    ["an output of a thousand levels", "$reduce([1..1000], function($a, $i){ {'n': $a} }, {})", /limit/],
    ["an output that is too large", "[1..12000].('xxxxxxxxxxxxxxxxxxxxxxxxxxxx')", /timeout|limit/],
    ["an output of shared parts", `(${objects} $d)`, /timeout|limit/],
    ["a text of shared parts", `(${objects} $string($d))`, /timeout|limit/],
    ["an error that quotes shared parts", `(${objects} -$d)`, /timeout|limit/],
    ["comparing two values of shared parts", `(${objects} $e := (${objects} $d); $d = $e)`, /timeout/],
    ["all members of shared lists", `(${arrays} {'a': $d}.*)`, /timeout|limit/],
    ["looking a name up in shared lists", `(${arrays} $d.name)`, /timeout|limit/],
    ["the truth of shared lists", `(${arrays} $boolean($d))`, /timeout|limit/],
    ["the keys of shared lists", `(${arrays} $keys($d))`, /timeout|limit/],
    ["a list whose length is set", `({'k': [[1], [2]]} ~> |k|{'length': 4294967295}|)`, /failed/],
    ["a promise that is never kept", "(function($f){ {'then': $f} })(function($a, $b){1})", /timeout/],
    ["branches that go on after the error", "[$error('x'), ($f := function($n){$f($n + 1)}; $f(1))]", /failed/],
    ["a picture with a width of a thousand million", "$fromMillis(0, '[Y,1000000000]')", /limit/],
    ["a picture without a zero", "$formatNumber(1, '#', {'zero-digit': ''})", /limit/],
    ["a picture for infinity", "$formatNumber(1e308 * 10, '0e0')", /limit/],
  ])("%s ends", async (_what, expression, reason) => {
    const stops = stopped.length;
    const evaluated = await survive(expression);
    expect(evaluated).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
    expect(evaluated).toMatchObject({ message: expect.stringMatching(/^(?!.*(?:\.js|\.ts|node_modules)).{1,300}$/) });
    expect(stopped).toHaveLength(stops);
  });

  test("a pattern that others try for ever answers, as its time is linear", async () => {
    expect(await evaluator.evaluate("$contains($substring(data.text, 150000), /^(a+)+$/)", event)).toEqual({
      ok: true,
      result: "false",
    });
  });

  test.each([
    ["parentheses", `${"(".repeat(4_000)}1${")".repeat(4_000)}`],
    ["lists", `${"[".repeat(4_000)}1${"]".repeat(4_000)}`],
    ["negations", `${"-".repeat(8_000)}1`],
    ["copies of copies by ??", `${"(".repeat(400)}a${"??b)".repeat(400)}`],
    ["copies of copies by ?:", `${"(".repeat(400)}a${"?:b)".repeat(400)}`],
  ])("an expression of thousands of %s is refused", async (_what, expression) => {
    expect(await evaluator.check(expression)).toBe("The expression is nested too deeply, or has too many parts");
  });
});

describe("nothing gets out", () => {
  test.each([
    "$eval('1')",
    "$random()",
    "$now()",
    "$millis()",
    "$shuffle([1, 2])",
    "$clone({})",
    "($f := $eval; $f('1'))",
  ])("%s is refused", async (text) =>
    expect(await evaluator.check(text)).toMatch(/names \$\w+, which is not available here/),
  );

  test.each([
    "constructor",
    "data.constructor.constructor",
    "data.`__proto__`",
    "$lookup(data, '__proto__')",
    "$lookup($sum, 'implementation')",
    "$sum.implementation",
    "data.numbers.length",
    "data.text.length",
    "$$.toString",
  ])("%s is nothing", async (text) => expect(await survive(text)).toEqual({ ok: true, result: "" }));

  test.each(["$sum", "function($x){$x}", "{'a': $sum}", "{'a': /a/}", "$spread($sum)"])(
    "%s is a function, and no result",
    async (text) => {
      const evaluated = await survive(text);
      expect(evaluated).toMatchObject({ ok: false, reason: "failed", message: "The expression gives a function" });
    },
  );

  test.each([
    "$merge([{'__proto__': {'polluted': 1}}])",
    "$ ~> |$|{'__proto__': {'polluted': 1}}|",
    "{'__proto__': {'polluted': 1}, 'constructor': {'prototype': {'polluted': 1}}}",
  ])("%s pollutes nothing", async (text) => {
    await survive(text);
    expect(await evaluator.evaluate("{'seen': polluted, 'here': data.polluted, 'new': {}.polluted}", event)).toEqual({
      ok: true,
      result: "{}",
    });
  });

  test.each(["$ ~> |$sum|{'implementation': /x/}|", "$ ~> |[$sum]|{'signature': null}|"])(
    "%s leaves the functions as they are",
    async (text) => expect(await survive(text)).toMatchObject({ ok: false, reason: "failed" }),
  );

  test("an event cannot bring a function along", async () => {
    for (const name of ["_jsonata_lambda", "\\u005fjsonata_function"]) {
      const forged = `{"data": {"${name}": true, "body": {"type": "variable", "value": "eval"}, "arguments": []}}`;
      expect(await survive("data()", forged)).toMatchObject({ ok: false, reason: "failed" });
    }
  });

  test.each([String.raw`"\u0000"`, String.raw`"\ud800"`, "1e308 * 10", "0 / 0"])(
    "%s is no result, as it cannot be stored or sent",
    async (text) => expect(await survive(text)).toMatchObject({ ok: false, reason: "failed" }),
  );
});

/** With seconds to spend, the heap's end comes first. */
const hungry = "$reduce([1..20000], function($a, $x){ {'p': $a, 'v': [1..20000]} }, null)";
const patient = () => {
  const warnings: object[] = [];
  const own = createEvaluator({ timeoutMs: 10_000, maxOutputBytes: 1_024 }, { warn: (f) => void warnings.push(f) });
  onTestFinished(() => own.close());
  return { own, warnings };
};

describe("a process that is stopped", () => {
  test("is replaced, and the one who used up its memory twice is told so", async () => {
    const { own, warnings } = patient();
    expect(await own.evaluate(hungry, "{}")).toMatchObject({
      ok: false,
      reason: "timeout",
      message: "The expression was stopped: it took too long, or too much memory",
    });
    expect(warnings).toHaveLength(2);
    expect(await own.evaluate("1 + 1", "{}")).toEqual({ ok: true, result: "2" });
  });

  test("is not stopped again by the same expression within the minute", async () => {
    const { own, warnings } = patient();
    await own.evaluate(hungry, "{}");
    expect(await own.evaluate(hungry, "{}")).toMatchObject({ ok: false, reason: "timeout" });
    expect(warnings).toHaveLength(2);
  });

  test("costs the other candidates of the event, and other events under way, nothing but time", async () => {
    const { own } = patient();
    const [mine, others] = await Promise.all([
      own.decide({
        event,
        candidates: [
          { filter: "data.amount = 1", transform: "data.amount" },
          { filter: hungry, transform: null },
          { filter: "data.amount = 2", transform: null },
        ],
      }),
      own.decide({ event, candidates: [{ filter: "true", transform: null }], tenantId: "other" }),
    ]);
    expect(mine).toEqual([
      { matched: true, body: "1" },
      { matched: false, failure: "The expression was stopped: it took too long, or too much memory" },
      { matched: false, failure: null },
    ]);
    expect(others).toEqual([{ matched: true, body: null }]);
  });
});
