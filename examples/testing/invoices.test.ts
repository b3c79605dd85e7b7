// An operator's own test: `node --test examples/testing/invoices.test.ts`. It asks what the invoicing service wants to know before it relies
// on webhooks: that a customer whose server is down for a night still gets its event, once, signed, and with the same id at every attempt.
// TEST_DATABASE_URL may name a PostgreSQL server; without it the gateway brings its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestGateway, type TestGateway } from "posthorn/testing";

let gateway: TestGateway;
before(async () => {
  gateway = await startTestGateway({ databaseUrl: process.env.TEST_DATABASE_URL });
  await gateway.request("POST", "/v1/event-types", { name: "invoice.paid" });
});
after(() => gateway.stop());

await test("a customer whose server is down for a night gets the event in the morning", async () => {
  const openAgainAt = gateway.now().getTime() + 8 * 3_600_000;
  const customer = await gateway.receiver(({ at }) => ({ status: at.getTime() < openAgainAt ? 503 : 204 }));
  await gateway.request("PUT", "/v1/tenants/customer-7", {});
  const { body: endpoint } = await gateway.request<{ id: string; secret: string }>(
    "POST",
    "/v1/tenants/customer-7/endpoints",
    { url: customer.url, eventTypes: ["invoice.paid"] },
  );

  const invoice = { type: "invoice.paid", tenantId: "customer-7", data: { invoiceId: "inv_42", total: 1900 } };
  const { body: event } = await gateway.request<{ id: string }>("POST", "/v1/events", invoice);
  await gateway.settled();
  assert.equal(customer.requests.length, 1);

  await gateway.advance({ hours: 24 });

  const [taken, ...more] = customer.requests.filter(({ at }) => at.getTime() >= openAgainAt);
  assert.equal(more.length, 0);
  const webhook = await taken?.verify(endpoint.secret);
  assert.equal(webhook?.id, event.id);
  assert.deepEqual(JSON.parse(webhook.body).data, invoice.data);
  assert.deepEqual([...new Set(customer.requests.map(({ headers }) => headers["webhook-id"]))], [event.id]);
});
