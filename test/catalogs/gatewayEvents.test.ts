import { expect, onTestFinished, test } from "vitest";
import { createGateway, testSecretKeys, type Gateway } from "#test/gateway.ts";
import { startReceiver } from "#test/receiver.ts";
import { until } from "#test/until.ts";
import { startApi, type Json, type TestApi } from "../api/harness.ts";
import { readCatalog, typeOf, validatorOf, versionOf } from "./support.ts";

const catalog = readCatalog("contently");
const own = catalog.types.filter((type) => type.gateway === true).map((type) => type.name);

test("what the gateway tells of itself has the fields of the Contently catalog's API category, and no others", async () => {
  const { app, gateway, tenant, url } = await listeningTenant();
  await causeKeyEvents(app, tenant);
  await causeEndpointEvents(app, gateway, tenant, url);
  await causeLaneEvents(app, gateway, tenant, url);
  const seen = await until(() => all(app, tenant), { what: `all of ${own.join(", ")} were made`, everyMs: 100 });
  const faults = seen.flatMap(({ type, data }) =>
    validatorOf(catalog, type)
      .validate(data)
      .map((f) => [type, f]),
  );
  expect(faults).toEqual([]);
  const unknown = seen.flatMap(({ type, data }) => Object.keys(data).filter((field) => !knownFields(type).has(field)));
  expect(unknown).toEqual([]);
});

/** A gateway, and a tenant that hears of everything; its server at the URL answers each event with the status of its data. */
async function listeningTenant() {
  const environment = { POSTHORN_SECRET_KEYS: testSecretKeys, POSTHORN_ALLOW_TARGETS: "127.0.0.0/8" };
  const app = await startApi(environment, { clientAddress: () => "192.0.2.7" });
  onTestFinished(() => app.close());
  const gateway = await createGateway(app.databaseUrl);
  onTestFinished(() => gateway.close());
  await gateway.startDeliverer();
  const receiver = await startReceiver(({ body }) => ({ status: JSON.parse(body).data.answer ?? 200 }));
  onTestFinished(() => receiver.close());
  const tenant = await app.tenant();
  await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body: { url: receiver.url, eventTypes: ["API.*"] } });
  return { app, gateway, tenant, url: receiver.url };
}

async function causeKeyEvents(app: TestApi, tenant: string): Promise<void> {
  const body = { name: "Newsroom", role: "tenant", tenantId: tenant, expiresAt: "2999-01-01T00:00:00Z" };
  const key = await app.call("POST", "/v1/api-keys", { body });
  const asked = async (): Promise<boolean> => {
    await app.call("GET", `/v1/tenants/${tenant}/endpoints`, { key: key.body.token });
    return (await typesOf(app, tenant)).has("API.Request.Received");
  };
  await until(asked, { what: "a request was noted", everyMs: 100 });
  await app.call("DELETE", `/v1/api-keys/${key.body.id}`);
}

async function causeEndpointEvents(app: TestApi, gateway: Gateway, tenant: string, url: string): Promise<void> {
  const endpoints = `/v1/tenants/${tenant}/endpoints`;
  const made = await app.call("POST", endpoints, { body: { url, eventTypes: ["order.paid"], retrySchedule: [1] } });
  const path = `${endpoints}/${made.body.id}`;
  await gateway.eventType("order.paid");
  for (const answer of [204, 500]) await gateway.publish(tenant, "order.paid", JSON.stringify({ answer }));
  await until(async () => (await typesOf(app, tenant)).has("API.Webhook.Exhausted"), { what: "one was given up" });
  await gateway.publish(tenant, "order.paid", '{"answer":410}');
  await until(async () => (await typesOf(app, tenant)).has("API.Webhook.Disabled"), { what: "the 410 disabled it" });
  for (const action of ["enable", "disable", "enable", "test", "secret/rotate"])
    await app.call("POST", `${path}/${action}`);
  await app.call("PATCH", path, { body: { timeoutMs: 1000 } });
  await app.call("DELETE", path);
}

async function causeLaneEvents(app: TestApi, gateway: Gateway, tenant: string, url: string): Promise<void> {
  const endpoints = `/v1/tenants/${tenant}/endpoints`;
  const body = { url, eventTypes: ["order.refunded"], retrySchedule: [] };
  const { id } = (await app.call("POST", endpoints, { body })).body;
  await gateway.eventType("order.refunded");
  for (let i = 0; i < 10; i++) await gateway.publish(tenant, "order.refunded", '{"answer":500}');
  const failing = async (): Promise<boolean> =>
    (await app.call("GET", `${endpoints}/${id}`)).body.lane.reason === "failing";
  await until(failing, { what: "ten failures closed its lane", everyMs: 100 });
  await gateway.publish(tenant, "order.refunded", '{"answer":204}');
  await app.call("POST", `${endpoints}/${id}/resume`);
  await until(async () => (await typesOf(app, tenant)).has("API.Webhook.Recovered"), { what: "a probe came through" });
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const replay = { endpointId: id, since, statuses: ["delivered"] };
  await app.call("POST", `/v1/tenants/${tenant}/replays`, { body: replay });
}

/** The tenant's operational events, once there are all types of them. */
async function all(app: TestApi, tenant: string): Promise<Json[] | false> {
  const events = await eventsOf(app, tenant);
  if (own.some((name) => !events.some(({ type }) => type === name))) return false;
  // Each look is itself a request that is told of: of those a few are enough.
  const told = events.filter(({ type }, i) => own.includes(type) && (type !== "API.Request.Received" || i < 20));
  const answers = await Promise.all(told.map(({ id }) => app.call("GET", `/v1/tenants/${tenant}/events/${id}`)));
  return answers.map((answer) => answer.body);
}

async function typesOf(app: TestApi, tenant: string): Promise<Set<string>> {
  return new Set((await eventsOf(app, tenant)).map(({ type }) => type));
}

async function eventsOf(app: TestApi, tenant: string): Promise<Json[]> {
  const events: Json[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body }: { body: Json } = await app.call(
      "GET",
      `/v1/tenants/${tenant}/events?limit=100${cursor && `&cursor=${cursor}`}`,
    );
    events.push(...body.data);
    cursor = body.nextCursor;
  }
  return events;
}

function knownFields(name: string): Set<string> {
  const { schema } = versionOf(typeOf(catalog, name));
  const properties = typeof schema === "boolean" ? undefined : schema["properties"];
  return new Set(Object.keys(Object(properties)));
}
