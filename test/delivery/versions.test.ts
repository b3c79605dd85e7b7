import { expect, test } from "vitest";
import { arrival, deliveryIn, receiverOfTest, useDeliveringGateway } from "#test/delivering.ts";
import { until } from "#test/until.ts";
import { catalogOf, endpointWith, install, publishNative, publishTo, typeOf } from "./catalogs.ts";

const gateway = useDeliveringGateway();

const price = { type: "object", required: ["price"], properties: { price: { type: "number" } } };
const prices = { type: "object", required: ["prices"], properties: { prices: { type: "array" } } };
const offers = { type: "object", required: ["offers"], properties: { offers: { type: "array" } } };

function priced(more: { v1?: object; v2?: object; v3?: object } = {}) {
  const type = typeOf("price.set", [price, prices, offers]);
  const [v1, v2, v3] = type.versions;
  if (v1 === undefined || v2 === undefined || v3 === undefined) throw new Error("three versions were made");
  return catalogOf([
    {
      ...type,
      versions: [
        { ...v1, ...more.v1 },
        { ...v2, downgrade: '{"price": prices[0]}', ...more.v2 },
        { ...v3, downgrade: '{"prices": [offers.amount]}', ...more.v3 },
      ],
    },
  ]);
}

async function pinned(format: "standard" | "native" | "cloudevents" | "thin", version: string, document = priced()) {
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await endpointWith(
    gateway(),
    { tenantId, url: receiver.url, eventTypes: ["price.*"], payloadFormat: format },
    { catalog: document.catalog, version },
  );
  return { receiver, place: { tenantId, catalog: document.catalog, type: "price.set" } };
}

const native =
  '{ "rev" : "v3","kind":"price.set", "id":"p-1", "body": {"offers":[{"amount":1.50},{"amount":2}]} ,"big":12345678901234567890}';

function published(place: { tenantId: string; catalog: string; type: string }) {
  return publishNative(gateway(), place, {
    version: "v3",
    data: '{"offers":[{"amount":1.50},{"amount":2}]}',
    native,
  });
}

test("a newer event comes down two versions, and a native document keeps every other byte", async () => {
  const { receiver, place } = await pinned("native", "v1");
  await published(place);
  expect((await arrival(receiver)).body).toBe(
    '{ "rev" : "v1","kind":"price.set", "id":"p-1", "body": {"price":1.5} ,"big":12345678901234567890}',
  );
});

test("the standard body has the pinned version and its data", async () => {
  const { receiver, place } = await pinned("standard", "v2");
  const id = await published(place);
  const { body } = await arrival(receiver);
  expect(JSON.parse(body)).toMatchObject({ id, version: "v2", data: { prices: [1.5, 2] } });
  expect(body.startsWith(`{"id":"${id}","type":"price.set","version":"v2","timestamp":`)).toBe(true);
});

test("a CloudEvent has the pinned version, its data and its schema", async () => {
  const { receiver, place } = await pinned("cloudevents", "v1");
  await published(place);
  const { body, headers } = await arrival(receiver);
  expect(headers["content-type"]).toBe("application/cloudevents+json");
  expect(JSON.parse(body)).toMatchObject({
    dataversion: "v1",
    dataschema: `https://hooks.example.com/v1/catalogs/${place.catalog}/schemas/price.set.v1`,
    data: { price: 1.5 },
  });
});

test("an equal or older event is delivered as it was published", async () => {
  const { receiver, place } = await pinned("native", "v2");
  const old = '{"kind":"price.set","rev":"v1","body":{"price":3.10}}';
  await publishNative(gateway(), place, { version: "v1", data: '{"price":3.10}', native: old });
  const same = '{"kind":"price.set","rev":"v2","body":{"prices":[]}}';
  await publishNative(gateway(), place, { version: "v2", data: '{"prices":[]}', native: same });
  await arrival(receiver, 2);
  expect(new Set(receiver.requests.map((r) => r.body))).toEqual(new Set([old, same]));
});

