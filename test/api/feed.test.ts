import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeId } from "#domain/ids.ts";
import { verify } from "#verify/index.ts";
import { startApi, type Answer, type Json, type TestApi } from "./harness.ts";

let app: TestApi;
let database: Client;
beforeAll(async () => {
  app = await startApi();
  database = new Client({ connectionString: app.databaseUrl });
  await database.connect();
  await app.call("POST", "/v1/event-types", { body: { name: "invoice.paid" } });
});
afterAll(async () => {
  await database.end();
  await app.close();
});

interface Polled {
  readonly tenant: string;
  readonly path: string;
  readonly id: string;
  readonly secret: string;
}

async function polled(fields: object = {}, tenantId?: string): Promise<Polled> {
  const tenant = tenantId ?? (await app.tenant());
  const body = { url: "https://hooks.example.com/a", eventTypes: ["*"], mode: "poll", ...fields };
  const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, { body });
  const { id, secret } = made.body;
  return { tenant, path: `/v1/tenants/${tenant}/endpoints/${id}`, id, secret };
}

async function publish({ tenant }: Polled, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const body = { id, tenantId: tenant, type: "invoice.paid", data: { id } };
    expect((await app.call("POST", "/v1/events", { body })).status).toBe(202);
  }
}

const fetchFeed = ({ path }: Polled, query = ""): Promise<Answer> => app.call("GET", `${path}/feed${query}`);
const idsOf = ({ body }: Answer): string[] => body.data.map(({ id }: Json) => id);
const after = ({ body }: Answer): string => `?cursor=${encodeURIComponent(body.nextCursor)}`;

async function deliveryOf(item: Json): Promise<Json> {
  const { rows } = await database.query("select * from posthorn.deliveries where id = $1", [
    decodeId("delivery", item.deliveryId),
  ]);
  return rows[0];
}

