import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPublishingApi, dataOf, textOf, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  type = await api.eventType();
});

afterAll(() => api.close());

describe("the list of a tenant's events", () => {
  test("is filtered by type and time, newest first, in pages", async () => {
    const tenantId = await api.tenant();
    const other = await api.eventType();
    for (const id of ["e-1", "e-2", "e-3"]) {
      await api.call("POST", "/v1/events", { id, type: id === "e-2" ? other : type, tenantId, data: {} });
    }
    const path = `/v1/tenants/${tenantId}/events`;
    const list = async (query: string) => dataOf(await api.call("GET", `${path}?${query}`));
    expect(await list("")).toMatchObject([{ id: "e-3", tenantId }, { id: "e-2", type: other }, { id: "e-1" }]);
    expect(await list(`type=${other}`)).toMatchObject([{ id: "e-2" }]);
    const cursor = textOf(await api.call("GET", `${path}?limit=2`), "nextCursor");
    expect(await list(`limit=2&cursor=${cursor}`)).toMatchObject([{ id: "e-1" }]);
    expect(await list("until=2020-01-01T00:00:00Z")).toEqual([]);
    expect(await list("since=2020-01-01T00:00:00Z")).toHaveLength(3);
  });

  test("keeps the order in which one process took them, within a millisecond too", async () => {
    const tenantId = await api.tenant();
    const events = Array.from({ length: 50 }, (_, i) => ({ id: `n-${i}`, type, tenantId, data: i }));
    await api.call("POST", "/v1/events/batch", { events });
    const list = await api.call("GET", `/v1/tenants/${tenantId}/events?limit=100`);
    expect(dataOf(list)).toMatchObject(events.toReversed().map(({ id }) => ({ id })));
  });
});

describe("as CloudEvents", () => {
  test("a page is a batch with the data as published, and its link leads to the next page", async () => {
    const tenantId = await api.tenant();
    for (const n of [1, 2, 3])
      await api.call("POST", "/v1/events", `{"id":"c-${n}","type":"${type}","tenantId":"${tenantId}","data":${n}.0}`);
    const accept = { accept: "application/cloudevents-batch+json" };
    const page = await api.call("GET", `/v1/tenants/${tenantId}/events?limit=2`, undefined, accept);
    expect(page.headers.get("content-type")).toBe("application/cloudevents-batch+json");
    expect(page.json).toMatchObject([{ specversion: "1.0", id: "c-3", type, tenantid: tenantId }, { id: "c-2" }]);
    expect(page.text).toContain('"data":3.0}');
    const link = /^<([^>]+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1] ?? "";
    const rest = await api.call("GET", link, undefined, accept);
    expect(rest.json).toMatchObject([{ id: "c-1" }]);
    expect(rest.headers.get("link")).toBeNull();
    const none = await api.call("GET", `/v1/tenants/${tenantId}/events?type=no.such`, undefined, accept);
    expect(none.json).toEqual([]);
  });

  test("one event is structured, and what was read can be published again", async () => {
    const tenantId = await api.tenant();
    await api.call("POST", "/v1/events", { id: "c-9", type, tenantId, source: "/shop", data: { a: 1 } });
    const accept = { accept: "application/cloudevents+json" };
    const one = await api.call("GET", `/v1/tenants/${tenantId}/events/c-9`, undefined, accept);
    expect(one.headers.get("content-type")).toBe("application/cloudevents+json");
    expect(one.json).toMatchObject({ specversion: "1.0", id: "c-9", source: "/shop", type, data: { a: 1 } });
    const elsewhere = one.text.replaceAll(tenantId, await api.tenant());
    const again = await api.call("POST", "/v1/events", elsewhere, { "content-type": "application/cloudevents+json" });
    expect(again.status).toBe(202);
  });
});

describe("one event", () => {
  test("is found by either of its ids, and by the newest where its own id was used again", async () => {
    const tenantId = await api.tenant();
    await api.call("POST", "/v1/events", { id: "twice", type, tenantId, data: 1 });
    await api.rows(
      "update posthorn.event_keys set created_at = created_at - interval '25 hours' where tenant_id = $1",
      [tenantId],
    );
    await api.call("POST", "/v1/events", { id: "twice", type, tenantId, data: 2 });
    const newest = await api.call("GET", `/v1/tenants/${tenantId}/events/twice`);
    expect(newest.json).toMatchObject({ id: "twice", data: 2, metadata: null, source: null });
    const again = await api.call("GET", `/v1/tenants/${tenantId}/events/${textOf(newest, "eventId")}`);
    expect(again.text).toBe(newest.text);
  });
});
