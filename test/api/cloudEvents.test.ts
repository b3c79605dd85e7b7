import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPublishingApi, dataOf, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let tenantId: string;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  tenantId = await api.tenant();
  type = await api.eventType({ "1": null, "2": { type: "object" } });
});

afterAll(() => api.close());

const one = (body: unknown) =>
  api.call("POST", "/v1/events", body, { "content-type": "application/cloudevents+json; charset=utf-8" });
const many = (path: string, body: unknown) =>
  api.call("POST", path, body, { "content-type": "application/cloudevents-batch+json" });
const cloudEvent = (more: object = {}) => ({
  specversion: "1.0",
  id: "ce-bad",
  source: "/billing",
  type,
  tenantid: tenantId,
  data: {},
  ...more,
});

describe("a CloudEvent in structured mode", () => {
  test("becomes an event: attributes in their places, all others in metadata, data as it was written", async () => {
    const text = `{"specversion":"1.0","id":"ce-1","source":"/billing","type":"${type}","time":"2026-01-31T09:30:00Z",
      "datacontenttype":"application/json; charset=utf-8","subject":"inv/42","priority":3,"tenantid":"${tenantId}","userid":"u1",
      "correlationid":"c1","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","dataversion":"1",
      "partitionkey":"p1","data":{ "amount": 1.0 }}`;
    expect(await one(text)).toMatchObject({ status: 202, json: { id: "ce-1", tenantId, type } });
    const read = await api.call("GET", `/v1/tenants/${tenantId}/events/ce-1`);
    expect(read.json).toMatchObject({
      source: "/billing",
      timestamp: "2026-01-31T09:30:00.000Z",
      version: "1",
      userId: "u1",
      correlationId: "c1",
      traceId: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      orderingKey: "p1",
      metadata: { subject: "inv/42", priority: 3 },
    });
    expect(read.text.endsWith('"data":{ "amount": 1.0 }}')).toBe(true);
  });

  test("without data has the data null", async () => {
    const { data: _data, ...rest } = cloudEvent({ id: "ce-2", dataversion: "1" });
    expect(await one(rest)).toMatchObject({ status: 202 });
    expect((await api.call("GET", `/v1/tenants/${tenantId}/events/ce-2`)).json).toMatchObject({ data: null });
  });

  test("sent again is the same event", async () => {
    await one(cloudEvent({ id: "ce-3" }));
    const again = await one(cloudEvent({ id: "ce-3" }));
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await one(cloudEvent({ id: "ce-3", data: { other: 1 } }))).toMatchObject({ json: { code: "idConflict" } });
  });

  test.each<[string, string, string, object]>([
    ["another specversion", "invalidRequest", "/specversion", { specversion: "0.3" }],
    ["no tenant", "invalidRequest", "/tenantid", { tenantid: undefined }],
    ["no source", "invalidRequest", "/source", { source: undefined }],
    ["an id that is none of ours", "invalidId", "/id", { id: "urn:uuid:1" }],
    ["binary data", "invalidRequest", "/data_base64", { data_base64: "AA==" }],
    ["data that is not JSON", "invalidRequest", "/datacontenttype", { datacontenttype: "text/xml" }],
    ["an attribute with capitals", "invalidRequest", "/tenantId", { tenantId: "x" }],
    ["an attribute that is an object", "invalidRequest", "/extra", { extra: {} }],
    ["data against the schema", "invalidData", "/data", { data: 1 }],
    ["a time that is none", "invalidRequest", "/time", { time: "noon" }],
  ])("%s is refused: %s at %s", async (_what, code, pointer, more) => {
    expect(await one(cloudEvent(more))).toMatchObject({ status: 422, json: { code, errors: [{ pointer }] } });
    expect(await api.rows("select 1 from posthorn.events where external_id = 'ce-bad'")).toEqual([]);
  });
});

describe("a batch of CloudEvents", () => {
  test.each(["/v1/events/batch", "/v1/events"])("is taken at %s, each item for itself", async (path) => {
    const answer = await many(path, [cloudEvent({ id: `m-${path.length}` }), cloudEvent({ type: "test.unknown" })]);
    expect(answer.status).toBe(202);
    expect(dataOf(answer)).toMatchObject([
      { id: `m-${path.length}` },
      { problem: { code: "unknownEventType", errors: [{ pointer: "/1/type" }] } },
    ]);
  });

  test("one CloudEvent is no batch: the content type says which it is", async () => {
    expect(await many("/v1/events/batch", cloudEvent())).toMatchObject({
      status: 422,
      json: { code: "invalidRequest" },
    });
    const wrongPath = await api.call("POST", "/v1/events/batch", cloudEvent(), {
      "content-type": "application/cloudevents+json",
    });
    expect(wrongPath).toMatchObject({ status: 415 });
  });
});
