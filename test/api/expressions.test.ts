import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askDeliverer } from "#services/evaluations.ts";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { until } from "#test/until.ts";
import { operatorKey, startApi, type Answer, type TestApi } from "./harness.ts";

let app: TestApi;
let gateway: Gateway;
beforeAll(async () => {
  app = await startApi();
  gateway = await createGateway(app.databaseUrl);
  await gateway.startDeliverer();
  await gateway.startDeliverer();
});
afterAll(async () => {
  await gateway.close();
  await app.close();
});

/** As a client would, again where no evaluator answered: on a busy machine its process may take a second to start. */
const attempt = (body: object, key?: string): Promise<Answer> =>
  until(
    async () => {
      const answer = await app.call("POST", "/v1/expressions/try", key === undefined ? { body } : { body, key });
      return answer.status === 503 ? undefined : answer;
    },
    { what: "a deliverer answered" },
  );
const tryOnce = (body: object, key: string) => app.call("POST", "/v1/expressions/try", { body, key });
const tried = async (expression: string) => (await attempt({ expression, kind: "filter", event })).body;
const event = { id: "inv-42", type: "invoice.paid", tenantId: "acme", data: { amount: 99.5 } };

describe("trying an expression", () => {
  test("answers what a transform gives", async () => {
    const { status, body } = await attempt({ expression: '{"total": data.amount}', event });
    expect({ status, body }).toEqual({ status: 200, body: { result: { total: 99.5 } } });
  });

  test("answers what a filter gives, and whether it matches", async () => {
    expect(await tried("data.amount > 50")).toEqual({ result: true, matched: true });
    expect(await tried("data.items")).toEqual({ result: null, matched: false });
    expect(await tried("[0]")).toEqual({ result: [0], matched: false });
  });

  test("is for tenants, publishers and support too", async () => {
    const tenantId = await app.tenant();
    for (const key of [await app.key("tenant", tenantId), await app.key("publisher"), await app.key("support")])
      expect((await attempt({ expression: "data.amount", event }, key)).body).toEqual({ result: 99.5 });
  });

  test("takes the event type's example where no event is given, as an event of the tenant who asks", async () => {
    const tenantId = await app.tenant();
    const version = { version: "2", example: { amount: 7 } };
    await app.call("POST", "/v1/event-types", { body: { name: "tried.paid", version: "1", example: { amount: 5 } } });
    await app.call("PUT", "/v1/event-types/tried.paid/versions/2", { body: { example: version.example } });
    const expression = '{"a": data.amount, "t": type, "v": version, "of": tenantId}';
    const key = await app.key("tenant", tenantId);
    const newest = await attempt({ expression, eventType: "tried.paid" }, key);
    expect(newest.body.result).toEqual({ a: 7, t: "tried.paid", v: "2", of: tenantId });
    const first = await attempt({ expression, eventType: "tried.paid", version: "1" }, key);
    expect(first.body.result).toMatchObject({ a: 5, v: "1" });
  });

  test.each([
    [{ eventType: "tried.missing" }, "unknownEventType", "/eventType"],
    [{ eventType: "tried.known", version: "9" }, "unknownVersion", "/version"],
    [{ eventType: "tried.known" }, "invalidRequest", "/event"],
    [{}, "invalidRequest", "/event"],
  ])("on %j is %s", async (given, code, pointer) => {
    await app.call("POST", "/v1/event-types", { body: { name: "tried.known", version: "1" } });
    const { status, body } = await attempt({ expression: "data", ...given });
    expect({ status, body }).toMatchObject({ status: 422, body: { code, errors: [{ pointer }] } });
  });

  test.each([
    ["data.", "invalidExpression", "Unexpected end of expression (position 5)"],
    ["$random()", "invalidExpression", "The expression names $random, which is not available here (position 7)"],
    [
      "($f := function($n){$f($n + 1)}; $f(1))",
      "expressionTimeout",
      expect.stringMatching(/^The expression takes too long/),
    ],
    ["$error('no amount')", "expressionFailed", "no amount (position 7)"],
    ["nothing", "expressionFailed", "The expression gave nothing."],
    ["[1..1e6]", "expressionFailed", expect.stringContaining("was exceeded")],
  ])("answers %s with %s", async (expression, code, detail) => {
    const { status, body } = await attempt({ expression, event });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { code, detail, errors: [{ pointer: "/expression" }] },
    });
  });

  test("passes texts on as they are", async () => {
    const text = 'é 😀 " \\ \u2028 \u0001';
    expect((await attempt({ expression: "data", event: { data: text } })).body).toEqual({ result: text });
  });
});

