import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPublishingApi, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let tenantId: string;
let type: string;
let publisher: Client;

beforeAll(async () => {
  api = await createPublishingApi();
  tenantId = await api.tenant();
  type = await api.eventType();
  publisher = new Client({ connectionString: api.url });
  await publisher.connect();
  await publisher.query("set role posthorn_publisher");
});

afterAll(async () => {
  await publisher.end();
  await api.close();
});

/** The SQLSTATE that a statement of the publisher fails with; null when it does not. */
async function stateOf(statement: string): Promise<string | null> {
  try {
    await publisher.query(statement);
    return null;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "unknown";
  }
}

const DENIED = "42501";

describe("the role posthorn_publisher", () => {
  test("can publish, inside its own transaction", async () => {
    await publisher.query("begin");
    const { rows } = await publisher.query("select posthorn.publish($1, $2, '{}') as id", [tenantId, type]);
    await publisher.query("commit");
    expect(rows).toEqual([{ id: expect.stringMatching(/^evt_/) }]);
    expect(await api.rows("select status from posthorn.deliveries where tenant_id = $1", [tenantId])).toEqual([
      { status: "queued" },
    ]);
  });

  test("can neither read nor write any table or view, ours or graphile-worker's", async () => {
    const tables = await api.rows<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('posthorn', 'graphile_worker', 'posthorn_migrations') and c.relkind in ('r', 'p', 'v')`,
    );
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      expect([name, await stateOf(`select 1 from ${name}`)]).toEqual([name, DENIED]);
      expect([name, await stateOf(`insert into ${name} default values`)]).toEqual([name, DENIED]);
      expect([name, await stateOf(`delete from ${name}`)]).toEqual([name, DENIED]);
    }
  });

  test("may run no function of ours but publish, and none of graphile-worker's", async () => {
    const may = await api.rows(
      `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname = 'posthorn' and has_function_privilege('posthorn_publisher', p.oid, 'execute')`,
    );
    expect(may).toEqual([{ proname: "publish" }]);
    expect(await stateOf("select * from posthorn.accept_events('[]', true)")).toBe(DENIED);
    expect(await stateOf(`select posthorn.emit('${tenantId}', 'API.Webhook.Test', '{}')`)).toBe(DENIED);
    expect(await stateOf("select graphile_worker.add_job('deliver')")).toBe(DENIED);
    expect(await stateOf("select posthorn.ensure_partitions(1)")).toBe(DENIED);
  });

  test("can create nothing, and become nobody", async () => {
    expect(await stateOf("create table posthorn.mine (id integer)")).toBe(DENIED);
    expect(await stateOf("alter table posthorn.tenants disable trigger all")).toBe(DENIED);
    expect(
      await api.rows(
        "select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = 'posthorn_publisher'",
      ),
    ).toEqual([{ rolcanlogin: false, rolsuper: false, rolcreaterole: false, rolcreatedb: false }]);
  });

  test("an object of its own on the search path is not used by publish", async () => {
    await publisher.query("create temporary table tenants (id text)");
    await publisher.query("set search_path = pg_temp, posthorn, public");
    expect(await stateOf(`select posthorn.publish('${tenantId}', '${type}', '1')`)).toBeNull();
    expect((await publisher.query("select 1 from pg_temp.tenants")).rows).toEqual([]);
    await publisher.query("reset search_path");
  });
});
