import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataOf, textOf, type PublishingApi } from "#test/publishing.ts";
import { createShopApi, fresh, paid } from "./shop.ts";

let api: PublishingApi;
beforeAll(async () => {
  api = await createShopApi();
});
afterAll(() => api.close());

const publish = (body: unknown, query = "", headers: Record<string, string> = {}) =>
  api.call("POST", `/v1/catalogs/shop/events${query}`, body, headers);
const stored = async (id: string) =>
  (await api.rows("select * from posthorn.events where external_id = $1 or posthorn.type_id('evt', id) = $1", [id]))[0];

describe("publishing a document in its catalog's envelope", () => {
  test("reads every part at its place, and keeps the document byte for byte", async () => {
    const [id, tenant] = [fresh("e"), fresh("t")];
    const data = '{ "sum":1.0, "orderId" : "o-1","big":12345678901234567890 }';
    const text = ` {"spec":1, "kind":"order.paid","meta":{"id":"${id}"},"v":"v1","at":"2026-01-31T10:30:00+01:00","source":"till",
      "by":"u1","tenant":"${tenant}","more":{ "n":1.50},"data":${data},"unknown":[] }\n`;
    const answer = await publish(text);
    expect(answer).toMatchObject({ status: 202, json: { id, tenantId: tenant, type: "order.paid" } });
    expect(await stored(id)).toMatchObject({
      catalog: "shop",
      type: "order.paid",
      version: "v1",
      tenant_id: tenant,
      occurred_at: new Date("2026-01-31T09:30:00Z"),
      source: "till",
      user_id: "u1",
      ordering_key: "o-1",
      metadata: '{ "n":1.50}',
      native: text,
      validated: true,
      body: expect.stringContaining(`"data":${data}}`),
    });
  });

  test("takes the first pointer that leads to a value, and null for none", async () => {
    const tenant = fresh("t");
    const id = fresh("e");
    const answer = await publish(
      paid({ meta: { id: null }, id, tenant: null, by: null, data: { orderId: "o", tenant } }),
    );
    expect(answer).toMatchObject({ status: 202, json: { id, tenantId: tenant } });
  });

  test("chooses the envelope by what is there: a whole document can be its data", async () => {
    const text = '{"template":"hello", "to":1}';
    const answer = await publish(text);
    expect(answer).toMatchObject({ status: 202, json: { tenantId: "platform", type: "note.hello" } });
    const row = await stored(textOf(answer, "id"));
    expect(row).toMatchObject({ native: text, external_id: null, body: expect.stringContaining(`"data":${text}}`) });
  });

  test("what the document does not carry is said in the query", async () => {
    const [id, tenantId] = [fresh("e"), fresh("t")];
    const query = `?id=${id}&tenantId=${tenantId}&version=v1&timestamp=2026-01-31T09:30:00Z`;
    expect(await publish({ template: "hello", to: 2 }, query)).toMatchObject({ status: 202, json: { id, tenantId } });
    expect(await stored(id)).toMatchObject({ version: "v1", occurred_at: new Date("2026-01-31T09:30:00Z") });
    const document = paid();
    const { kind: type, ...untyped } = document;
    expect(await publish(untyped, `?type=${type}`)).toMatchObject({ status: 202, json: { type } });
    expect(await publish(paid({ meta: { id: `${id}-2` } }), `?type=order.paid&id=${id}-2`)).toMatchObject({
      status: 202,
    });
  });

  test("a schema's name gives the version; without either it is the latest", async () => {
    const [first, second] = [fresh("e"), fresh("e")];
    await publish(paid({ meta: { id: first }, schema: "payload.OrderPaid.v1" }));
    await publish(paid({ meta: { id: second } }));
    expect([await stored(first), await stored(second)]).toMatchObject([{ version: "v1" }, { version: "v2" }]);
  });

  test("sent again it is the same event, and with another byte it is another one", async () => {
    const document = paid();
    const text = JSON.stringify(document);
    const first = await publish(text);
    const again = await publish(text);
    expect(again.json).toEqual(first.json);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await publish(`${text} `)).toMatchObject({ status: 422, json: { code: "idConflict" } });
  });

  test("an Idempotency-Key makes a document without an id the same event", async () => {
    const headers = { "idempotency-key": fresh("key") };
    const first = await publish({ template: "hello", to: 3 }, "", headers);
    expect((await publish({ template: "hello", to: 3 }, "", headers)).json).toEqual(first.json);
    expect(await publish({ template: "hello", to: 4 }, "", headers)).toMatchObject({
      json: { code: "idempotencyConflict" },
    });
  });

  test("is delivered to an endpoint of the format native as it was published, and to the others in their own", async () => {
    const tenant = fresh("t");
    await api.rows("insert into posthorn.tenants (id) values ($1)", [tenant]);
    for (const format of ["native", "standard", "cloudevents", "thin"]) {
      await api.rows(
        `with made as (insert into posthorn.endpoints (id, tenant_id, url, timeout_ms, payload_format)
           values (posthorn.new_id(), $1, 'https://hooks.example.com/', 5000, $2) returning id)
         insert into posthorn.subscriptions (id, tenant_id, endpoint_id, event_types, exact_types, prefixes)
           select posthorn.new_id(), $1, id, '{order.paid}', '{order.paid}', '{}' from made`,
        [tenant, format],
      );
    }
    const text = JSON.stringify(paid({ tenant })).replace("{", "{  ");
    const id = textOf(await publish(text), "id");
    const rows = await api.rows<{ payload_format: string; body: string }>(
      `select d.payload_format, coalesce(d.body, e.body) as body from posthorn.deliveries d join posthorn.events e on e.id = d.event_id
       where e.external_id = $1 order by d.payload_format`,
      [id],
    );
    expect(rows.map((row) => row.payload_format)).toEqual(["cloudevents", "native", "standard", "thin"]);
    expect(rows[1]?.body).toBe(text);
    expect(JSON.parse(rows[2]?.body ?? "")).toMatchObject({ id, type: "order.paid", data: { orderId: "o-9" } });
    expect(JSON.parse(rows[0]?.body ?? "")).toMatchObject({
      catalog: "shop",
      dataschema: expect.stringMatching(/\/shop\/schemas\/payload\.OrderPaid\.v2$/),
    });
  });
});