test("many who ask at once are each answered with their own", async () => {
  await attempt({ expression: "1", event });
  const ctx = app.deps.contextFor({ role: "operator", tenantId: null, actor: "operator" });
  const asked = Array.from({ length: 40 }, (_, i) => {
    const sum = { kind: "evaluate", expression: `data + ${i}`, input: '{"data":1}' } as const;
    const requests = [sum, { kind: "check", expression: "$now()" }] as const;
    return until(() => askDeliverer(ctx, requests).catch(() => undefined), { what: `the ${i}th is answered` });
  });
  const answers = await Promise.all(asked);
  expect(answers.map(([first]) => first)).toEqual(asked.map((_, i) => ({ ok: true, result: String(i + 1) })));
  expect(answers[0]?.[1]).toMatchObject({ ok: false, reason: "invalid" });
  expect(await gateway.rows("select id from posthorn.evaluations")).toEqual([]);
});

test("who asks for much holds up nobody else: the operator is answered each time", async () => {
  await attempt({ expression: "1", event });
  const key = await app.key("tenant", await app.tenant());
  const endless = "($f := function($n){$f($n + 1)}; $f(1))";
  const statuses: number[] = [];
  for (let round = 0; round < 4; round++) {
    const flood = Array.from({ length: 24 }, () => tryOnce({ expression: endless, event }, key));
    const { status } = await tryOnce({ expression: "1 + 1", event }, operatorKey);
    statuses.push(status);
    for (const answer of await Promise.all(flood))
      expect(answer.body.code).toSatisfy((code) => code === "expressionTimeout" || code === "noEvaluator");
  }
  expect(statuses).toEqual([200, 200, 200, 200]);
});

test("the ninth that one asks while eight wait is refused at once, and another's is not", async () => {
  const alone = await startApi();
  try {
    const [one, other] = [await alone.tenant(), await alone.tenant()];
    const ask = async (key: string) => {
      const begun = performance.now();
      const { status, body } = await alone.call("POST", "/v1/expressions/try", {
        body: { expression: "1", event: {} },
        key,
      });
      return { status, code: body.code, busy: body.detail.startsWith("8 "), ms: performance.now() - begun };
    };
    // Two keys of a tenant are one asker.
    const keys = [await alone.key("tenant", one), await alone.key("tenant", one)];
    const others = await alone.key("tenant", other);
    const asked = Array.from({ length: 12 }, (_, i) => ask(keys[i % 2] ?? ""));
    const another = ask(others);
    const answers = await Promise.all(asked);
    expect(answers).toEqual(answers.map(({ busy, ms }) => ({ status: 503, code: "noEvaluator", busy, ms })));
    expect(answers.filter(({ busy }) => busy)).toHaveLength(4);
    expect(await another).toMatchObject({ code: "noEvaluator", busy: false });
    const fastest = answers.filter(({ busy }) => busy).map(({ ms }) => ms);
    expect(Math.max(...fastest)).toBeLessThan(Math.min(...answers.filter(({ busy }) => !busy).map(({ ms }) => ms)));
    expect(await ask(keys[0] ?? "")).toMatchObject({ busy: false });
  } finally {
    await alone.close();
  }
});

test("without a deliverer the answer is noEvaluator, within two seconds, and nothing is left", async () => {
  const alone = await startApi();
  try {
    const begun = performance.now();
    const { status, body, headers } = await alone.call("POST", "/v1/expressions/try", {
      body: { expression: "1", event: {} },
    });
    expect({ status, body }).toMatchObject({ status: 503, body: { code: "noEvaluator" } });
    expect(body.detail).toMatch(/none is running, or those that run are busy/);
    expect(headers.get("retry-after")).toBe("1");
    expect(performance.now() - begun).toBeLessThan(2_000);
    const ctx = alone.deps.contextFor({ role: "operator", tenantId: null, actor: "operator" });
    const left = { name: "left_evaluations", text: "select id from posthorn.evaluations" };
    expect(await ctx.store.run(left, [])).toEqual([]);
  } finally {
    await alone.close();
  }
});