test("without a way down the delivery fails visibly", async () => {
  const { place } = await pinned("standard", "v1", priced({ v2: { downgrade: undefined } }));
  const failed = await deliveryIn(gateway(), await published(place), "failed");
  expect(failed).toMatchObject({
    reason: "expressionFailed",
    detail: "version v2 has no way down to v1",
    attempts: 0,
  });
});

test("what comes of a downgrade must fulfil the older version's schema", async () => {
  const { place } = await pinned("standard", "v1", priced({ v2: { downgrade: '{"price": "much"}' } }));
  const failed = await deliveryIn(gateway(), await published(place), "failed");
  expect(failed.reason).toBe("expressionFailed");
  expect(failed["detail"]).toContain("breaks its schema: /price");
});

test("a filter and a transform see the pinned version", async () => {
  const document = priced();
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await endpointWith(
    gateway(),
    { tenantId, url: receiver.url, eventTypes: ["*"] },
    {
      catalog: document.catalog,
      version: "v1",
      filter: "data.price > 1",
      transform: '{"v": version, "p": data.price}',
    },
  );
  await published({ tenantId, catalog: document.catalog, type: "price.set" });
  expect((await arrival(receiver)).body).toBe('{"v":"v1","p":1.5}');
});

const deprecated = { message: "Use v2.", since: "2026-01-01", sunset: "2026-12-31" };

test("a deprecated version carries its notice in metadata: standard and native", async () => {
  const document = priced({ v1: { deprecated } });
  const standard = await pinned("standard", "v1", document);
  const own = await pinned("native", "v1", document);
  const notice = { ...deprecated, version: "v1" };
  const text = '{"kind":"price.set","rev":"v1","meta":{ "a": 1.0 },"body":{"price":3.10}}';
  const event = { version: "v1", data: '{"price":3.10}', native: text, metadata: '{ "a": 1.0 }' };
  await publishNative(gateway(), standard.place, event);
  await publishNative(gateway(), own.place, event);
  expect((await arrival(standard.receiver)).body).toMatch(
    `"metadata":{ "a": 1.0,"deprecation":${JSON.stringify(notice)} },"data":{"price":3.10}}`,
  );
  expect((await arrival(own.receiver)).body).toBe(
    `{"kind":"price.set","rev":"v1","meta":{ "a": 1.0,"deprecation":${JSON.stringify(notice)} },"body":{"price":3.10}}`,
  );
});

test("the notice makes a metadata member where there is none; a CloudEvent has attributes, a thin body nothing", async () => {
  const document = priced({ v1: { deprecated } });
  const wants = {
    standard: await pinned("standard", "v1", document),
    native: await pinned("native", "v1", document),
    cloudevents: await pinned("cloudevents", "v1", document),
    thin: await pinned("thin", "v1", document),
  };
  const notice = JSON.stringify({ ...deprecated, version: "v1" });
  for (const { place } of Object.values(wants)) await published(place);
  expect((await arrival(wants.standard.receiver)).body).toContain(
    `,"metadata":{"deprecation":${notice}},"data":{"price":1.5}}`,
  );
  expect((await arrival(wants.native.receiver)).body).toContain(
    `,"big":12345678901234567890,"meta":{"deprecation":${notice}}}`,
  );
  expect(JSON.parse((await arrival(wants.cloudevents.receiver)).body)).toMatchObject({
    deprecated: true,
    sunset: "2026-12-31",
    dataversion: "v1",
  });
  expect((await arrival(wants.thin.receiver)).body).not.toContain("deprecat");
});