describe("a list of documents", () => {
  test("is answered in the order sent, each for itself, with pointers into the list", async () => {
    const [a, b] = [paid(), paid()];
    const items = [
      a,
      paid({ kind: "order.unknown" }),
      paid({ data: { orderId: "" } }),
      17,
      { template: "hello", to: 1 },
      b,
    ];
    const answer = await publish(`[${items.map((item) => JSON.stringify(item)).join(" ,\n")}]`);
    expect(answer.status).toBe(202);
    expect(dataOf(answer)).toMatchObject([
      { id: a.meta.id },
      { problem: { code: "unknownEventType", errors: [{ pointer: "/1/kind" }] } },
      { problem: { code: "invalidData", errors: [{ pointer: "/2/data/orderId" }] } },
      { problem: { code: "invalidEnvelope" } },
      { id: expect.stringMatching(/^evt_/) },
      { id: b.meta.id },
    ]);
    expect(await stored(b.meta.id)).toMatchObject({ native: JSON.stringify(b) });
  });

  test("of which none is accepted is 422, an empty one and one over 1,000 too", async () => {
    expect(await publish([paid({ kind: "no" })])).toMatchObject({ status: 422, json: { code: "noneAccepted" } });
    expect(await publish([])).toMatchObject({ status: 422, json: { code: "invalidRequest" } });
    expect(await publish(Array.from({ length: 1_001 }, () => 1))).toMatchObject({ json: { code: "tooManyEvents" } });
  });

  test("takes the query for each of them, but no id for many", async () => {
    const tenantId = fresh("t");
    const notes = [1, 2].map((to) => ({ template: "hello", to }));
    expect((await publish(notes, `?tenantId=${tenantId}`)).status).toBe(202);
    expect(await api.rows("select 1 from posthorn.events where tenant_id = $1", [tenantId])).toHaveLength(2);
    expect(await publish(notes, "?id=x")).toMatchObject({ status: 400, json: { errors: [{ pointer: "query/id" }] } });
  });
});

