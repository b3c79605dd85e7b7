import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataOf, type PublishingApi } from "#test/publishing.ts";
import { createShopApi, fresh, paid } from "./shop.ts";

let api: PublishingApi;
let type: string;
beforeAll(async () => {
  api = await createShopApi();
  type = await api.eventType();
});
afterAll(() => api.close());

/** 10 KB that do not compress: an index takes 2.7 KB. */
const huge = randomBytes(5120).toString("hex");
const event = (orderingKey: unknown, more: object = {}) => ({
  type,
  tenantId: fresh("t"),
  data: {},
  orderingKey,
  ...more,
});
const cloudEvent = (partitionkey: unknown) => ({
  specversion: "1.0",
  id: fresh("e"),
  source: "/tests",
  type,
  tenantid: fresh("t"),
  partitionkey,
  data: {},
});
const publish = (body: unknown) => api.call("POST", "/v1/events", body);
const stored = async (tenantId: string) =>
  (await api.rows("select ordering_key from posthorn.events where tenant_id = $1", [tenantId]))[0];
const refusal = (pointer: string) => ({ code: "invalidRequest", errors: [{ pointer }] });

describe("an ordering key", () => {
  test.each([
    ["one character", "k"],
    ["256 characters", "🔑".repeat(128)],
  ])("of %s is taken", async (_, key) => {
    const body = event(key);
    expect(await publish(body)).toMatchObject({ status: 202 });
    expect(await stored(body.tenantId)).toEqual({ ordering_key: key });
  });

  test.each([
    ["10 KB", huge],
    ["257 characters", "k".repeat(257)],
    ["none", ""],
    ["a number", 7],
    ["null", null],
  ])("of %s is refused at its place", async (_, key) => {
    expect(await publish(event(key))).toMatchObject({ status: 422, json: refusal("/orderingKey") });
  });

  test("of 10 KB is refused in a batch, and the events beside it are taken", async () => {
    const answer = await api.call("POST", "/v1/events/batch", { events: [event("a"), event(huge), event("b")] });
    expect(answer.status).toBe(202);
    const problem = refusal("/events/1/orderingKey");
    expect(dataOf(answer)).toMatchObject([{ id: expect.any(String) }, { problem }, { id: expect.any(String) }]);
  });

  test("of 10 KB is refused in a CloudEvent, alone and in a batch", async () => {
    const one = { "content-type": "application/cloudevents+json" };
    const alone = await api.call("POST", "/v1/events", cloudEvent(huge), one);
    expect(alone).toMatchObject({ status: 422, json: refusal("/partitionkey") });
    const many = { "content-type": "application/cloudevents-batch+json" };
    const batch = await api.call("POST", "/v1/events", [cloudEvent("a"), cloudEvent(huge)], many);
    expect(dataOf(batch)).toMatchObject([{ id: expect.any(String) }, { problem: refusal("/1/partitionkey") }]);
  });

  test("of 10 KB is refused in SQL", async () => {
    const sql = "select posthorn.publish(tenant_id => $1, type => $2, data => '{}', ordering_key => $3)";
    await expect(api.rows(sql, [fresh("t"), type, huge])).rejects.toThrow("ordering_key must be 1 to 256 characters");
    const tenant = fresh("t");
    await api.rows(sql, [tenant, type, "k".repeat(256)]);
    expect(await stored(tenant)).toEqual({ ordering_key: "k".repeat(256) });
  });
});

describe("an ordering key that a catalog's pointers find", () => {
  test("is refused at its place in the document where it has 10 KB", async () => {
    const answer = await api.call(
      "POST",
      "/v1/catalogs/shop/events",
      paid({ data: { orderId: "o", customerId: huge } }),
    );
    expect(answer).toMatchObject({ status: 422, json: refusal("/data/customerId") });
    const short = paid({ data: { orderId: "o", customerId: "c" } });
    expect(await api.call("POST", "/v1/catalogs/shop/events", short)).toMatchObject({ status: 202 });
  });

  test("is refused where the event comes without its envelope, unless another is given", async () => {
    const data = { orderId: "o", customerId: huge };
    const paidOut = { type: "order.paid", catalog: "shop", source: "till", id: fresh("e"), tenantId: fresh("t"), data };
    const answer = await publish(paidOut);
    expect(answer).toMatchObject({ status: 422, json: refusal("/orderingKey") });
    expect(answer.text).toContain("customerId");
    expect(await publish({ ...paidOut, orderingKey: "mine" })).toMatchObject({ status: 202 });
    expect(await stored(paidOut.tenantId)).toEqual({ ordering_key: "mine" });
  });
});
