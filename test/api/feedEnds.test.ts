import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { decodeId } from "#domain/ids.ts";
import { operatorKey, startApiProcess } from "#test/processes.ts";
import { createTestDatabase } from "#test/database.ts";
import { until } from "#test/until.ts";
import { startApi, type Json } from "./harness.ts";

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

test("a process that is told to end answers the calls that wait, and ends", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const client = await connect(database.url);
  const api = await startApiProcess(database.url);
  const call = async (method: string, path: string, body?: object): Promise<{ status: number; body: Json }> => {
    const headers = { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${api.url}${path}`, { method, headers, ...sent });
    return { status: response.status, body: await response.json() };
  };
  await call("PUT", "/v1/tenants/acme", {});
  const fields = { url: "https://hooks.example.com/a", mode: "poll" };
  const { id } = (await call("POST", "/v1/tenants/acme/endpoints", fields)).body;
  const waiting = call("GET", `/v1/tenants/acme/endpoints/${id}/feed?wait=30`);
  const isAsked = async (): Promise<boolean> => {
    const { rows } = await client.query(
      "select 1 from pg_stat_activity where datname = current_database() and query like '%feeds_ready%' and pid <> pg_backend_pid()",
    );
    return rows.length > 0;
  };
  await until(isAsked, { what: "the call waits" });
  const startedAt = performance.now();
  api.kill("SIGTERM");
  expect(await waiting).toMatchObject({ status: 200, body: { data: [] } });
  expect(await api.ended).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test("what nobody has acknowledged keeps its day from retention", async () => {
  const app = await startApi();
  onTestFinished(() => app.close());
  const client = await connect(app.databaseUrl);
  const { rows: days } = await client.query(
    `select to_char(d, 'YYYYMMDD') as day, posthorn.id_at(d) as first, posthorn.id_at(d + interval '1 day') as last
     from (select date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - interval '40 days' as d) x`,
  );
  const { day, first, last } = days[0];
  for (const table of ["events", "deliveries", "attempts"]) {
    await client.query(
      `create table posthorn.${table}_${day} partition of posthorn.${table} for values from ('${first}') to ('${last}')`,
    );
  }
  const tenant = await app.tenant();
  await app.call("POST", "/v1/event-types", { body: { name: "invoice.paid" } });
  const fields = { url: "https://hooks.example.com/a", mode: "poll", eventTypes: ["*"] };
  const { id } = (await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body: fields })).body;
  const path = `/v1/tenants/${tenant}/endpoints/${id}`;
  await app.call("POST", "/v1/events", { body: { tenantId: tenant, type: "invoice.paid", data: {} } });
  await client.query("update posthorn.events set id = $1", [first]);
  await client.query("update posthorn.deliveries set id = $1, event_id = $1 where endpoint_id = $2", [
    first,
    decodeId("endpoint", id),
  ]);
  const expired = async () => (await client.query("select posthorn.expired_day(30) as day")).rows[0].day;
  expect(await expired()).toBeNull();
  const page = await app.call("GET", `${path}/feed`);
  expect(page.body.data).toHaveLength(1);
  expect(await expired()).toBeNull();
  await app.call("GET", `${path}/feed?cursor=${page.body.nextCursor}`);
  expect(await expired()).not.toBeNull();
});
