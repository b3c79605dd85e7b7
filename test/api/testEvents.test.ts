import { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { installFixture } from "#test/catalogs.ts";
import { startApi, type Json, type TestApi } from "./harness.ts";

// The test button with an event type of a catalog that has an envelope.
const document: CatalogDocument = {
  catalog: "shop",
  title: "Shop",
  naming: { pattern: "^order\\.[a-z]+$", words: "order, and what happened" },
  envelopes: [
    {
      name: "event",
      fields: {
        id: { pointers: ["/meta/id"], required: true, example: "e-1" },
        type: { pointers: ["/meta/type"], required: true },
        version: { pointers: ["/meta/version"], required: true },
        data: { pointers: ["/payload"], required: true },
      },
    },
  ],
  types: [
    {
      name: "order.paid",
      description: "Paid in full",
      versions: [
        { version: "1", schema: true, example: { amount: 1 } },
        { version: "2", schema: true, example: { amount: 2, currency: "EUR" } },
      ],
    },
  ],
};

let app: TestApi;
let pool: Pool;
beforeAll(async () => {
  app = await startApi();
  pool = new Pool({ connectionString: app.databaseUrl, max: 1 });
  await installFixture(async (text, values) => (await pool.query(text, [...(values ?? [])])).rows, document);
  await app.call("POST", "/v1/event-types", { body: { name: "order.paid", version: "7", example: { mine: true } } });
});
afterAll(async () => {
  await pool?.end();
  await app?.close();
});

async function sent(payloadFormat: string, body: Json): Promise<{ status: number; answer: Json; delivered: Json }> {
  const tenant = await app.tenant();
  const endpoints = `/v1/tenants/${tenant}/endpoints`;
  const made = await app.call("POST", endpoints, { body: { url: "https://hooks.example.com/a", payloadFormat } });
  const answer = await app.call("POST", `${endpoints}/${made.body.id}/test`, { body });
  const { rows } = await pool.query<{ body: string }>(
    "select coalesce(d.body, e.body) as body from posthorn.deliveries d join posthorn.events e on e.id = d.event_id where d.tenant_id = $1",
    [tenant],
  );
  return { status: answer.status, answer: answer.body, delivered: rows[0] && JSON.parse(rows[0].body) };
}

const paid = { eventType: "order.paid", catalog: "shop" };
const example = { amount: 2, currency: "EUR" };

test("the newest example goes out as the whole document where the format is native", async () => {
  const { delivered } = await sent("native", paid);
  expect(delivered).toEqual({ meta: { id: "e-1", type: "order.paid", version: "2" }, payload: example });
});

test("and as the data of the event in every other format", async () => {
  expect((await sent("standard", paid)).delivered).toMatchObject({ type: "order.paid", version: "2", data: example });
  const { delivered } = await sent("cloudevents", paid);
  const dataschema = "https://hooks.example.com/v1/catalogs/shop/schemas/order.paid.2";
  expect(delivered).toMatchObject({ catalog: "shop", dataversion: "2", dataschema, data: example });
  expect((await sent("thin", paid)).delivered).toMatchObject({ type: "order.paid" });
});

test("without a catalog it is the catalog default's type of that name", async () => {
  expect((await sent("standard", { eventType: "order.paid" })).delivered).toMatchObject({
    version: "7",
    data: { mine: true },
  });
  expect((await sent("native", { eventType: "order.paid" })).delivered).toEqual({ mine: true });
});

test("a retired version is no example", async () => {
  const old = { ...document, catalog: "old-shop" };
  await installFixture(async (text, values) => (await pool.query(text, [...(values ?? [])])).rows, old);
  await pool.query(
    "update posthorn.event_type_versions set retired_at = now() where catalog = 'old-shop' and version = '2'",
  );
  const { delivered } = await sent("native", { ...paid, catalog: "old-shop" });
  expect(delivered).toMatchObject({ meta: { version: "1" }, payload: { amount: 1 } });
});

test.each([
  [{ ...paid, catalog: "nowhere" }, "unknownCatalog", "/catalog"],
  [{ ...paid, eventType: "order.sent" }, "unknownEventType", "/eventType"],
  [{ catalog: "shop" }, "invalidRequest", "/eventType"],
])("%o is refused, and nothing is sent", async (body, code, pointer) => {
  const { answer, delivered } = await sent("native", body);
  expect(answer).toMatchObject({ status: 422, code, errors: [{ pointer }] });
  expect(delivered).toBeUndefined();
});
