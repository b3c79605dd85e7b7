import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
let pool: Pool;
beforeAll(async () => {
  app = await startApi();
  pool = new Pool({ connectionString: app.databaseUrl, max: 2 });
  await install(pool, "notices", { org_updates: "enabled", team_updates: "enabled", digest: "disabled" });
  await install(pool, "plain", {});
});
afterAll(async () => {
  await pool?.end();
  await app?.close();
});

/** A catalog as preferences see it. */
async function install(to: Pool, catalog: string, defaults: Record<string, string>): Promise<void> {
  const preferences = Object.entries(defaults).map(([name, usual]) => ({ name, description: name, default: usual }));
  const document = JSON.stringify({ catalog, types: [], preferences });
  await to.query("insert into posthorn.catalogs (name, description, document) values ($1, '', $2)", [
    catalog,
    document,
  ]);
}

const pathOf = (tenantId: string, userId = "user_1", query = "") =>
  `/v1/tenants/${tenantId}/users/${encodeURIComponent(userId)}/preferences${query}`;
const put = (path: string, body: Json, key?: string) =>
  app.call("PUT", path, key === undefined ? { body } : { body, key });

const usual = { org_updates: "enabled", team_updates: "enabled", digest: "disabled" };

describe("a user's preferences", () => {
  test("are the catalog's defaults until they are set; what is not named goes back to its default", async () => {
    const path = pathOf(await app.tenant());
    expect((await app.call("GET", path)).body).toEqual(usual);
    const first = { ...usual, team_updates: "disabled", digest: "enabled" };
    const { status, body } = await put(path, { team_updates: "disabled", digest: "enabled" });
    expect({ status, body }).toEqual({ status: 200, body: first });
    expect((await app.call("GET", path)).body).toEqual(first);
    const second = { ...usual, org_updates: "disabled" };
    expect((await put(path, { org_updates: "disabled" })).body).toEqual(second);
    expect((await app.call("GET", path)).body).toEqual(second);
    expect((await put(path, {})).body).toEqual(usual);
  });

  test.each(["user@example.com", "a/b c", "ünï", "100%", "?x=1&y#z", "u".repeat(256)])(
    "are kept for the user %s",
    async (userId) => {
      const tenantId = await app.tenant();
      const path = pathOf(tenantId, userId);
      expect((await put(path, { org_updates: "disabled" })).status).toBe(200);
      expect((await app.call("GET", path)).body).toMatchObject({ org_updates: "disabled" });
      expect((await app.call("GET", pathOf(tenantId, `${userId.slice(1)}!`))).body).toEqual(usual);
      const { rows } = await pool.query(
        "select user_id, name, enabled from posthorn.preferences where tenant_id = $1",
        [tenantId],
      );
      expect(rows).toEqual([{ user_id: userId, name: "org_updates", enabled: false }]);
    },
  );

  test("are the tenant's own: another tenant's user of the same name has others", async () => {
    const [mine, theirs] = [await app.tenant(), await app.tenant()];
    await put(pathOf(mine), { org_updates: "disabled" });
    expect((await app.call("GET", pathOf(theirs))).body).toEqual(usual);
    const key = await app.key("tenant", theirs);
    expect((await app.call("GET", pathOf(mine), { key })).status).toBe(404);
    expect((await put(pathOf(mine), {}, key)).status).toBe(404);
    expect((await put(pathOf(theirs), { digest: "enabled" }, key)).status).toBe(200);
    expect((await app.call("GET", pathOf(mine))).body).toEqual({ ...usual, org_updates: "disabled" });
  });

  test("go with the tenant", async () => {
    const tenantId = await app.tenant();
    await put(pathOf(tenantId), { org_updates: "disabled" });
    await app.call("DELETE", `/v1/tenants/${tenantId}`);
    expect((await pool.query("select 1 from posthorn.preferences where tenant_id = $1", [tenantId])).rows).toEqual([]);
    expect((await put(pathOf(tenantId), {})).status).toBe(404);
  });

  test("that are set by many at once are whole: one of them counts", async () => {
    const path = pathOf(await app.tenant());
    const wishes = [{ org_updates: "disabled" }, { team_updates: "disabled" }, { digest: "enabled" }];
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all([...wishes, ...wishes].map((wish) => put(path, wish)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const { body } = await app.call("GET", path);
      expect(wishes.map((wish) => ({ ...usual, ...wish }))).toContainEqual(body);
    }
  });
});

test.each([
  [{ org_updates: "off" }, "invalidRequest", "/org_updates"],
  [{ org_updates: true }, "invalidRequest", "/org_updates"],
  [{ org_updates: null }, "invalidRequest", "/org_updates"],
  [{ unknown: "enabled" }, "unknownPreference", "/unknown"],
  [{ org_updates: "disabled", "a/b~c": "enabled" }, "unknownPreference", "/a~1b~0c"],
  [[], "invalidRequest", ""],
])("%o is refused, and nothing changes", async (body, code, pointer) => {
  const path = pathOf(await app.tenant());
  expect((await put(path, body)).body).toMatchObject({ status: 422, code, errors: [{ pointer }] });
  expect((await app.call("GET", path)).body).toEqual(usual);
});

test.each([
  [pathOf("t", ""), 404, "notFound"],
  [pathOf("t", "u".repeat(257)), 422, "invalidId"],
  [pathOf("t", "a\u0000b"), 422, "invalidId"],
  [pathOf("t", "u", "?catalog=a%20b"), 400, "invalidParameter"],
  [pathOf("t", "u", "?other=1"), 400, "invalidParameter"],
])("GET %s is refused", async (path, status, code) => {
  await app.tenant("t");
  expect((await app.call("GET", path)).body).toMatchObject({ status, code });
});

describe("the catalog", () => {
  test("may be named", async () => {
    const tenantId = await app.tenant();
    const named = pathOf(tenantId, "u", "?catalog=notices");
    await put(named, { org_updates: "disabled" });
    expect((await app.call("GET", pathOf(tenantId, "u"))).body).toMatchObject({ org_updates: "disabled" });
    expect((await app.call("GET", pathOf(tenantId, "u", "?catalog=plain"))).body).toEqual({});
    expect((await app.call("GET", pathOf(tenantId, "u", "?catalog=default"))).body).toEqual({});
    const { body } = await put(pathOf(tenantId, "u", "?catalog=plain"), { org_updates: "disabled" });
    expect(body).toMatchObject({ code: "unknownPreference", errors: [{ pointer: "/org_updates" }] });
  });

  test("must exist", async () => {
    const path = pathOf(await app.tenant(), "u", "?catalog=nowhere");
    const refusal = { status: 422, code: "unknownCatalog", errors: [{ pointer: "query/catalog" }] };
    expect((await app.call("GET", path)).body).toMatchObject(refusal);
    expect((await put(path, {})).body).toMatchObject(refusal);
  });

  test("must be named where none has preferences, or several have", async () => {
    const other = await startApi();
    const own = new Pool({ connectionString: other.databaseUrl, max: 1 });
    try {
      const tenantId = await other.tenant();
      const refused = async () => (await other.call("GET", pathOf(tenantId))).body;
      expect(await refused()).toMatchObject({
        status: 422,
        code: "unknownCatalog",
        errors: [{ pointer: "query/catalog" }],
      });
      await install(own, "one", { a: "enabled" });
      expect(await refused()).toEqual({ a: "enabled" });
      await install(own, "two", { b: "enabled" });
      expect(await refused()).toMatchObject({ code: "unknownCatalog", detail: expect.stringContaining("one, two") });
      expect((await other.call("GET", pathOf(tenantId, "u", "?catalog=two"))).body).toEqual({ b: "enabled" });
    } finally {
      await own.end();
      await other.close();
    }
  });
});
