import { spawnSync } from "node:child_process";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPublishingApi, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let tenantId: string;
let type: string;

const hasPsql = spawnSync("psql", ["--version"]).status === 0;

beforeAll(async () => {
  api = await createPublishingApi();
  tenantId = await api.tenant();
  type = await api.eventType();
});

afterAll(() => api.close());

interface Written {
  events: number;
  deliveries: number;
  jobs: number;
}

async function writtenFor(externalId: string): Promise<Written> {
  const [row] = await api.rows<{ events: number; deliveries: number; jobs: number }>(
    `select count(distinct e.id)::int as events, count(distinct d.id)::int as deliveries, count(distinct j.id)::int as jobs
     from posthorn.events e left join posthorn.deliveries d on d.event_id = e.id
       left join graphile_worker._private_jobs j on j.payload ->> 'id' = d.id::text
     where e.external_id = $1`,
    [externalId],
  );
  return row ?? { events: -1, deliveries: -1, jobs: -1 };
}

/** A script in psql, or, where psql is missing, statement by statement through pg. */
async function run(script: readonly string[]): Promise<{ failed: boolean; output: string }> {
  if (hasPsql) {
    const { status, stdout, stderr } = spawnSync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", api.url], {
      input: `${script.join(";\n")};\n`,
      encoding: "utf8",
    });
    return { failed: status !== 0, output: stdout + stderr };
  }
  const client = new Client({ connectionString: api.url });
  await client.connect();
  try {
    let output = "";
    for (const statement of script) {
      const { rows } = await client.query<Record<string, unknown>>(statement);
      output += rows.map((row) => `${Object.values(row).join("|")}\n`).join("");
    }
    return { failed: false, output };
  } catch (error) {
    return { failed: true, output: String(error) };
  } finally {
    await client.end();
  }
}

const publish = (id: string, more = "") =>
  `select posthorn.publish(tenant_id => '${tenantId}', type => '${type}', id => '${id}', data => '{"amount": 1.0}'${more})`;

describe(`posthorn.publish in SQL${hasPsql ? ", from psql" : " (psql is missing here: through pg)"}`, () => {
  test("committed with the caller's own writes, the event has its delivery and its job", async () => {
    await run(["create table if not exists public.orders (id integer)"]);
    const { failed, output } = await run(["begin", "insert into public.orders values (1)", publish("sql-1"), "commit"]);
    expect({ failed, output }).toEqual({ failed: false, output: "sql-1\n" });
    expect(await writtenFor("sql-1")).toEqual({ events: 1, deliveries: 1, jobs: 1 });
  });

  test("rolled back, nothing is left of it", async () => {
    const before = await api.rows("select count(*) from graphile_worker._private_jobs");
    const { failed } = await run(["begin", publish("sql-2"), publish("sql-3"), "rollback"]);
    expect(failed).toBe(false);
    expect(await writtenFor("sql-2")).toEqual({ events: 0, deliveries: 0, jobs: 0 });
    expect(await api.rows("select 1 from posthorn.event_keys where key in ('id:sql-2', 'id:sql-3')")).toEqual([]);
    expect(await api.rows("select count(*) from graphile_worker._private_jobs")).toEqual(before);
  });

  test("a later statement of the transaction that fails takes it back", async () => {
    const { failed } = await run(["begin", publish("sql-4"), "select 1/0", "commit"]);
    expect(failed).toBe(true);
    expect(await writtenFor("sql-4")).toEqual({ events: 0, deliveries: 0, jobs: 0 });
  });

  test("data is kept exactly as it was written", async () => {
    await run([
      `select posthorn.publish('${tenantId}', '${type}', '{"z":1.0, "a":1e400,"n":12345678901234567890}', id => 'sql-5')`,
    ]);
    const [row] = await api.rows<{ body: string }>("select body from posthorn.events where external_id = 'sql-5'");
    expect(row?.body.endsWith('"data":{"z":1.0, "a":1e400,"n":12345678901234567890}}')).toBe(true);
  });

  test("without an id the event is known as evt_…", async () => {
    const { output } = await run([`select posthorn.publish('${tenantId}', '${type}', '1')`]);
    expect(output).toMatch(/^evt_[0-9a-z]{26}\n$/);
    expect(await api.call("GET", `/v1/tenants/${tenantId}/events/${output.trim()}`)).toMatchObject({ status: 200 });
  });

  test("the same id again is the same event, over HTTP too; another body is an error", async () => {
    expect(await run([publish("sql-6"), publish("sql-6")])).toEqual({ failed: false, output: "sql-6\nsql-6\n" });
    const answer = await api.call(
      "POST",
      "/v1/events",
      `{"id":"sql-6","type":"${type}","tenantId":"${tenantId}","data":{"amount": 1.0}}`,
    );
    expect(answer).toMatchObject({ status: 202, json: { id: "sql-6" } });
    expect(answer.headers.get("idempotent-replayed")).toBe("true");
    const other = await run([publish("sql-6", ", user_id => 'u'")]);
    expect(other).toMatchObject({
      failed: true,
      output: expect.stringContaining("published before with another body"),
    });
    expect(await writtenFor("sql-6")).toEqual({ events: 1, deliveries: 1, jobs: 1 });
  });

  test("where the type has a schema, a job checks the data before anything is sent", async () => {
    const checked = await api.eventType({ "1": { type: "object" } });
    await run([`select posthorn.publish('${tenantId}', '${checked}', '"no object"', id => 'sql-7')`]);
    expect(await writtenFor("sql-7")).toEqual({ events: 1, deliveries: 0, jobs: 0 });
    const jobs = await api.rows(
      "select 1 from graphile_worker.jobs j join posthorn.events e on j.key = 'fan_out:' || e.id::text where e.external_id = 'sql-7'",
    );
    expect(jobs).toHaveLength(1);
  });

  test.each([
    ["no such type", "tenant_id => 't', type => 'test.none', data => '1'", 'no event type "test.none"'],
    ["a tenant's id that is none", "tenant_id => 'a b', type => 'x', data => '1'", "tenant_id must be"],
    ["an id that is none", "tenant_id => 't', type => 'x', data => '1', id => 'a b'", "id must be"],
    ["no data", "tenant_id => 't', type => 'x', data => null", "data must be given"],
    ["metadata that is no object", "tenant_id => 't', type => 'x', data => '1', metadata => '[]'", "metadata must be"],
    ["an empty text", "tenant_id => 't', type => 'x', data => '1', source => ''", "source must be"],
    [
      "an early timestamp",
      `tenant_id => 't', type => 'x', data => '1', "timestamp" => '1999-01-01'`,
      "timestamp must lie",
    ],
    ["too much data", "tenant_id => 't', type => 'x', data => to_json(repeat('x', 262144))", "over 256 KiB"],
    ["NUL in a text", String.raw`tenant_id => 't', type => 'x', data => '"\u0000"'`, "unsupported Unicode escape"],
    [
      "a type of the gateway",
      "tenant_id => 't', type => 'API.Webhook.Test', data => '1'",
      "made by the gateway itself",
    ],
  ])("%s is an error that says so", async (_what, values, message) => {
    const { failed, output } = await run([`select posthorn.publish(${values})`]);
    expect(output).toContain(message);
    expect(failed).toBe(true);
  });
});
