import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { expect, test } from "vitest";
import { arrival, deliveryIn, receiverOfTest, signedHeaders, useDeliveringGateway } from "#test/delivering.ts";
import type { Received } from "#test/receiver.ts";
import { until } from "#test/until.ts";
import { generateSecret, generateSigningKeyPair, publicKeyOf, verify } from "#verify/index.ts";

const gateway = useDeliveringGateway();

async function expectSignedFor(secret: string, request: Received): Promise<void> {
  expect(await verify(request.body, signedHeaders(request), secret)).toMatchObject({
    payload: JSON.parse(request.body),
  });
  new StandardWebhook(secret).verify(request.body, signedHeaders(request));
  new SvixWebhook(secret).verify(request.body, signedHeaders(request));
}

async function expectNotSignedFor(secret: string, request: Received): Promise<void> {
  await expect(verify(request.body, signedHeaders(request), secret)).rejects.toMatchObject({
    code: "noMatchingSignature",
  });
  expect(() => new StandardWebhook(secret).verify(request.body, signedHeaders(request))).toThrow("No matching");
  expect(() => new SvixWebhook(secret).verify(request.body, signedHeaders(request))).toThrow("No matching");
}

test("a published event arrives once, signed with the endpoint's secret, as every verifier says", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const { secret } = await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("invoice.paid");
  const eventId = await gateway().publish(tenantId, "invoice.paid", '{"amount":12}');
  await deliveryIn(gateway(), eventId, "delivered");
  const request = await arrival(receiver);
  await expectSignedFor(secret, request);
  await expectNotSignedFor(generateSecret(), request);
  expect(JSON.parse(request.body)).toEqual({
    id: eventId,
    type: "invoice.paid",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    tenantId,
    data: { amount: 12 },
  });
  expect(receiver.requests).toHaveLength(1);
});

test("the request carries the contract's headers, the endpoint's own and the trace of the event", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({
    tenantId,
    url: `${receiver.url}in?a=1`,
    headers: { "x-team": "billing", authorization: "Basic eA==" },
  });
  await gateway().eventType("invoice.paid");
  const traceId = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const id = await gateway().publish(tenantId, "invoice.paid", "{}", { id: `mine-${tenantId}`, traceId });
  const { method, path, headers, body } = await arrival(receiver);
  expect({ method, path }).toEqual({ method: "POST", path: "/in?a=1" });
  expect(headers).toEqual({
    host: `127.0.0.1:${receiver.port}`,
    connection: "keep-alive",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "Posthorn/test",
    "webhook-id": id,
    "webhook-timestamp": expect.stringMatching(/^\d{10}$/),
    "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    traceparent: traceId,
    "x-team": "billing",
    authorization: "Basic eA==",
  });
});

test("a trace id that is no traceparent stays out of the headers", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("invoice.paid");
  await gateway().publish(tenantId, "invoice.paid", "{}", { traceId: "order-17" });
  expect((await arrival(receiver)).headers).not.toHaveProperty("traceparent");
});

const exactTexts = [
  '{"b":1.0,"a":1e400,"n":12345678901234567890,"z":-0.0,"aa":1E+2}',
  ' { "spaced" : [ 1 , 2 ] } ',
  '{"text":"é😀 \\u00e9 \\/ \\n","a":{"a":{}}}',
  "[1.10,null,true]",
  '"just text"',
  "0.1000000000000000055511151231257827",
];
test.each(exactTexts)("data arrives exactly as published: %s", async (data) => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const { secret } = await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("exact");
  await gateway().rows(
    "insert into posthorn.event_type_versions (catalog, name, version) values ('default', 'exact', '2') on conflict do nothing",
  );
  await gateway().publish(tenantId, "exact", data, { metadata: '{"z":1.0, "a":2}', version: "2", source: "shop" });
  const request = await arrival(receiver);
  expect(request.body.slice(request.body.indexOf(',"version"'))).toMatch(
    new RegExp(
      String.raw`^,"version":"2","timestamp":"[^"]+","tenantId":"${tenantId}","source":"shop","metadata":\{"z":1\.0, "a":2\},"data":`,
    ),
  );
  expect(request.body.endsWith(`,"data":${data}}`)).toBe(true);
  await expectSignedFor(secret, request);
});

