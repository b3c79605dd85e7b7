import { afterAll, beforeAll, expect, test } from "vitest";
import { createPublishingApi, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let other: PublishingApi;

beforeAll(async () => {
  api = await createPublishingApi();
  other = await api.another();
});

afterAll(() => api.close());

test("a type that is deleted and registered again is validated by its new schema, in a process that knew the old one", async () => {
  const name = "anew.happened";
  const tenantId = await api.tenant();
  const register = (type: string) => other.call("POST", "/v1/event-types", { name, schema: { type } });
  const publish = (data: unknown) => api.call("POST", "/v1/events", { type: name, tenantId, data });
  expect(await register("string")).toMatchObject({ status: 201 });
  expect(await publish("a text")).toMatchObject({ status: 202 });
  expect(await other.call("DELETE", `/v1/event-types/${name}`)).toMatchObject({ status: 204 });
  expect(await register("number")).toMatchObject({ status: 201 });
  expect(await publish("a text")).toMatchObject({ status: 422, json: { code: "invalidData" } });
  expect(await publish(1)).toMatchObject({ status: 202 });
});