describe("a feed", () => {
  test("hands out in order, and the same again until it is acknowledged", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a", "b", "c");
    const first = await fetchFeed(endpoint, "?limit=2");
    expect(first.headers.get("cache-control")).toBe("no-store");
    expect(idsOf(first)).toEqual(["a", "b"]);
    expect(idsOf(await fetchFeed(endpoint, "?limit=2"))).toEqual(["a", "b"]);
    await publish(endpoint, "d");
    expect(idsOf(await fetchFeed(endpoint))).toEqual(["a", "b", "c", "d"]);
    const second = await fetchFeed(endpoint, after(first));
    expect(idsOf(second)).toEqual(["c", "d"]);
    expect(idsOf(await fetchFeed(endpoint))).toEqual(["c", "d"]);
    const last = await fetchFeed(endpoint, after(second));
    expect(last.body.data).toEqual([]);
    await publish(endpoint, "e");
    expect(idsOf(await fetchFeed(endpoint, after(last)))).toEqual(["e"]);
  });

  test("makes what is acknowledged delivered, by an attempt that came from outside", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a");
    const page = await fetchFeed(endpoint);
    const [item] = page.body.data;
    expect(await deliveryOf(item)).toMatchObject({ status: "held", attempts: 0 });
    await fetchFeed(endpoint, after(page));
    expect(await deliveryOf(item)).toMatchObject({ status: "delivered", attempts: 1, feed_position: null });
    const { body } = await app.call("GET", `/v1/tenants/${endpoint.tenant}/deliveries/${item.deliveryId}/attempts`);
    expect(body.data).toMatchObject([{ number: 1, outcome: "succeeded", status: null, failure: null, durationMs: 0 }]);
    // Acknowledging twice is acknowledging once.
    await fetchFeed(endpoint, after(page));
    expect(await deliveryOf(item)).toMatchObject({ attempts: 1 });
  });

  test("is signed as what is sent is", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a");
    const [item] = (await fetchFeed(endpoint)).body.data;
    expect(item).toMatchObject({ id: "a", eventType: "invoice.paid", attempt: 1 });
    expect(item.headers).toMatchObject({ "content-type": "application/json", "webhook-id": "a" });
    expect(JSON.parse(item.body)).toMatchObject({ id: "a", type: "invoice.paid", data: { id: "a" } });
    expect(await verify(item.body, item.headers, endpoint.secret)).toMatchObject({ id: "a" });
  });

  test("is signed with both secrets during a rotation's overlap", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a");
    const { body: rotated } = await app.call("POST", `${endpoint.path}/secret/rotate`);
    const [item] = (await fetchFeed(endpoint)).body.data;
    expect(item.headers["webhook-signature"].split(" ")).toHaveLength(2);
    for (const secret of [endpoint.secret, rotated.secret]) {
      expect(await verify(item.body, item.headers, secret)).toMatchObject({ id: "a" });
    }
  });

  test("has the form that the endpoint asked for, and its trace, and none of its own headers", async () => {
    const endpoint = await polled({ payloadFormat: "cloudevents", headers: { "x-token": "secret" } });
    const traceId = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const body = { tenantId: endpoint.tenant, type: "invoice.paid", data: {}, traceId };
    await app.call("POST", "/v1/events", { body });
    const [item] = (await fetchFeed(endpoint)).body.data;
    expect(item.headers).toMatchObject({ "content-type": "application/cloudevents+json", traceparent: traceId });
    expect(Object.keys(item.headers)).not.toContain("x-token");
    expect(JSON.parse(item.body)).toMatchObject({ specversion: "1.0" });
  });

  test("cuts a page where its bodies come to 4 MiB", async () => {
    const endpoint = await polled();
    const data = { text: "x".repeat(255_000) };
    const ids = Array.from({ length: 20 }, (_, i) => `large-${String(i).padStart(2, "0")}`);
    const events = ids.map((id) => ({ id, tenantId: endpoint.tenant, type: "invoice.paid", data }));
    await app.call("POST", "/v1/events/batch", { body: { events } });
    const first = await fetchFeed(endpoint);
    expect(idsOf(first).length).toBe(16);
    expect(idsOf(await fetchFeed(endpoint))).toEqual(idsOf(first));
    const second = await fetchFeed(endpoint, after(first));
    expect([...idsOf(first), ...idsOf(second)].toSorted()).toEqual(ids);
  });

  test("hands out a redelivered one again, behind what was handed out since", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a", "b");
    const page = await fetchFeed(endpoint, "?limit=1");
    const next = await fetchFeed(endpoint, after(page));
    const [item] = page.body.data;
    const again = await app.call("POST", `/v1/tenants/${endpoint.tenant}/deliveries/${item.deliveryId}/redeliver`);
    expect(again.body.status).toBe("held");
    // Its first cursor must not acknowledge what was not handed out since.
    const both = await fetchFeed(endpoint, after(page));
    expect(both.body.data).toMatchObject([{ id: "b" }, { id: "a", attempt: 2 }]);
    expect(idsOf(await fetchFeed(endpoint, after(next)))).toEqual(["a"]);
  });

  test("does not hand out what was canceled", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a", "b");
    const [item] = (await fetchFeed(endpoint)).body.data;
    await app.call("POST", `/v1/tenants/${endpoint.tenant}/deliveries/${item.deliveryId}/cancel`);
    const page = await fetchFeed(endpoint);
    expect(idsOf(page)).toEqual(["b"]);
    await fetchFeed(endpoint, after(page));
    expect(await deliveryOf(item)).toMatchObject({ status: "canceled" });
  });

  test("has what the test button sends", async () => {
    const endpoint = await polled({ eventTypes: ["other.type"] });
    const { body } = await app.call("POST", `${endpoint.path}/test`);
    expect(body.status).toBe("held");
    expect((await fetchFeed(endpoint)).body.data).toMatchObject([
      { deliveryId: body.deliveryId, id: body.eventId, eventType: "API.Webhook.Test" },
    ]);
  });

  test("tells the tenant of what was acknowledged, where it asked", async () => {
    const endpoint = await polled();
    const watching = await polled({ eventTypes: ["API.Webhook.Triggered"] }, endpoint.tenant);
    await publish(endpoint, "a");
    const page = await fetchFeed(endpoint);
    await fetchFeed(endpoint, after(page));
    const [item] = (await fetchFeed(watching)).body.data;
    expect(JSON.parse(item.body).data).toMatchObject({
      WebhookId: endpoint.id,
      EventId: "a",
      DeliveryId: page.body.data[0].deliveryId,
      ResponseStatus: null,
    });
  });
});

