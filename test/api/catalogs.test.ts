import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { shop, version } from "../services/catalogs/shop.ts";
import { startApi, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
beforeAll(async () => {
  app = await startApi({ POSTHORN_PUBLIC_URL: "https://hooks.example.com/" });
});
afterAll(() => app.close());

const put = (catalog: Json, query = "") =>
  app.call("PUT", `/v1/catalogs/${catalog.catalog}${query}`, { body: catalog });
const get = (path: string) => app.call("GET", path);
const typeOf = async (catalog: string, name: string) => (await get(`/v1/event-types/${name}?catalog=${catalog}`)).body;

/** Another document of a catalog. */
function changed(name: string, change: (catalog: Json) => unknown): Json {
  const catalog = shop(name);
  change(catalog);
  return catalog;
}

const two = (name: string) => changed(name, (c) => c.types[1].versions.push(version("v2", {}, {})));

/** With versions that are dates. */
function dated(...names: string[]): Json {
  return changed("between", (c) => {
    c.templates = [];
    delete c.types[0].notifications;
    c.types[0].versions = names.map((name) => version(name, {}, {}));
  });
}

/** A tenant's subscription: its id, and the path of its endpoint. */
async function subscribe(fields: object): Promise<{ tenantId: string; path: string; id: string }> {
  const tenantId = await app.tenant();
  const endpoint = await app.call("POST", `/v1/tenants/${tenantId}/endpoints`, {
    body: { url: "https://example.com/" },
  });
  const path = `/v1/tenants/${tenantId}/endpoints/${endpoint.body.id}/subscriptions`;
  const { body } = await app.call("POST", path, { body: fields });
  return { tenantId, path, id: body.id };
}

describe("installing a catalog", () => {
  test("makes its event types, and says what it added", async () => {
    const { status, body } = await put(shop("made"));
    expect(status).toBe(201);
    expect(body).toMatchObject({ catalog: "made", revision: 1, changed: true, diff: { changed: [], breaking: [] } });
    expect(body.diff.added).toEqual([
      { pointer: "/types/0", detail: "order.paid" },
      { pointer: "/types/1", detail: "order.sent" },
    ]);
    const listed = await get("/v1/event-types?catalog=made");
    expect(listed.body.data).toMatchObject([
      { name: "order.paid", category: "Orders", versions: ["v1"] },
      { name: "order.sent", category: null, versions: ["v1"] },
    ]);
    expect((await get("/v1/catalogs/made")).body).toMatchObject({
      title: "A shop",
      eventTypes: 2,
      versions: 2,
      document: shop("made"),
    });
  });

  test("again changes nothing, in JSON or in YAML", async () => {
    await put(shop("again"));
    const before = await get("/v1/catalogs/again");
    expect(await put(shop("again"))).toMatchObject({ status: 200, body: { revision: 1, changed: false } });
    const yaml = { raw: stringify(shop("again")), headers: { "content-type": "application/yaml" } };
    expect((await app.call("PUT", "/v1/catalogs/again", yaml)).body).toMatchObject({ revision: 1, changed: false });
    expect((await get("/v1/catalogs/again")).text).toBe(before.text);
  });

  test("adds what is new, and leaves the rest as it was", async () => {
    await put(shop("grown"));
    const sent = await typeOf("grown", "order.sent");
    const next = changed("grown", (c) => {
      c.types[0].versions[0].schema.properties.note = { type: "string" };
      c.types[0].versions.push(version("v2", { amount: { type: "string" } }, { amount: "5" }));
    });
    const { status, body } = await put(next);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      revision: 2,
      changed: true,
      diff: {
        added: [{ pointer: "/types/0/versions/1", detail: "order.paid v2" }],
        changed: [{ pointer: "/types/0/versions/0/schema", detail: "schema of order.paid v1" }],
        removed: [],
      },
    });
    const paid = await typeOf("grown", "order.paid");
    expect(paid.versions.map((v: Json) => v.version)).toEqual(["v2", "v1"]);
    expect(paid.versions[1].schema.properties.note).toEqual({ type: "string" });
    expect(await typeOf("grown", "order.sent")).toEqual(sent);
  });

  test("keeps the order of versions when one comes between two", async () => {
    await put(dated("2024", "2026"));
    await put(dated("2024", "2025", "2026"));
    await put(dated("2024", "2025", "2026", "2027"));
    const { versions: shown } = await typeOf("between", "order.paid");
    expect(shown.map((v: Json) => v.version)).toEqual(["2027", "2026", "2025", "2024"]);
  });

  test("refuses what breaks a published version, and says all of it", async () => {
    await put(shop("broken"));
    const next = changed("broken", (c) => {
      delete c.types[1].versions[0].schema.properties.carrier;
      c.types[1].versions[0].schema.required = ["shopId", "orderId", "userId"];
      c.types[1].versions[0].example.userId = "user-1";
      c.title = "Never seen";
    });
    const { body } = await put(next);
    expect(body).toMatchObject({ status: 409, code: "breakingChange" });
    expect(body.errors.map((e: Json) => e.pointer)).toEqual([
      "/types/1/versions/0/schema/required",
      "/types/1/versions/0/schema/properties",
    ]);
    expect((await get("/v1/catalogs/broken")).body).toMatchObject({ title: "A shop", revision: 1 });
    const dry = await put(next, "?dryRun=true");
    expect(dry.body.diff.breaking).toHaveLength(2);
  });

  test("refuses a version without a downgrade while subscriptions pin an older one, and says how many do", async () => {
    await put(shop("pinned"));
    const next = two("pinned");
    const pinned = { eventTypes: ["order.sent"], catalog: "pinned", version: "v1" };
    const first = await subscribe(pinned);
    const second = await subscribe({ ...pinned, eventTypes: ["order.*"] });
    await subscribe({ eventTypes: ["order.sent"], catalog: "pinned" });
    await subscribe({ ...pinned, eventTypes: ["order.paid"] });
    const fault = { pointer: "/types/1/versions/1", detail: expect.stringContaining("2 subscriptions pin an older") };
    expect(await put(next)).toMatchObject({ status: 409, body: { code: "breakingChange", errors: [fault] } });
    expect((await put(next, "?dryRun=true")).body.diff.breaking).toMatchObject([fault]);
    for (const { path, id } of [first, second]) await app.call("DELETE", `${path}/${id}`);
    expect(await put(next)).toMatchObject({ status: 200, body: { revision: 2 } });
    await subscribe(pinned);
    expect(await put(next)).toMatchObject({ status: 200, body: { changed: false } });
  });

  test("in a dry run says what it would do, and does nothing", async () => {
    expect(await put(shop("dry"), "?dryRun=true")).toMatchObject({ status: 200, body: { revision: 0, changed: true } });
    expect((await get("/v1/catalogs/dry")).status).toBe(404);
  });

  test("by ten at once installs it once, whole", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => put(shop("race"))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { body } of answers) expect(body.revision ?? body.code).toSatisfy((x) => x === 1 || x === "overloaded");
    expect((await get("/v1/catalogs/race")).body).toMatchObject({ revision: 1, eventTypes: 2 });
  });

  test("keeps catalogs with the same type names apart", async () => {
    await put(shop("left"));
    await put(changed("right", (c) => (c.types[0].versions[0].example.amount = 7)));
    expect((await typeOf("left", "order.paid")).versions[0].example.amount).toBe(5);
    expect((await typeOf("right", "order.paid")).versions[0].example.amount).toBe(7);
  });

  test("with expressions waits for a deliverer to try them, and without one installs nothing", async () => {
    const catalog = two("unheard");
    catalog.types[1].versions[1].downgrade = "$";
    expect((await put(catalog)).body).toMatchObject({ status: 503, code: "noEvaluator" });
    expect((await get("/v1/catalogs/unheard")).status).toBe(404);
  });

  test("is not for the gateway's own catalogs", async () => {
    for (const name of ["default", "posthorn"]) {
      expect((await put(shop(name))).body.code).toBe("forbidden");
      expect((await app.call("DELETE", `/v1/catalogs/${name}`)).body.code).toBe("forbidden");
    }
  });
});

