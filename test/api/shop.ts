import { randomBytes } from "node:crypto";
import type { CatalogDocument, JsonSchema } from "#domain/catalog/document.ts";
import { installFixture } from "#test/catalogs.ts";
import { createPublishingApi, type PublishingApi } from "#test/publishing.ts";

/** The API with two small catalogs, `shop` (two envelopes) and `depot`, which have a name of an event type in common. */
export async function createShopApi(): Promise<PublishingApi> {
  const api = await createPublishingApi();
  for (const document of [shop, depot]) await installFixture((text, values) => api.rows(text, values), document);
  return api;
}

/** A name that no other test has. */
export function fresh(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString("hex")}`;
}

/** A document of the type order.paid, of a tenant of its own. */
export function paid(more: object = {}) {
  return {
    meta: { id: fresh("e") },
    kind: "order.paid",
    spec: 1,
    source: "till",
    tenant: fresh("t"),
    data: { orderId: "o-9" },
    ...more,
  };
}

const order = (more: object = {}): JsonSchema => ({
  type: "object",
  required: ["orderId"],
  properties: { orderId: { $ref: "#/$defs/id" }, sum: { type: "number" }, ...more },
});
const example = { orderId: "o-1" };
const shop: CatalogDocument = {
  catalog: "shop",
  title: "Shop",
  naming: { pattern: ".*", words: "any" },
  envelopes: [
    {
      name: "note",
      when: ["/template"],
      fields: {
        type: { pointers: ["/template"], prefix: "note.", required: true, example: "hello" },
        id: { pointers: ["/meta/id"] },
        tenantId: { pointers: ["/meta/tenant"], default: "platform" },
        data: { pointers: [""], required: true },
      },
    },
    {
      name: "event",
      fields: {
        id: { pointers: ["/meta/id", "/id"], required: true, example: "e-1" },
        type: { pointers: ["/kind"], required: true, example: "order.paid" },
        version: { pointers: ["/v"] },
        schemaRef: { pointers: ["/schema"] },
        timestamp: { pointers: ["/at"] },
        source: { pointers: ["/source"], required: true },
        userId: { pointers: ["/by"] },
        traceId: { pointers: ["/trace"] },
        tenantId: { pointers: ["/tenant", "/data/tenant"] },
        metadata: { pointers: ["/more"] },
        data: { pointers: ["/data"], required: true },
      },
      constants: [{ pointer: "/spec", value: 1 }],
    },
  ],
  definitions: { id: { type: "string", minLength: 1 } },
  types: [
    {
      name: "order.paid",
      description: "Paid.",
      orderingKey: ["/data/customerId", "/data/orderId"],
      versions: [
        { version: "v1", ref: "payload.OrderPaid.v1", schema: order(), example },
        { version: "v2", ref: "payload.OrderPaid.v2", schema: order({ note: { type: "string" } }), example },
      ],
    },
    { name: "order.lost", description: "Lost.", versions: [{ version: "v1", schema: order(), example }] },
    { name: "order.made", description: "Made.", gateway: true, versions: [{ version: "v1", schema: true, example }] },
    {
      name: "note.hello",
      description: "Hello.",
      envelope: "note",
      versions: [
        { version: "v1", schema: { type: "object", required: ["to"] }, example: { template: "hello", to: 1 } },
      ],
    },
  ],
};
const [, event] = shop.envelopes;
const depot: CatalogDocument = {
  ...shop,
  catalog: "depot",
  title: "Depot",
  envelopes: event === undefined ? [] : [event],
  types: [
    { name: "order.paid", description: "Another one.", versions: [{ version: "7", schema: true, example }] },
    { name: "pallet.full", description: "Full.", versions: [{ version: "1", schema: true, example }] },
  ],
};