test.each(["cloudevents", "native", "thin"] as const)(
  "the format %s arrives signed, at every attempt the same",
  async (payloadFormat) => {
    const receiver = await receiverOfTest((_, count) => ({ status: count === 1 ? 500 : 200 }));
    const tenantId = await gateway().tenant();
    const { secret } = await gateway().endpoint({ tenantId, url: receiver.url, payloadFormat, retrySchedule: [1] });
    await gateway().eventType("order.made");
    const id = await gateway().publish(tenantId, "order.made", '{"n":1.0}');
    const [first, second] = [await arrival(receiver), await arrival(receiver, 2)];
    const shown = {
      cloudevents: {
        type: "application/cloudevents+json",
        body: expect.stringMatching(
          new RegExp(String.raw`^\{"specversion":"1\.0","id":"${id}",.*"type":"order\.made".*,"data":\{"n":1\.0\}\}$`),
        ),
      },
      native: { type: "application/json", body: '{"n":1.0}' },
      thin: {
        type: "application/json",
        body: expect.stringMatching(
          new RegExp(String.raw`^\{"id":"${id}","type":"order\.made","timestamp":"[^"]+","tenantId":"${tenantId}"\}$`),
        ),
      },
    }[payloadFormat];
    expect({ type: first.headers["content-type"], body: first.body }).toEqual(shown);
    expect(second.body).toBe(first.body);
    await expectSignedFor(secret, first);
    await expectSignedFor(secret, second);
  },
);

test("during a rotation's overlap both secrets sign, retries included; after it only the new one does", async () => {
  const receiver = await receiverOfTest((_, count) => ({ status: count === 1 ? 503 : 200 }));
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url, retrySchedule: [2] });
  await gateway().eventType("invoice.paid");
  await gateway().publish(tenantId, "invoice.paid");
  const before = await arrival(receiver);
  const newSecret = await gateway().rotate(endpoint, 3600);
  const retried = await arrival(receiver, 2);
  expect(String(retried.headers["webhook-signature"]).split(" ")).toHaveLength(2);
  await expectSignedFor(endpoint.secret, before);
  await expectNotSignedFor(newSecret, before);
  for (const secret of [endpoint.secret, newSecret]) await expectSignedFor(secret, retried);

  const newest = await gateway().rotate(endpoint, 3600);
  await gateway().publish(tenantId, "invoice.paid");
  const third = await arrival(receiver, 3);
  for (const secret of [endpoint.secret, newSecret, newest]) await expectSignedFor(secret, third);
});

test("a rotation without an overlap ends the overlaps of earlier ones too", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("invoice.paid");
  const second = await gateway().rotate(endpoint, 3600);
  const third = await gateway().rotate(endpoint, 0);
  await gateway().publish(tenantId, "invoice.paid");
  const request = await arrival(receiver);
  expect(String(request.headers["webhook-signature"]).split(" ")).toHaveLength(1);
  await expectSignedFor(third, request);
  for (const secret of [endpoint.secret, second]) await expectNotSignedFor(secret, request);
});

test("the old secret signs no longer once the overlap is over, though the deliverer has it in memory", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("invoice.paid");
  const rotatedAt = Date.now();
  const newSecret = await gateway().rotate(endpoint, 2);
  await gateway().publish(tenantId, "invoice.paid");
  const during = await arrival(receiver);
  const signedOnce = async (): Promise<Received | undefined> => {
    const nth = receiver.requests.length + 1;
    await gateway().publish(tenantId, "invoice.paid");
    const request = await arrival(receiver, nth);
    return String(request.headers["webhook-signature"]).includes(" ") ? undefined : request;
  };
  const after = await until(signedOnce, { what: "only one secret signs" });
  expect(after.at).toBeGreaterThanOrEqual(rotatedAt + 2000);
  for (const secret of [endpoint.secret, newSecret]) await expectSignedFor(secret, during);
  await expectSignedFor(newSecret, after);
  await expectNotSignedFor(endpoint.secret, after);
});

test("an endpoint with an ed25519 key gets v1a signatures, and its public key verifies them", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const { privateKey, publicKey } = await generateSigningKeyPair();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url, secret: privateKey });
  await gateway().eventType("invoice.paid");
  await gateway().publish(tenantId, "invoice.paid");
  const request = await arrival(receiver);
  expect(request.headers["webhook-signature"]).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
  expect(await verify(request.body, signedHeaders(request), publicKey)).toMatchObject({ version: "v1a" });

  // Rotated to a shared secret: both schemes sign, and the libraries that know only v1 are content.
  const shared = await gateway().rotate(endpoint, 3600);
  await gateway().publish(tenantId, "invoice.paid");
  const mixed = await arrival(receiver, 2);
  await expectSignedFor(shared, mixed);
  expect(await verify(mixed.body, signedHeaders(mixed), await publicKeyOf(privateKey))).toMatchObject({
    version: "v1a",
  });
});

test("a redelivered event keeps its webhook-id and body, and is signed for the time it is sent at", async () => {
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  const { secret } = await gateway().endpoint({ tenantId, url: receiver.url });
  await gateway().eventType("invoice.paid");
  const eventId = await gateway().publish(tenantId, "invoice.paid", '{"x":1}');
  const delivery = await deliveryIn(gateway(), eventId, "delivered");
  expect(await gateway().redeliver(delivery)).toBe("queued");
  const [first, second] = [await arrival(receiver), await arrival(receiver, 2)];
  expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
  expect(second.body).toBe(first.body);
  expect(Number(second.headers["webhook-timestamp"])).toBeGreaterThanOrEqual(
    Number(first.headers["webhook-timestamp"]),
  );
  await expectSignedFor(secret, second);
});
