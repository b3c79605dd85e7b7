import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
let pool: Pool;
beforeAll(async () => {
  app = await startApi();
  pool = new Pool({ connectionString: app.databaseUrl, max: 2 });
  await install("shop", { "order.paid": ["1", "2"], "order.sent": ["1"], "user.made": ["7"] }, [
    {
      name: "big-orders",
      description: "Orders over 100",
      eventTypes: ["order.paid"],
      version: "2",
      filter: "data.amount > 100",
    },
    { name: "orders", description: "All orders", eventTypes: ["order.*"], transform: '{ "text": type }' },
  ]);
  await install("forum", { "user.made": ["1.0"] }, []);
  await app.call("POST", "/v1/event-types", { body: { name: "user.made", version: "3" } });
});
afterAll(async () => {
  await pool?.end();
  await app?.close();
});

/** A catalog as subscriptions see it: its types with their versions, and its templates. */
async function install(name: string, types: Record<string, string[]>, templates: object[]): Promise<void> {
  const document = JSON.stringify({ catalog: name, types: [], templates });
  await pool.query("insert into posthorn.catalogs (name, description, document) values ($1, '', $2)", [name, document]);
  for (const [type, versions] of Object.entries(types)) {
    await pool.query("insert into posthorn.event_types (catalog, name) values ($1, $2)", [name, type]);
    await pool.query(
      "insert into posthorn.event_type_versions (catalog, name, version, position) select $1, $2, v, n from unnest($3::text[]) with ordinality u (v, n)",
      [name, type, versions],
    );
  }
}

async function endpoint(): Promise<string> {
  const tenant = await app.tenant();
  const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, {
    body: { url: "https://hooks.example.com/a" },
  });
  return `/v1/tenants/${tenant}/endpoints/${made.body.id}`;
}

const subscribe = async (body: Json) => app.call("POST", `${await endpoint()}/subscriptions`, { body });

async function subscribed(body: Json): Promise<{ path: string; shown: Json }> {
  const path = `${await endpoint()}/subscriptions`;
  const answer = await app.call("POST", path, { body });
  expect(answer).toMatchObject({ status: 201 });
  return { path: `${path}/${answer.body.id}`, shown: answer.body };
}

const change = (path: string, body: Json) => app.call("PATCH", path, { body });

test("without choices a subscription has none", async () => {
  const { shown } = await subscribed({ eventTypes: ["a"] });
  expect(shown).toMatchObject({ catalog: null, version: null, filter: null, transform: null, throttle: null });
  expect(shown.filterFailures).toEqual({ count: 0, lastAt: null, lastMessage: null });
});

