import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createPublishingApi, type PublishingApi } from "#test/publishing.ts";
import { until } from "#test/until.ts";

let api: PublishingApi;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  type = await api.eventType();
});

afterAll(() => api.close());

async function session(): Promise<Client> {
  const client = new Client({ connectionString: api.url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function eventsOf(tenantId: string): Promise<(string | null)[]> {
  const found = await api.rows<{ external_id: string | null }>(
    "select external_id from posthorn.events where tenant_id = $1 order by external_id",
    [tenantId],
  );
  return found.map(({ external_id }) => external_id);
}

test("an event is not taken for the replay of one that was refused in the same list", async () => {
  const tenantId = await api.tenant();
  const event = (id: string) => ({ id, tenantId, type, data: { n: 1 } });
  const headers = { "idempotency-key": `k-${tenantId}` };
  await api.call("POST", "/v1/events/batch", { events: [event("w")] }, headers);
  const { status, json } = await api.call("POST", "/v1/events/batch", { events: [event("x"), event("x")] }, headers);
  expect(status).toBe(202);
  expect(json).toMatchObject({ data: [{ problem: { code: "idempotencyConflict" } }, { id: "x" }] });
  expect(await eventsOf(tenantId)).toEqual(["w", "x"]);
});

test("an event that names the same key twice is accepted once", async () => {
  const tenantId = await api.tenant();
  const item = { ordinal: 0, external_id: "a", keys: ["id:a", "id:a"], tenant_id: tenantId, type, data: "1" };
  const answers = await api.rows("select * from posthorn.accept_events($1, false)", [JSON.stringify([item])]);
  expect(answers).toMatchObject([{ status: "accepted", id: "a" }]);
  expect(await eventsOf(tenantId)).toEqual(["a"]);
});

test("a filter that is made while a publish waits for its key is asked", async () => {
  const tenantId = await api.tenant();
  const publish = `select posthorn.publish('${tenantId}', '${type}', '1', id => 'x')`;
  const [first, second] = [await session(), await session()];
  await first.query("begin");
  await first.query(publish);
  const waiting = second.query(publish);
  const waits = async (): Promise<boolean> => {
    const [row] = await api.rows<{ waits: boolean }>(
      "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waits",
    );
    return row?.waits === true;
  };
  await until(waits, { what: "the second publish waits for the first one's key" });
  await api.rows(
    `update posthorn.subscriptions set filter = 'data > 1'
     where endpoint_id = (select id from posthorn.endpoints where tenant_id = $1)`,
    [tenantId],
  );
  await first.query("rollback");
  await waiting;
  expect(await eventsOf(tenantId)).toEqual(["x"]);
  // The deliverer is to decide: there is no delivery yet.
  expect(await api.rows("select from posthorn.deliveries where tenant_id = $1", [tenantId])).toEqual([]);
  expect(
    await api.rows("select from posthorn.events where tenant_id = $1 and fan_out_after is not null", [tenantId]),
  ).toHaveLength(1);
});
