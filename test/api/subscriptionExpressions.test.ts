import { afterAll, beforeAll, expect, test } from "vitest";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { until } from "#test/until.ts";
import { startApi, type Answer, type Json, type TestApi } from "./harness.ts";

// Filters and transforms are judged by a deliverer: one runs here beside the API.
let app: TestApi;
let gateway: Gateway;
beforeAll(async () => {
  app = await startApi();
  gateway = await createGateway(app.databaseUrl);
  await gateway.startDeliverer();
});
afterAll(async () => {
  await gateway?.close();
  await app?.close();
});

async function subscriptionsOf(api: TestApi): Promise<string> {
  const tenant = await api.tenant();
  const body = { url: "https://hooks.example.com/a" };
  const made = await api.call("POST", `/v1/tenants/${tenant}/endpoints`, { body });
  return `/v1/tenants/${tenant}/endpoints/${made.body.id}/subscriptions`;
}

/** Again while the deliverer has no time: its evaluator is a process that starts with the first expression, on a busy machine. */
function answered(method: string, path: string, body: Json): Promise<Answer> {
  const answer = async (): Promise<Answer | undefined> => {
    const one = await app.call(method, path, { body });
    return one.body.code === "noEvaluator" ? undefined : one;
  };
  return until(answer, { deadlineMs: 20_000, what: "a deliverer has judged the expression" });
}

const expressions = { filter: "data.amount > 100", transform: '{ "text": type & " " & $string(data.amount) }' };

test("a filter and a transform are kept as they were written, changed and taken away", async () => {
  const path = await subscriptionsOf(app);
  const { status, body } = await answered("POST", path, { eventTypes: ["a"], ...expressions });
  expect({ status, body }).toMatchObject({ status: 201, body: expressions });
  const change = (fields: Json) => answered("PATCH", `${path}/${body.id}`, fields);
  expect((await change({ filter: "true" })).body).toMatchObject({ filter: "true", transform: expressions.transform });
  expect((await change({ filter: null, transform: null })).body).toMatchObject({ filter: null, transform: null });
});

test.each([
  [{ filter: "data.amount >" }, ["/filter"]],
  [{ transform: "$eval('1')" }, ["/transform"]],
  [{ filter: "(", transform: ")" }, ["/filter", "/transform"]],
  [{ filter: "true", transform: "$notThere(1)" }, ["/transform"]],
])("%o is refused with its place, and nothing changes", async (fields, pointers) => {
  const path = await subscriptionsOf(app);
  const refusal = { status: 422, code: "invalidExpression", errors: pointers.map((pointer) => ({ pointer })) };
  expect((await answered("POST", path, { eventTypes: ["a"], ...fields })).body).toMatchObject(refusal);
  const { body } = await app.call("POST", path, { body: { eventTypes: ["a"] } });
  const changed = await answered("PATCH", `${path}/${body.id}`, { eventTypes: ["b"], ...fields });
  expect(changed.body).toMatchObject(refusal);
  expect((await app.call("GET", path)).body.data).toEqual([body]);
});

test.each([
  ["", "/filter"],
  ["1".repeat(8193), "/filter"],
  [7, "/filter"],
])("a filter of another form is refused", async (filter, pointer) => {
  const { body } = await app.call("POST", await subscriptionsOf(app), { body: { eventTypes: ["a"], filter } });
  expect(body).toMatchObject({ status: 422, code: "invalidRequest", errors: [{ pointer }] });
});

test("without a deliverer the answer is 503, and nothing is made or changed", async () => {
  const alone = await startApi();
  try {
    const path = await subscriptionsOf(alone);
    const refusal = { status: 503, code: "noEvaluator" };
    expect((await alone.call("POST", path, { body: { eventTypes: ["a"], ...expressions } })).body).toMatchObject(
      refusal,
    );
    const { body } = await alone.call("POST", path, { body: { eventTypes: ["a"] } });
    expect((await alone.call("PATCH", `${path}/${body.id}`, { body: { filter: "true" } })).body).toMatchObject(refusal);
    expect((await alone.call("GET", path)).body.data).toEqual([body]);
  } finally {
    await alone.close();
  }
});