describe("a catalog and a version", () => {
  test("are kept, changed and taken away", async () => {
    const { path, shown } = await subscribed({ eventTypes: ["order.*"], catalog: "shop", version: "2" });
    expect(shown).toMatchObject({ catalog: "shop", version: "2" });
    expect((await change(path, { version: "1" })).body).toMatchObject({ catalog: "shop", version: "1" });
    expect((await change(path, { version: null })).body).toMatchObject({ catalog: "shop", version: null });
    expect((await change(path, { catalog: null })).body).toMatchObject({ catalog: null, eventTypes: ["order.*"] });
    expect((await app.call("GET", path)).body).toMatchObject({ catalog: null, version: null });
  });

  test("the catalog must exist", async () => {
    const refusal = { status: 422, code: "unknownCatalog", errors: [{ pointer: "/catalog" }] };
    expect((await subscribe({ eventTypes: ["a"], catalog: "nowhere" })).body).toMatchObject(refusal);
    const { path } = await subscribed({ eventTypes: ["a"] });
    expect((await change(path, { catalog: "nowhere" })).body).toMatchObject(refusal);
    expect((await app.call("GET", path)).body.catalog).toBeNull();
  });

  test("a version without a catalog is one of the catalog default, and shown as such", async () => {
    const { shown } = await subscribed({ eventTypes: ["user.*"], version: "3" });
    expect(shown).toMatchObject({ catalog: "default", version: "3" });
    const { path } = await subscribed({ eventTypes: ["user.*"] });
    expect((await change(path, { version: "3" })).body).toMatchObject({ catalog: "default", version: "3" });
  });

  test.each([
    [{ eventTypes: ["order.paid"], catalog: "shop", version: "3" }],
    [{ eventTypes: ["order.sent"], catalog: "shop", version: "2" }],
    [{ eventTypes: ["order.*"], catalog: "shop", version: "7" }],
    [{ eventTypes: ["user.made"], version: "7" }],
    [{ eventTypes: ["none.*"], catalog: "shop", version: "1" }],
  ])("%o is refused: nothing it asks for is published in that version", async (body) => {
    const refusal = { status: 422, code: "unknownVersion", errors: [{ pointer: "/version" }] };
    expect((await subscribe(body)).body).toMatchObject(refusal);
  });

  test.each([
    [{ eventTypes: ["user.made"] }, "/eventTypes"],
    [{ catalog: "forum" }, "/catalog"],
    [{ version: "3" }, "/version"],
  ])("a change to %o that loses the pinned version is refused, and nothing changes", async (body, pointer) => {
    const { path, shown } = await subscribed({ eventTypes: ["order.paid"], catalog: "shop", version: "2" });
    expect((await change(path, body)).body).toMatchObject({
      status: 422,
      code: "unknownVersion",
      errors: [{ pointer }],
    });
    expect((await app.call("GET", path)).body).toEqual(shown);
  });

  test("a retired version cannot be pinned", async () => {
    await install("old", { "a.b": ["1", "2"] }, []);
    await pool.query(
      "update posthorn.event_type_versions set retired_at = now() where catalog = 'old' and version = '1'",
    );
    const body = { eventTypes: ["a.b"], catalog: "old", version: "1" };
    expect((await subscribe(body)).body).toMatchObject({ code: "unknownVersion" });
    expect((await subscribe({ ...body, version: "2" })).status).toBe(201);
  });

  test("an endpoint gets the events of the catalog that its subscription names, and no other's of the same name", async () => {
    const path = await endpoint();
    const tenantId = path.split("/")[3];
    const other = await app.call("POST", `/v1/tenants/${tenantId}/endpoints`, {
      body: { url: "https://hooks.example.com/b" },
    });
    await app.call("POST", `${path}/subscriptions`, { body: { eventTypes: ["user.made"], catalog: "shop" } });
    await app.call("POST", `/v1/tenants/${tenantId}/endpoints/${other.body.id}/subscriptions`, {
      body: { eventTypes: ["user.*"], catalog: "forum" },
    });
    const { rows } = await pool.query(
      `select c as catalog, array_agg(posthorn.type_id('ep', x.endpoint_id)) as endpoints from posthorn.tenants t cross join unnest('{shop,forum,default}'::text[]) c
         cross join lateral posthorn.targets(t.id, t.prefix_lengths, c, 'user.made', false, 100) x where t.id = $1 group by c order by c`,
      [tenantId],
    );
    expect(rows).toEqual([
      { catalog: "forum", endpoints: [other.body.id] },
      { catalog: "shop", endpoints: [path.split("/")[5]] },
    ]);
  });
});

describe("a template", () => {
  test("fills in what is not given, and is copied", async () => {
    const { shown } = await subscribed({ template: "big-orders", catalog: "shop" });
    expect(shown).toMatchObject({
      eventTypes: ["order.paid"],
      catalog: "shop",
      version: "2",
      filter: "data.amount > 100",
    });
  });

  test("gives way to what is given, null too", async () => {
    const { shown } = await subscribed({
      template: "big-orders",
      catalog: "shop",
      eventTypes: ["order.sent"],
      version: null,
      filter: null,
      throttle: { max: 5, windowSeconds: 60 },
    });
    const throttle = { max: 5, windowSeconds: 60 };
    expect(shown).toMatchObject({ eventTypes: ["order.sent"], catalog: "shop", version: null, filter: null, throttle });
  });

  test.each([
    [{ template: "none", catalog: "shop" }, "unknownTemplate", "/template"],
    [{ template: "orders", catalog: "forum" }, "unknownTemplate", "/template"],
    [{ template: "orders", catalog: "default" }, "unknownTemplate", "/template"],
    [{ template: "orders", catalog: "nowhere" }, "unknownCatalog", "/catalog"],
    [{ template: "orders" }, "invalidRequest", "/catalog"],
    [{}, "invalidRequest", "/eventTypes"],
    [{ catalog: "shop" }, "invalidRequest", "/eventTypes"],
  ])("%o is refused", async (body, code, pointer) => {
    expect((await subscribe(body)).body).toMatchObject({ status: 422, code, errors: [{ pointer }] });
  });

  test("is for a new subscription", async () => {
    const { path } = await subscribed({ eventTypes: ["a"] });
    const { body } = await change(path, { template: "orders" });
    expect(body).toMatchObject({ code: "invalidRequest", errors: [{ pointer: "/template" }] });
  });
});

