import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textOf, type PublishingApi } from "#test/publishing.ts";
import { createShopApi, fresh } from "./shop.ts";

let api: PublishingApi;
beforeAll(async () => {
  api = await createShopApi();
});
afterAll(() => api.close());

const publish = (body: unknown, headers: Record<string, string> = {}) => api.call("POST", "/v1/events", body, headers);
const cloud = { "content-type": "application/cloudevents+json" };
const plain = (more: object = {}) => ({
  catalog: "shop",
  type: "order.paid",
  tenantId: fresh("t"),
  source: "till",
  data: { orderId: "o-1" },
  ...more,
});
const stored = async (id: string) =>
  (await api.rows("select * from posthorn.events where external_id = $1 or posthorn.type_id('evt', id) = $1", [id]))[0];

const cloudEvent = (more: object = {}) => ({
  specversion: "1.0",
  id: fresh("ce"),
  source: "till",
  type: "order.paid",
  tenantid: fresh("t"),
  data: { orderId: "o-1" },
  ...more,
});
const toShop = (body: unknown, headers: Record<string, string> = cloud) =>
  api.call("POST", "/v1/catalogs/shop/events", body, headers);

describe("an event of the API's own form into a catalog with an envelope", () => {
  test("is written into it: every part at the first place, metadata and data untouched", async () => {
    const [id, tenantId] = [fresh("e"), fresh("t")];
    const data = '{ "orderId":"o-1", "sum":1.0}';
    const rest = `"type":"order.paid","tenantId":"${tenantId}","timestamp":"2026-01-31T09:30:00Z","source":"till","userId":"u1"`;
    const text = `{"catalog":"shop","id":"${id}",${rest},"metadata":{ "n":1.50},"data":${data}}`;
    expect(await publish(text)).toMatchObject({ status: 202 });
    expect(await stored(id)).toMatchObject({
      native: `{"meta":{"id":"${id}"},"kind":"order.paid","v":"v2","schema":"payload.OrderPaid.v2","at":"2026-01-31T09:30:00.000Z","source":"till","by":"u1","tenant":"${tenantId}","more":{ "n":1.50},"data":${data},"spec":1}`,
      ordering_key: "o-1",
    });
  });

  test("without an id and a time has the gateway's own there, the same as everywhere", async () => {
    const id = textOf(await publish(plain()), "id");
    const row = await stored(id);
    expect(JSON.parse(row?.["native"])).toMatchObject({ meta: { id }, at: row?.["occurred_at"].toISOString() });
  });

  test("sent again is the same event, whatever the gateway wrote by itself", async () => {
    const key = { "idempotency-key": fresh("key") };
    const event = plain();
    const first = await publish(event, key);
    const again = await publish(event, key);
    expect(again).toMatchObject({ status: 202, json: first.json });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await publish({ ...event, userId: "other" }, key)).toMatchObject({ json: { code: "idempotencyConflict" } });

    const named = plain({ id: fresh("e") });
    await publish(named);
    expect((await publish(named)).headers.get("idempotent-replayed")).toBe("true");
    expect(await publish({ ...named, data: { orderId: "o-2" } })).toMatchObject({ json: { code: "idConflict" } });
  });

  test("sent again in another trace is the same event", async () => {
    const event = plain({ id: fresh("e") });
    await publish(event, { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" });
    const again = await publish(event, { traceparent: "00-a3ce929d0e0e47364bf92f3577b34da6-00f067aa0ba902b7-01" });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
  });

  test("sent again after its type got a new version is the same event", async () => {
    const event = plain({ id: fresh("e"), type: "order.lost" });
    await publish(event);
    await api.rows(
      `with made as (insert into posthorn.event_type_versions (catalog, name, version, schema, position) values ('shop', 'order.lost', 'v2', 'true', 9))
       update posthorn.event_types set revision = revision + 1 where catalog = 'shop' and name = 'order.lost'`,
    );
    expect((await publish(event)).headers.get("idempotent-replayed")).toBe("true");
  });

  test("in a batch is written and told apart for itself", async () => {
    const a = { ...plain(), id: fresh("e") };
    const b = { ...plain(), id: fresh("e") };
    const body = { events: [a, { ...b, source: undefined }, a, b] };
    expect(await api.call("POST", "/v1/events/batch", body)).toMatchObject({
      json: {
        data: [
          { id: a.id },
          { problem: { code: "invalidEnvelope", errors: [{ pointer: "/events/1/source" }] } },
          { id: a.id },
          { id: b.id },
        ],
      },
    });
  });

  test("keeps its own ordering key", async () => {
    const id = textOf(await publish(plain({ orderingKey: "mine" })), "id");
    expect(await stored(id)).toMatchObject({ ordering_key: "mine" });
  });

  test.each([
    ["without what every document has", "invalidEnvelope", "/source", { source: undefined }],
    ["of a type of the gateway", "reservedEventType", "/type", { type: "order.made" }],
    ["of a type of another catalog", "foreignEventType", "/type", { type: "pallet.full" }],
    ["of a type that is in a catalog, where none is named", "foreignEventType", "/type", { catalog: undefined }],
    ["of a catalog that nobody knows", "unknownEventType", "/type", { catalog: "nowhere" }],
  ])("%s is refused: %s at %s", async (_what, code, pointer, more) => {
    expect(await publish(plain(more))).toMatchObject({ status: 422, json: { code, errors: [{ pointer }] } });
  });
});

describe("a CloudEvent into a catalog with an envelope", () => {
  test("is written into the envelope, and the path says its catalog", async () => {
    const event = cloudEvent();
    expect(await toShop(event)).toMatchObject({ status: 202, json: { id: event.id } });
    const row = await stored(event.id);
    expect(JSON.parse(row?.["native"])).toMatchObject({ meta: { id: event.id }, kind: "order.paid", source: "till" });
    const many = { "content-type": "application/cloudevents-batch+json" };
    expect(await toShop([cloudEvent({ catalog: "shop" })], many)).toMatchObject({ status: 202 });
    expect(await publish(cloudEvent({ catalog: "shop" }), cloud)).toMatchObject({ status: 202 });
  });

  test("has the version of the schema that its dataschema names, where no dataversion says it", async () => {
    const [v1, other, both] = [cloudEvent(), cloudEvent(), cloudEvent()];
    const base = "https://events.example.com/v1/catalogs/shop/schemas";
    await toShop({ ...v1, dataschema: `${base}/payload.OrderPaid.v1` });
    await toShop({ ...other, dataschema: `${base}/somebody.else` });
    await toShop({ ...both, dataschema: `${base}/payload.OrderPaid.v1`, dataversion: "v2" });
    expect([await stored(v1.id), await stored(other.id), await stored(both.id)]).toMatchObject([
      { version: "v1" },
      { version: "v2" },
      { version: "v2" },
    ]);
  });

  test("of another catalog, or with a query, is refused", async () => {
    expect(await toShop(cloudEvent({ catalog: "depot" }))).toMatchObject({
      status: 422,
      json: { code: "invalidEnvelope", errors: [{ pointer: "/catalog" }] },
    });
    const answer = await api.call("POST", "/v1/catalogs/shop/events?type=order.paid", cloudEvent(), cloud);
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: "query/type" }] } });
  });

  test("with an unknown version is told its attribute", async () => {
    expect(await toShop(cloudEvent({ dataversion: "v9" }))).toMatchObject({
      json: { code: "unknownVersion", errors: [{ pointer: "/dataversion" }] },
    });
  });
});