describe("a document that is not what its catalog describes is refused, with its code and its place", () => {
  test.each<[string, string, string, () => unknown, string?]>([
    ["no id", "invalidEnvelope", "/meta/id", () => paid({ meta: {} })],
    ["no source", "invalidEnvelope", "/source", () => paid({ source: undefined })],
    ["no type", "invalidEnvelope", "/kind", () => paid({ kind: undefined })],
    ["no data", "invalidEnvelope", "/data", () => paid({ data: null })],
    ["no tenant", "invalidEnvelope", "/tenant", () => paid({ tenant: undefined })],
    ["another constant", "invalidEnvelope", "/spec", () => paid({ spec: 2 })],
    ["no object", "invalidEnvelope", "", () => "17"],
    ["a type of another envelope", "invalidEnvelope", "/kind", () => paid({ kind: "note.hello" })],
    ["another type in the query", "invalidEnvelope", "query/type", () => paid(), "?type=order.lost"],
    ["another tenant in the query", "invalidEnvelope", "query/tenantId", () => paid(), "?tenantId=other"],
    ["a type of another catalog", "foreignEventType", "/kind", () => paid({ kind: "pallet.full" })],
    ["an unknown type", "unknownEventType", "/kind", () => paid({ kind: "order.none" })],
    ["a type of the gateway", "reservedEventType", "/kind", () => paid({ kind: "order.made" })],
    ["an operational event", "reservedEventType", "/kind", () => paid({ kind: "API.Key.Created" })],
    ["an unknown version", "unknownVersion", "/v", () => paid({ v: "v9" })],
    ["an unknown version in the query", "unknownVersion", "query/version", () => paid(), "?version=v9"],
    ["an unknown schema", "unknownVersion", "/schema", () => paid({ schema: "payload.Other.v1" })],
    [
      "a version that is not its schema's",
      "invalidEnvelope",
      "/schema",
      () => paid({ v: "v2", schema: "payload.OrderPaid.v1" }),
    ],
    ["an id that is none", "invalidId", "/meta/id", () => paid({ meta: { id: "a b" } })],
    ["a tenant that is none", "invalidId", "/tenant", () => paid({ tenant: "a/b" })],
    ["an id in the query that is none", "invalidId", "query/id", () => ({ template: "hello", to: 1 }), "?id=a%20b"],
    ["a time that is none", "invalidRequest", "/at", () => paid({ at: "noon" })],
    ["a text that is a number", "invalidRequest", "/by", () => paid({ by: 1 })],
    ["metadata that is no object", "invalidRequest", "/more", () => paid({ more: [] })],
    ["data against the schema", "invalidData", "/data/sum", () => paid({ data: { orderId: "o", sum: "1" } })],
    ["a document that is data against the schema", "invalidData", "", () => ({ template: "hello" })],
    ["a member that stands twice", "duplicateMember", "/a", () => '{"a":1,"a":2}'],
    ["a document over 256 KiB", "bodyTooLarge", "", () => paid({ data: { orderId: "x".repeat(262_144) } })],
  ])("%s: %s at %j", async (_what, code, pointer, body, query = "") => {
    expect(await publish(body(), query)).toMatchObject({ json: { code, errors: [{ pointer }] } });
  });

  test("a retired version is unknown, and a type with no other version takes no event", async () => {
    const retire = "update posthorn.event_type_versions set retired_at = now() where catalog = 'depot' and name = $1";
    await api.rows(retire, ["pallet.full"]);
    const answer = await api.call("POST", "/v1/catalogs/depot/events", paid({ kind: "pallet.full" }));
    expect(answer).toMatchObject({ status: 422, json: { code: "unknownVersion" } });
  });

  test("a catalog that is not installed, or has no envelope, is not found", async () => {
    for (const name of ["nowhere", "default"]) {
      expect(await api.call("POST", `/v1/catalogs/${name}/events`, paid())).toMatchObject({ status: 404 });
    }
  });
});

const bound = async (tenantId: string): Promise<Record<string, string>> => {
  await api.call("PUT", `/v1/tenants/${tenantId}`, {});
  const answer = await api.call("POST", "/v1/api-keys", { name: "theirs", role: "publisher", tenantId });
  expect(answer).toMatchObject({ status: 201, json: { tenantId } });
  return { authorization: `Bearer ${textOf(answer, "token")}` };
};
const refused = (pointer: string) => ({ code: "tenantOutOfReach", errors: [{ pointer }] });

describe("a publisher's key that is bound to a tenant", () => {
  test("publishes for this tenant, which it need not name", async () => {
    const tenantId = fresh("t");
    const headers = await bound(tenantId);
    const { tenant: _tenant, ...document } = paid();
    expect(await publish(document, "", headers)).toMatchObject({ status: 202, json: { tenantId } });
    expect(await publish({ template: "hello", to: 1 }, "", headers)).toMatchObject({ status: 202, json: { tenantId } });
  });

  test("reaches no other tenant, in any form", async () => {
    const headers = await bound(fresh("t"));
    const type = await api.eventType();
    const plain = { type, tenantId: "elsewhere", data: 1 };
    expect(await publish(paid(), "", headers)).toMatchObject({ status: 403, json: refused("/tenant") });
    const query = "?tenantId=elsewhere";
    expect(await publish({ template: "hello", to: 1 }, query, headers)).toMatchObject({
      json: refused("query/tenantId"),
    });
    expect(await api.call("POST", "/v1/events", plain, headers)).toMatchObject({
      status: 403,
      json: refused("/tenantId"),
    });
    const batch = await api.call("POST", "/v1/events/batch", { events: [plain] }, headers);
    expect(batch).toMatchObject({ json: { data: [{ problem: refused("/events/0/tenantId") }] } });
    const cloud = { specversion: "1.0", id: "c", source: "s", type, tenantid: "elsewhere" };
    const asCloud = { ...headers, "content-type": "application/cloudevents+json" };
    expect(await api.call("POST", "/v1/events", cloud, asCloud)).toMatchObject({ json: refused("/tenantid") });
    expect(await api.rows("select 1 from posthorn.events where tenant_id = 'elsewhere'")).toEqual([]);
  });
});