test("two catalogs with the same type name keep their own versions and subscribers", async () => {
  const [one, other] = [priced(), priced({ v1: { deprecated } })];
  await install(gateway(), one);
  await install(gateway(), other);
  const tenantId = await gateway().tenant();
  const [first, second] = [await receiverOfTest(), await receiverOfTest()];
  const url = { tenantId, eventTypes: ["price.set"], payloadFormat: "native" as const };
  await endpointWith(gateway(), { ...url, url: first.url }, { catalog: one.catalog });
  await endpointWith(gateway(), { ...url, url: second.url }, { catalog: other.catalog });
  const place = { tenantId, type: "price.set" };
  const ids = [
    await publishTo(gateway(), { ...place, catalog: one.catalog }, '{"price":1}', { version: "v1" }),
    await publishTo(gateway(), { ...place, catalog: other.catalog }, '{"price":2}', { version: "v1" }),
  ];
  await deliveryIn(gateway(), ids[0] ?? "", "delivered");
  await deliveryIn(gateway(), ids[1] ?? "", "delivered");
  expect(first.requests.map((r) => JSON.parse(r.body))).toMatchObject([{ kind: "price.set", body: { price: 1 } }]);
  expect(first.requests[0]?.body).not.toContain("deprecation");
  expect(second.requests.map((r) => JSON.parse(r.body))).toMatchObject([
    { body: { price: 2 }, meta: { deprecation: { version: "v1" } } },
  ]);
});

test("an event published in SQL has its ordering key and its document when it is fanned out", async () => {
  const document = catalogOf([typeOf("price.set", [price], { orderingKey: ["/body/shop", "/org"] })]);
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url, payloadFormat: "native" });
  const place = { tenantId, catalog: document.catalog, type: "price.set" };
  const sent = { id: "p-1", userId: "ann", metadata: '{"a":1.0}', timestamp: "2026-01-31T09:30:00Z" };
  await publishTo(gateway(), place, '{"price":1.50,"shop":"s-1"}', sent);
  expect((await arrival(receiver)).body).toBe(
    `{"id":"p-1","kind":"price.set","rev":"v1","at":"2026-01-31T09:30:00.000Z","org":"${tenantId}","who":"ann","meta":{"a":1.0},"body":{"price":1.50,"shop":"s-1"}}`,
  );
  await publishTo(gateway(), place, '{"price":2}');
  await arrival(receiver, 2);
  const keys = "select ordering_key from posthorn.events where tenant_id = $1 order by id";
  expect(await gateway().rows(keys, [tenantId])).toEqual([{ ordering_key: "s-1" }, { ordering_key: tenantId }]);
});

test("a type that was registered on its own is delivered to whoever pinned an older version as failed, and to others as it is", async () => {
  await gateway().eventType("price.alone");
  await gateway().rows(
    `insert into posthorn.event_type_versions (catalog, name, version, position) values ('default', 'price.alone', 'v1', 0), ('default', 'price.alone', 'v2', 1)`,
  );
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await endpointWith(gateway(), { tenantId, url: receiver.url }, { version: "v1" });
  const newer = await gateway().publish(tenantId, "price.alone", "{}", { version: "v2" });
  expect(await deliveryIn(gateway(), newer, "failed")).toMatchObject({ detail: "version v2 has no way down to v1" });
  const same = await gateway().publish(tenantId, "price.alone", "{}", { version: "v1" });
  await deliveryIn(gateway(), same, "delivered");
});

test("a catalog that was deleted and installed again counts as it is now, though its revision is the same", async () => {
  const document = priced();
  const { receiver, place } = await pinned("standard", "v2", document);
  await published(place);
  expect(JSON.parse((await arrival(receiver)).body)).toMatchObject({ data: { prices: [1.5, 2] } });
  for (const table of ["event_type_versions", "event_types"])
    await gateway().rows(`delete from posthorn.${table} where catalog = $1`, [place.catalog]);
  await gateway().rows("delete from posthorn.catalogs where name = $1", [place.catalog]);
  const changed = { ...priced({ v3: { downgrade: '{"prices": ["other"]}' } }), catalog: place.catalog };
  await install(gateway(), changed);
  const seen = async () => {
    await published(place);
    return receiver.requests.some((r) => r.body.includes('"data":{"prices":["other"]}'));
  };
  await until(seen, { what: "the new catalog counts", everyMs: 200 });
});
