import { inject, onTestFinished } from "vitest";
import { startTestGateway, type TestGateway, type TestReceiver } from "../../src/testing/index.ts";

/** The calling test's own gateway, on the server of the test run. */
export async function testGateway(): Promise<TestGateway> {
  const gateway = await startTestGateway({ databaseUrl: inject("adminUrl") });
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** Makes an endpoint of the tenant `acme` at the receiver. */
export async function addEndpoint(gateway: TestGateway, receiver: TestReceiver, more: object = {}) {
  const made = await gateway.request<{ id: string; secret: string }>("POST", "/v1/tenants/acme/endpoints", {
    url: receiver.url,
    eventTypes: ["*"],
    ...more,
  });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return made.body;
}

/** Publishes one `invoice.paid` to the tenant `acme`; its id. */
export async function publish(gateway: TestGateway, more: object = {}): Promise<string> {
  const { status, body } = await gateway.request<{ id: string }>("POST", "/v1/events", {
    type: "invoice.paid",
    tenantId: "acme",
    data: {},
    ...more,
  });
  if (status !== 202) throw new Error(JSON.stringify(body));
  return body.id;
}

/** Registers the tenant `acme` and the type `invoice.paid`. */
export async function prepare(gateway: TestGateway): Promise<void> {
  await gateway.request("PUT", "/v1/tenants/acme", {});
  await gateway.request("POST", "/v1/event-types", { name: "invoice.paid" });
}