describe("the feed of an endpoint", () => {
  test("that is sent to is not there", async () => {
    const { body } = await fetchFeed(await polled({ mode: "push" }));
    expect(body).toMatchObject({ status: 409, code: "notPolled" });
  });

  test("that is disabled is refused", async () => {
    const endpoint = await polled();
    await app.call("POST", `${endpoint.path}/disable`);
    expect((await fetchFeed(endpoint)).body).toMatchObject({ status: 409, code: "endpointDisabled" });
  });

  test("that is paused is empty, loses nothing, and takes an acknowledgement", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a", "b");
    const page = await fetchFeed(endpoint, "?limit=1");
    await app.call("POST", `${endpoint.path}/pause`);
    const paused = await fetchFeed(endpoint, after(page));
    expect(paused.body.data).toEqual([]);
    expect(await deliveryOf(page.body.data[0])).toMatchObject({ status: "delivered" });
    await app.call("POST", `${endpoint.path}/resume`);
    expect(idsOf(await fetchFeed(endpoint, after(paused)))).toEqual(["b"]);
  });
});

describe("a cursor", () => {
  const refused = { status: 400, code: "invalidCursor", errors: [{ pointer: "query/cursor" }] };

  test("of another endpoint, of another tenant, or of a list is refused", async () => {
    const endpoint = await polled();
    const sibling = await polled({}, endpoint.tenant);
    const foreign = await polled();
    await publish(endpoint, "a", "b");
    await publish(foreign, "a");
    const list = await app.call("GET", `/v1/tenants/${endpoint.tenant}/deliveries?limit=1`);
    for (const answer of [await fetchFeed(sibling), await fetchFeed(foreign), list]) {
      expect((await fetchFeed(endpoint, after(answer))).body).toMatchObject(refused);
    }
    expect((await fetchFeed(endpoint, "?cursor=nonsense")).body).toMatchObject(refused);
    expect(idsOf(await fetchFeed(endpoint))).toEqual(["a", "b"]);
  });

  test("from before acknowledges nothing more", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a", "b", "c");
    const old = await fetchFeed(endpoint, "?limit=1");
    const newer = await fetchFeed(endpoint, `${after(old)}&limit=1`);
    await fetchFeed(endpoint, after(newer));
    expect(idsOf(await fetchFeed(endpoint, after(old)))).toEqual(["c"]);
  });

  test("ahead of what was handed out is refused", async () => {
    const endpoint = await polled();
    await publish(endpoint, "a");
    const page = await fetchFeed(endpoint);
    await database.query("update posthorn.endpoints set feed_position = 0 where id = $1", [
      decodeId("endpoint", endpoint.id),
    ]);
    expect((await fetchFeed(endpoint, after(page))).body).toMatchObject(refused);
  });

  test.each(["limit=0", "limit=101", "wait=31", "wait=-1", "wait=1.5", "page=1", "cursor="])(
    "refuses ?%s, with a pointer",
    async (query) => {
      const { body } = await fetchFeed(await polled(), `?${query}`);
      const [name] = query.split("=");
      const pointer = `query/${name}`;
      expect(body).toMatchObject({ status: 400, code: "invalidParameter", errors: [{ pointer }] });
    },
  );
});
