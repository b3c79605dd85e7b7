import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { until } from "#test/until.ts";
import { operatorKey, startApi, type Answer, type TestApi } from "./harness.ts";

/** How long the database takes for what is asked before the commit, and what a request may wait for it in all. */
const slowMs = 1_500;
const budgetMs = 2_000;

let api: TestApi;
beforeAll(async () => {
  // The statements themselves may take longer here: what ends the request is its budget.
  api = await startApi({
    POSTHORN_DATABASE_CONNECT_TIMEOUT_MS: "500",
    POSTHORN_API_STATEMENT_TIMEOUT_MS: String(budgetMs - 500),
  });
});
afterAll(() => api.close());

const event = (type: string) => ({ type, tenantId: "patient", data: {} });

async function eventType(name: string): Promise<string> {
  expect((await api.call("POST", "/v1/event-types", { body: { name } })).status).toBe(201);
  return name;
}

test.for([
  ["its key", "api_keys"],
  ["its event type", "event_types"],
])("a publish that waits for %s, and then for its commit, is refused within one deadline", async ([, table = ""]) => {
  const type = await eventType(`${table}.slow`);
  const key = table === "api_keys" ? await api.key("publisher") : operatorKey;
  if (table === "api_keys") await publish(type, operatorKey);
  const events = await lock("events");
  const first = await lock(table, slowMs);
  const { answer, ms } = await publish(type, key);
  expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(answer.headers.get("retry-after")).toBe("1");
  // It came as far as the commit, and had half a second left for it; with a deadline of its own that would be two seconds.
  expect(ms).toBeGreaterThan(slowMs);
  expect(ms).toBeLessThan(slowMs + budgetMs - 500);
  await Promise.all([first.release(), events.release()]);
  expect((await publish(type, key)).answer.status).toBe(202);
});

test("a batch has no more than one event", async () => {
  const type = await eventType("batch.slow");
  await publish(type, operatorKey);
  const key = await api.key("publisher");
  const events = await lock("events");
  const keys = await lock("api_keys", slowMs);
  const begun = performance.now();
  const body = { events: [event(type), event(type)] };
  expect(await api.call("POST", "/v1/events/batch", { key, body })).toMatchObject({ status: 503 });
  expect(performance.now() - begun).toBeLessThan(slowMs + budgetMs - 500);
  await Promise.all([keys.release(), events.release()]);
});

async function publish(type: string, key: string): Promise<{ answer: Answer; ms: number }> {
  const begun = performance.now();
  const answer = await api.call("POST", "/v1/events", { key, body: event(type) });
  return { answer, ms: performance.now() - begun };
}

/** Another session keeps the table to itself: until told, or for so long. */
async function lock(table: string, forMs?: number): Promise<{ release(): Promise<void> }> {
  const client = new Client({ connectionString: api.databaseUrl });
  onTestFinished(() => client.end());
  await client.connect();
  const taken = `begin; lock table posthorn.${table} in access exclusive mode`;
  const kept = client.query(forMs === undefined ? taken : `${taken}; select pg_sleep(${forMs / 1000}); commit`);
  const watcher = new Client({ connectionString: api.databaseUrl });
  await watcher.connect();
  const question = `select from pg_locks where relation = 'posthorn.${table}'::regclass and mode = 'AccessExclusiveLock' and granted`;
  await until(async () => (await watcher.query(question)).rowCount, { what: `${table} is locked`, everyMs: 5 });
  await watcher.end();
  return {
    async release() {
      await kept;
      await client.query("rollback");
    },
  };
}