describe("a throttle", () => {
  test("is kept, changed and taken away", async () => {
    const { path, shown } = await subscribed({ eventTypes: ["a"], throttle: { max: 10, windowSeconds: 3600 } });
    expect(shown.throttle).toEqual({ max: 10, windowSeconds: 3600 });
    const throttle = { max: 1000, windowSeconds: 604_800 };
    expect((await change(path, { throttle })).body.throttle).toEqual(throttle);
    expect((await change(path, { throttle: null })).body.throttle).toBeNull();
  });

  test.each([
    [{ max: 0, windowSeconds: 1 }, "/throttle/max"],
    [{ max: 1001, windowSeconds: 1 }, "/throttle/max"],
    [{ max: 1.5, windowSeconds: 1 }, "/throttle/max"],
    [{ max: 1, windowSeconds: 0 }, "/throttle/windowSeconds"],
    [{ max: 1, windowSeconds: 604_801 }, "/throttle/windowSeconds"],
    [{ max: 1 }, "/throttle/windowSeconds"],
    [{ max: 1, windowSeconds: 1, per: ["/data/x"] }, "/throttle/per"],
  ])("%o is refused", async (throttle, pointer) => {
    const { body } = await subscribe({ eventTypes: ["a"], throttle });
    expect(body).toMatchObject({ status: 422, code: "invalidRequest", errors: [{ pointer }] });
  });
});

test("failures of a filter are shown, and forgotten with the filter", async () => {
  const { path } = await subscribed({ template: "big-orders", catalog: "shop" });
  const failed =
    "update posthorn.subscriptions set filter_failures = 3, last_filter_failure = 'no number', last_filter_failed_at = '2026-01-31T09:30:00Z'";
  await pool.query(`${failed} where posthorn.type_id('sub', id) = $1`, [path.split("/").at(-1)]);
  const filterFailures = { count: 3, lastAt: "2026-01-31T09:30:00.000Z", lastMessage: "no number" };
  expect((await change(path, { eventTypes: ["order.*"] })).body).toMatchObject({ filterFailures });
  const list = await app.call("GET", path.slice(0, path.lastIndexOf("/")));
  expect(list.body.data).toMatchObject([{ filterFailures, filter: "data.amount > 100" }]);
  const { body } = await change(path, { filter: null });
  expect(body).toMatchObject({ filter: null, filterFailures: { count: 0, lastAt: null, lastMessage: null } });
});

describe("changes at the same moment", () => {
  test("never leave a version that nothing is published in", async () => {
    for (let round = 0; round < 10; round++) {
      const { path } = await subscribed({ eventTypes: ["order.paid", "order.sent"], catalog: "shop" });
      const throttle = { max: 1, windowSeconds: 1 };
      const changes = [{ eventTypes: ["order.sent"] }, { version: "2" }, { throttle }];
      const answers = await Promise.all(changes.map((body) => change(path, body)));
      const [first, second] = answers.map(({ status }) => status);
      expect(["200 422", "422 200"]).toContain(`${first} ${second}`);
      const { body } = await app.call("GET", path);
      const eventTypes = first === 200 ? ["order.sent"] : ["order.paid", "order.sent"];
      expect(body).toMatchObject({ throttle, eventTypes, version: second === 200 ? "2" : null });
    }
  });

  test("wait for the deletion of their endpoint and tenant, or it for them: none fails", async () => {
    for (let round = 0; round < 12; round++) {
      const { path } = await subscribed({ eventTypes: ["a.*", "API.*"], throttle: { max: 1, windowSeconds: 1 } });
      const [tenant, endpointId] = [path.slice(0, path.indexOf("/endpoints")), path.split("/")[5]];
      const list = path.slice(0, path.lastIndexOf("/"));
      const more = { eventTypes: ["efghi.*"], throttle: { max: 1, windowSeconds: 1 } };
      const answers = await Promise.all([
        change(path, { eventTypes: ["bcd.*", "API.Key.*"], throttle: null }),
        round % 3 === 0 ? app.call("GET", tenant) : app.call("DELETE", `${tenant}/endpoints/${endpointId}`),
        round % 3 === 1 ? app.call("GET", tenant) : app.call("DELETE", tenant),
        app.call("POST", list, { body: more }),
        app.call("POST", `${tenant}/endpoints`, { body: { url: "https://hooks.example.com/b", eventTypes: ["x.*"] } }),
      ]);
      const failed = answers.filter(({ status }) => ![200, 201, 204, 404].includes(status));
      expect(failed.map(({ body }) => body)).toEqual([]);
    }
  });
});
