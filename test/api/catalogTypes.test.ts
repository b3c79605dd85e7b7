import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
const create = (name: string) => app.call("POST", "/v1/event-types", { body: { name, catalog: "named" } });
const versionPath = (catalog: string, rest = "") => `/v1/event-types/order.sent/versions/v1${rest}?catalog=${catalog}`;

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

describe("an event type of a catalog", () => {
  test("shows what its document says of it", async () => {
    const document = changed("shown", (c) => {
      c.types[0].triggeredWhen = ["A payment arrives"];
      c.types[0].versions[0].deprecated = { message: "Use v2", sunset: "2027-01-01" };
    });
    await put(document);
    expect(await typeOf("shown", "order.paid")).toMatchObject({
      triggeredWhen: ["A payment arrives"],
      notifications: [{ text: "A receipt", template: "paid" }],
      orderingKey: ["/data/orderId"],
      throttle: { max: 10, windowSeconds: 60, per: ["/data/shopId"] },
      preference: { name: "orders" },
      envelope: "event",
      templates: ["paid"],
      versions: [
        {
          ref: "order.paid.v1",
          deprecated: { message: "Use v2", sunset: "2027-01-01" },
          downgrade: false,
          retiredAt: null,
          pinnedBy: 0,
        },
      ],
    });
  });

  test("is registered beside the document only under a name that follows its convention", async () => {
    await put(shop("named"));
    expect((await create("OrderLost")).body).toMatchObject({
      status: 422,
      code: "nameBreaksConvention",
      errors: [{ pointer: "/name", detail: expect.stringContaining("lower case") }],
    });
    expect((await create("order.lost")).status).toBe(201);
    // It is not the document's to remove.
    expect((await put(shop("named"))).body).toMatchObject({ changed: false });
    expect((await get("/v1/event-types/order.lost?catalog=named")).body.envelope).toBeUndefined();
  });

  test("is changed in its document alone", async () => {
    await put(shop("fixed"));
    const path = "/v1/event-types/order.paid";
    const patched = await app.call("PATCH", `${path}?catalog=fixed`, { body: { description: "x" } });
    expect(patched.body).toMatchObject({ status: 403, code: "forbidden" });
    const added = await app.call("PUT", `${path}/versions/v2?catalog=fixed`, { body: {} });
    expect(added.body).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("that was deleted comes back with its document", async () => {
    await put(shop("back"));
    expect((await app.call("DELETE", "/v1/event-types/order.sent?catalog=back")).status).toBe(204);
    const without = changed("back", (c) => c.types.pop());
    expect((await put(without, "?dryRun=true")).body.diff.breaking).toEqual([]);
    expect((await put(shop("back"))).body.changed).toBe(true);
    expect((await typeOf("back", "order.sent")).versions).toHaveLength(1);
  });
});

describe("a version", () => {
  test("is retired when nobody pins it any more, and then not published", async () => {
    await put(two("retired"));
    const { tenantId, path: at, id } = await subscribe({ eventTypes: ["order.*"], catalog: "retired", version: "v1" });
    expect((await app.call("DELETE", versionPath("retired"))).body).toMatchObject({
      status: 409,
      code: "versionPinned",
      detail: expect.stringContaining("A subscription"),
    });
    const pins = await get(versionPath("retired", "/pins"));
    expect(pins.body).toMatchObject({
      data: [{ subscriptionId: id, tenantId, eventTypes: ["order.*"] }],
      nextCursor: null,
    });
    expect((await typeOf("retired", "order.sent")).versions.map((v: Json) => v.pinnedBy)).toEqual([0, 1]);
    await app.call("DELETE", `${at}/${id}`);
    expect((await app.call("DELETE", versionPath("retired"))).status).toBe(204);
    expect((await app.call("DELETE", versionPath("retired"))).status).toBe(204);
    const { versions } = await typeOf("retired", "order.sent");
    expect(versions).toMatchObject([{ retiredAt: null }, { version: "v1", retiredAt: expect.any(String) }]);
    const event = { id: "evt-1", meta: { type: "order.sent", version: "v1", format: 2 }, data: versions[1].example };
    const published = await app.call("POST", `/v1/catalogs/retired/events?tenantId=${tenantId}`, {
      body: { ...event, data: { ...event.data, shopId: tenantId } },
    });
    expect(published.body.code).toBe("unknownVersion");
  });

  test("stays retired when its catalog is installed again, and may then be left out", async () => {
    await put(two("left-out"));
    await app.call("DELETE", versionPath("left-out"));
    const next = two("left-out");
    next.title = "Anew";
    await put(next);
    expect((await typeOf("left-out", "order.sent")).versions[1].retiredAt).not.toBeNull();
    const without = changed("left-out", (c) => (c.types[1].versions = [version("v2", {}, {})]));
    expect((await put(without)).body.diff.removed).toEqual([
      { pointer: "/types/1/versions/0", detail: "order.sent v1" },
    ]);
    expect((await typeOf("left-out", "order.sent")).versions).toHaveLength(1);
  });

  test("shows a tenant its own pins alone", async () => {
    await put(two("private"));
    const wish = { eventTypes: ["order.sent"], catalog: "private", version: "v1" };
    const { tenantId } = await subscribe(wish);
    await subscribe(wish);
    const key = await app.key("tenant", tenantId);
    const { body } = await app.call("GET", "/v1/event-types/order.sent?catalog=private", { key });
    expect(body.versions[1].pinnedBy).toBe(1);
    expect((await app.call("GET", versionPath("private", "/pins"), { key })).status).toBe(403);
  });

  test("that is not there can be neither retired nor asked about", async () => {
    expect((await app.call("DELETE", "/v1/event-types/none/versions/v1")).status).toBe(404);
    expect((await get("/v1/event-types/none/versions/v1/pins")).status).toBe(404);
  });
});
