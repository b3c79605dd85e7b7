import type { Json } from "../../api/harness.ts";

/** A small catalog of its own name, with something of everything; tests change what they are about. */
export function shop(name = "shop"): Json {
  return {
    catalog: name,
    title: "A shop",
    naming: { pattern: String.raw`[a-z]+(\.[a-z_]+)+`, words: "lower case, with dots: order.paid" },
    categories: [{ name: "Orders" }],
    envelopes: [
      {
        name: "event",
        fields: {
          id: { pointers: ["/id"], required: true, example: "evt-1" },
          type: { pointers: ["/meta/type"], required: true },
          version: { pointers: ["/meta/version"] },
          timestamp: { pointers: ["/at", "/timestamp"], example: "2026-03-01T10:00:00Z" },
          tenantId: { pointers: ["/data/shopId"], required: true },
          metadata: { pointers: ["/metadata"], example: {} },
          data: { pointers: ["/data"], required: true },
        },
        constants: [{ pointer: "/meta/format", value: 2 }],
      },
    ],
    definitions: { id: { type: "string", minLength: 1 } },
    preferences: [{ name: "orders", description: "About orders", default: "enabled" }],
    templates: [{ name: "paid", description: "What was paid", eventTypes: ["order.paid"], version: "v1" }],
    types: [
      {
        name: "order.paid",
        category: "Orders",
        description: "An order was paid.",
        orderingKey: ["/data/orderId"],
        throttle: { max: 10, windowSeconds: 60, per: ["/data/shopId"] },
        preference: { name: "orders", users: ["/data/userId", "/metadata/userId"] },
        notifications: [{ text: "A receipt", template: "paid" }],
        versions: [version("v1", { amount: { type: "number" } }, { amount: 5 })],
      },
      {
        name: "order.sent",
        description: "An order was sent.",
        versions: [version("v1", { carrier: { enum: ["road", "rail"] } }, { carrier: "rail" })],
      },
    ],
  };
}

/** Of data with a shop and an order; members beyond them are required. */
export function version(name: string, properties: object, example: object): Json {
  const id = { $ref: "#/$defs/id" };
  return {
    version: name,
    schema: {
      type: "object",
      required: ["shopId", "orderId", ...Object.keys(properties)],
      properties: { shopId: id, orderId: id, userId: id, ...properties },
    },
    example: { shopId: "shop-1", orderId: "order-1", ...example },
  };
}
