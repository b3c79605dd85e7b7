import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi();
});
afterAll(() => app.close());

describe("a tenant", () => {
  test("is made by PUT, and replaced by the next", async () => {
    const fields = { name: "Acme", metadata: { plan: "pro" } };
    const made = await app.call("PUT", "/v1/tenants/put-me", { body: fields });
    expect(made).toMatchObject({ status: 201, body: { id: "put-me", ...fields } });
    const replaced = await app.call("PUT", "/v1/tenants/put-me", { body: { name: "Acme Ltd" } });
    expect(replaced).toMatchObject({ status: 200, body: { name: "Acme Ltd", metadata: {} } });
    expect(replaced.body.createdAt).toBe(made.body.createdAt);
  });

  test("is changed field by field", async () => {
    await app.call("PUT", "/v1/tenants/patch-me", { body: { name: "Acme", metadata: { a: 1 } } });
    const one = await app.call("PATCH", "/v1/tenants/patch-me", { body: { metadata: { b: 2 } } });
    expect(one.body).toMatchObject({ name: "Acme", metadata: { b: 2 } });
    const two = await app.call("PATCH", "/v1/tenants/patch-me", { body: { name: null } });
    expect(two.body).toMatchObject({ name: null, metadata: { b: 2 } });
    expect((await app.call("PATCH", "/v1/tenants/not-there", { body: {} })).status).toBe(404);
  });

  test("goes with everything it has, and a job clears its history", async () => {
    const tenant = await app.tenant("delete-me");
    const key = await app.key("tenant", tenant);
    const url = "https://hooks.example.com/a";
    await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body: { url, eventTypes: ["*", "API.*"] } });
    await app.call("POST", "/v1/event-types", { body: { name: "tenants.one" } });
    await app.call("POST", "/v1/events", { body: { tenantId: tenant, type: "tenants.one", id: "e-1", data: {} } });
    expect((await app.call("DELETE", `/v1/tenants/${tenant}`)).status).toBe(204);
    expect((await app.call("GET", `/v1/tenants/${tenant}`)).status).toBe(404);
    expect((await app.call("GET", `/v1/tenants/${tenant}/endpoints`)).status).toBe(404);
    expect((await app.call("DELETE", `/v1/tenants/${tenant}`)).status).toBe(404);
    expect((await app.call("GET", `/v1/tenants/${tenant}`, { key })).status).toBeGreaterThanOrEqual(401);
    const left = await inDatabase(`select
      (select count(*)::int from posthorn.endpoints where tenant_id = 'delete-me') as endpoints,
      (select count(*)::int from posthorn.endpoint_secrets where tenant_id = 'delete-me') as secrets,
      (select count(*)::int from posthorn.subscriptions where tenant_id = 'delete-me') as subscriptions,
      (select count(*)::int from posthorn.api_keys where tenant_id = 'delete-me') as keys,
      (select count(*)::int from posthorn.event_keys where tenant_id = 'delete-me') as event_keys,
      (select count(*)::int from graphile_worker.jobs where key = 'purge_tenant:delete-me') as jobs`);
    expect(left).toEqual({ endpoints: 0, secrets: 0, subscriptions: 0, keys: 0, event_keys: 0, jobs: 1 });
  });

  test("with thousands of endpoints goes as quickly", async () => {
    const tenant = await app.tenant("large-one");
    await inDatabase(`with e as (
        insert into posthorn.endpoints (id, tenant_id, url, timeout_ms)
        select posthorn.new_id(), 'large-one', 'https://a.example.com/', 1000 from generate_series(1, 3000) returning id)
      select count(*) from e`);
    await inDatabase(`with s as (
        insert into posthorn.subscriptions (id, tenant_id, endpoint_id, event_types, exact_types, prefixes)
        select posthorn.new_id(), tenant_id, id, '{a.*}', '{}', '{a.}' from posthorn.endpoints where tenant_id = 'large-one' returning id)
      select count(*) from s`);
    const begun = performance.now();
    expect((await app.call("DELETE", `/v1/tenants/${tenant}`)).status).toBe(204);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test("that is deleted while things are made for it leaves none of them, and no fault of ours", async () => {
    const body = { url: "https://hooks.example.com/a", eventTypes: ["x"] };
    for (let round = 0; round < 10; round++) {
      const tenant = await app.tenant();
      const [gone, ...answers] = await Promise.all([
        app.call("DELETE", `/v1/tenants/${tenant}`),
        app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body }),
        app.call("POST", "/v1/api-keys", { body: { name: "racing", role: "tenant", tenantId: tenant } }),
      ]);
      expect(gone.status).toBe(204);
      for (const { status } of answers) expect([201, 404, 422]).toContain(status);
    }
    const left = await inDatabase(`select count(*)::int as keys from posthorn.api_keys where name = 'racing'
      and not exists (select 1 from posthorn.tenants t where t.id = tenant_id)`);
    expect(left).toEqual({ keys: 0 });
  });

  test.each(["a b", "ä", "a".repeat(129), "a.b"])("cannot be called %s", async (id) => {
    const { body } = await app.call("PUT", `/v1/tenants/${encodeURIComponent(id)}`, { body: {} });
    expect(body).toMatchObject({ code: "invalidId", errors: [{ pointer: "path/tenantId" }] });
  });

  test("is listed newest first, each once, while others are made", async () => {
    const made = [];
    for (let i = 0; i < 5; i++) made.push(await app.tenant(`list-${i}`));
    const seen: string[] = [];
    for (let cursor = ""; ;) {
      const { body } = await app.call("GET", `/v1/tenants?limit=2${cursor}`);
      seen.push(...body.data.map((t: Json) => t.id));
      await app.tenant();
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen.filter((id) => id.startsWith("list-"))).toEqual(made.toReversed());
    expect(new Set(seen).size).toBe(seen.length);
  });
});

async function inDatabase(text: string): Promise<unknown> {
  const client = new Client({ connectionString: app.databaseUrl });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows[0];
}