describe("a catalog", () => {
  test("is exported as YAML that installs it again", async () => {
    await put(shop("yaml"));
    const { text, headers } = await app.call("GET", "/v1/catalogs/yaml", { headers: { accept: "application/yaml" } });
    expect(headers.get("content-type")).toBe("application/yaml");
    expect(parse(text)).toEqual(shop("yaml"));
    const again = { raw: text, headers: { "content-type": "application/yaml" } };
    expect((await app.call("PUT", "/v1/catalogs/yaml", again)).body.changed).toBe(false);
  });

  test("is listed by name, in pages, the gateway's own among them", async () => {
    const first = await get("/v1/catalogs?limit=1");
    expect(first.body.data).toHaveLength(1);
    const { body } = await get(`/v1/catalogs?limit=100&cursor=${first.body.nextCursor}`);
    const names: string[] = [...first.body.data, ...body.data].map((c: Json) => c.catalog);
    expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(names).toEqual(expect.arrayContaining(["default", "posthorn"]));
    expect((await get("/v1/catalogs/default")).body).toMatchObject({ catalog: "default", document: null });
  });

  test("is deleted with its types, but not while subscriptions name it", async () => {
    await put(shop("gone"));
    const { path, id } = await subscribe({ eventTypes: ["order.*"], catalog: "gone" });
    const refused = await app.call("DELETE", "/v1/catalogs/gone");
    expect(refused.body).toMatchObject({
      status: 409,
      code: "catalogInUse",
      detail: expect.stringContaining("A subscription"),
    });
    await app.call("DELETE", `${path}/${id}`);
    expect((await app.call("DELETE", "/v1/catalogs/gone")).status).toBe(204);
    expect((await get("/v1/catalogs/gone")).status).toBe(404);
    expect((await get("/v1/event-types/order.paid?catalog=gone")).status).toBe(404);
    expect((await app.call("DELETE", "/v1/catalogs/gone")).status).toBe(404);
  });

  test("shows its schemas and its form to everybody", async () => {
    await put(shop("open"));
    const found = await app.call("GET", "/v1/catalogs/open/schemas/order.paid.v1", { key: null });
    expect(found.headers.get("content-type")).toBe("application/schema+json");
    expect(found.body).toMatchObject({ required: ["shopId", "orderId", "amount"], $defs: { id: { minLength: 1 } } });
    expect((await app.call("GET", "/v1/catalogs/open/schemas/none", { key: null })).body.code).toBe("notFound");
    const form = await app.call("GET", "/catalog.schema.json", { key: null });
    expect(form.body).toEqual(JSON.parse(readFileSync("src/catalogs/catalog.schema.json", "utf8")));
  });
});
