import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeId } from "#domain/ids.ts";
import { createPublishingApi, dataOf, textOf, type Answer, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  type = await api.eventType();
});

afterAll(() => api.close());

/** Publishes and returns the id of the one delivery. */
async function deliveryOf(tenantId: string, id: string, more: object = {}): Promise<string> {
  expect(await api.call("POST", "/v1/events", { id, type, tenantId, data: {}, ...more })).toMatchObject({
    status: 202,
  });
  const list = await api.call("GET", `/v1/tenants/${tenantId}/deliveries?eventId=${id}`);
  return idsOf(list)[0] ?? "";
}

function idsOf(answer: Answer): string[] {
  return dataOf(answer).map((item) =>
    typeof item === "object" && item !== null ? String(Reflect.get(item, "id")) : "",
  );
}

const uuid = (deliveryId: string) => decodeId("delivery", deliveryId);

async function setStatus(deliveryId: string, status: string): Promise<void> {
  await api.rows("update posthorn.deliveries set status = $2 where id = $1", [uuid(deliveryId), status]);
}

async function jobsOf(deliveryId: string): Promise<number> {
  return (await api.rows("select 1 from graphile_worker._private_jobs where payload ->> 'id' = $1", [uuid(deliveryId)]))
    .length;
}

/** An answer without what differs between any two. */
const stripped = ({ status, text }: Answer) => `${status} ${text.replaceAll(/req_\w+/g, "")}`;

describe("the list of a tenant's deliveries", () => {
  test("is filtered by status, endpoint, event, event type and time", async () => {
    const tenantId = await api.tenant();
    const other = await api.eventType();
    const first = await deliveryOf(tenantId, "first");
    const second = await deliveryOf(tenantId, "second", { type: other });
    await setStatus(second, "failed");
    const [{ endpoint } = { endpoint: "" }] = await api.rows<{ endpoint: string }>(
      "select posthorn.type_id('ep', id) as endpoint from posthorn.endpoints where tenant_id = $1",
      [tenantId],
    );
    const list = async (query: string) => idsOf(await api.call("GET", `/v1/tenants/${tenantId}/deliveries?${query}`));
    expect(await list("")).toEqual([second, first]);
    expect(await list("status=failed")).toEqual([second]);
    expect(await list("status=queued")).toEqual([first]);
    expect(await list(`eventType=${other}`)).toEqual([second]);
    expect(await list("eventId=first")).toEqual([first]);
    expect(await list(`endpointId=${endpoint}&eventId=second&status=failed`)).toEqual([second]);
    expect(await list("endpointId=ep_00000000000000000000000000")).toEqual([]);
    expect(await list("eventId=none")).toEqual([]);
    const [{ eventId } = { eventId: "" }] = await api.rows<{ eventId: string }>(
      `select posthorn.type_id('evt', event_id) as "eventId" from posthorn.deliveries where id = $1`,
      [uuid(first)],
    );
    expect(await list(`eventId=${eventId}`)).toEqual([first]);
    const [{ at } = { at: new Date(0) }] = await api.rows<{ at: Date }>(
      "select created_at as at from posthorn.deliveries where id = $1",
      [uuid(second)],
    );
    expect(await list(`until=${at.toISOString()}`)).toEqual([first]);
    expect(await list(`since=${at.toISOString()}`)).toEqual([second]);
    expect(await list(`since=${new Date(at.getTime() + 3_600_000).toISOString()}`)).toEqual([]);
  });

  test("goes on where it stopped, while new deliveries arrive", async () => {
    const tenantId = await api.tenant();
    const made: string[] = [];
    for (let i = 0; i < 7; i++) made.unshift(await deliveryOf(tenantId, `p-${i}`));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query = `limit=3${cursor === null ? "" : `&cursor=${cursor}`}`;
      const page: Answer = await api.call("GET", `/v1/tenants/${tenantId}/deliveries?${query}`);
      expect(page.status).toBe(200);
      seen.push(...idsOf(page));
      cursor = page.text.includes('"nextCursor":null') ? null : textOf(page, "nextCursor");
      await deliveryOf(tenantId, `late-${seen.length}`);
    } while (cursor !== null);
    expect(seen).toEqual(made);
  });

  test("a cursor that was tampered with, or is of another list or filter, is refused", async () => {
    const tenantId = await api.tenant();
    for (const id of ["a", "b"]) await deliveryOf(tenantId, id);
    const path = `/v1/tenants/${tenantId}/deliveries?limit=1`;
    const cursor = textOf(await api.call("GET", path), "nextCursor");
    expect(await api.call("GET", `${path}&cursor=${cursor}`)).toMatchObject({ status: 200 });
    const swapped = cursor.startsWith("M") ? `N${cursor.slice(1)}` : `M${cursor.slice(1)}`;
    const elsewhere = `/v1/tenants/${await api.tenant()}/deliveries?limit=1&cursor=${cursor}`;
    for (const wrong of [
      `${path}&cursor=${swapped}`,
      `${path}&cursor=x`,
      `${path}&status=failed&cursor=${cursor}`,
      elsewhere,
    ]) {
      expect(await api.call("GET", wrong)).toMatchObject({
        status: 400,
        json: { code: "invalidCursor", errors: [{ pointer: "query/cursor" }] },
      });
    }
  });

  test.each([
    "status=lost",
    "limit=0",
    "limit=101",
    "since=yesterday",
    "endpointId=x",
    "status=failed&status=queued",
    "unknown=1",
  ])("%s is refused", async (query) => {
    const answer = await api.call("GET", `/v1/tenants/t/deliveries?${query}`);
    expect(answer).toMatchObject({ status: 400, json: { code: "invalidParameter" } });
  });
});

describe("one delivery", () => {
  test("shows its event, its state and when it is tried next", async () => {
    const tenantId = await api.tenant();
    const id = await deliveryOf(tenantId, "one");
    const answer = await api.call("GET", `/v1/tenants/${tenantId}/deliveries/${id}`);
    expect(answer).toMatchObject({
      status: 200,
      json: {
        id,
        tenantId,
        eventId: "one",
        eventType: type,
        status: "queued",
        reason: null,
        attempts: 0,
        payloadFormat: "standard",
        nextAttemptAt: expect.stringMatching(/Z$/),
        event: { id: "one", type, timestamp: expect.any(String), acceptedAt: expect.any(String) },
      },
    });
    await setStatus(id, "delivered");
    expect((await api.call("GET", `/v1/tenants/${tenantId}/deliveries/${id}`)).json).toMatchObject({
      nextAttemptAt: null,
    });
  });

  test("lists its attempts in their order, in pages", async () => {
    const tenantId = await api.tenant();
    const id = await deliveryOf(tenantId, "tried");
    await api.rows(
      `insert into posthorn.attempts (id, tenant_id, endpoint_id, delivery_id, number, started_at, duration_ms, outcome, failure, http_status, error, response_body, address)
       select posthorn.new_id(), tenant_id, endpoint_id, id, n, now(), 12, case when n = 3 then 'succeeded' else 'failed' end,
         case when n < 3 then 'httpStatus' end, case when n = 3 then 204 else 503 end, null, 'busy', '192.0.2.1'
       from posthorn.deliveries, generate_series(1, 3) n where deliveries.id = $1`,
      [uuid(id)],
    );
    const path = `/v1/tenants/${tenantId}/deliveries/${id}/attempts`;
    const first = await api.call("GET", `${path}?limit=2`);
    expect(dataOf(first)).toMatchObject([
      {
        number: 1,
        status: 503,
        outcome: "failed",
        failure: "httpStatus",
        durationMs: 12,
        responseBody: "busy",
        address: "192.0.2.1",
        error: null,
      },
      { number: 2 },
    ]);
    const second = await api.call("GET", `${path}?limit=2&cursor=${textOf(first, "nextCursor")}`);
    expect(second.json).toMatchObject({ data: [{ number: 3, outcome: "succeeded", failure: null }], nextCursor: null });
    const none = await deliveryOf(tenantId, "untried");
    expect((await api.call("GET", `/v1/tenants/${tenantId}/deliveries/${none}/attempts`)).json).toMatchObject({
      data: [],
    });
  });

  test("of another tenant is answered as one that does not exist", async () => {
    const [mine, yours] = [await api.tenant(), await api.tenant()];
    const id = await deliveryOf(yours, "foreign");
    for (const [method, tail] of [
      ["GET", ""],
      ["GET", "/attempts"],
      ["POST", "/redeliver"],
      ["POST", "/cancel"],
    ] as const) {
      const foreign = await api.call(method, `/v1/tenants/${mine}/deliveries/${id}${tail}`);
      const missing = await api.call(method, `/v1/tenants/${mine}/deliveries/dlv_00000000000000000000000000${tail}`);
      expect(foreign.status).toBe(404);
      expect(stripped(foreign)).toBe(stripped(missing));
    }
    const event = await api.call("GET", `/v1/tenants/${mine}/events/foreign`);
    expect(stripped(event)).toBe(stripped(await api.call("GET", `/v1/tenants/${mine}/events/none`)));
    expect((await api.call("GET", `/v1/tenants/${yours}/deliveries/${id}`)).json).toMatchObject({ status: "queued" });
  });
});

describe("redelivering", () => {
  test.each(["failed", "delivered", "canceled", "scheduled"])(
    "a delivery that is %s queues it with a job",
    async (status) => {
      const tenantId = await api.tenant();
      const id = await deliveryOf(tenantId, "again");
      await setStatus(id, status);
      const jobs = await jobsOf(id);
      const answer = await api.call("POST", `/v1/tenants/${tenantId}/deliveries/${id}/redeliver`);
      expect(answer).toMatchObject({ status: 202, json: { id, status: "queued" } });
      expect(await jobsOf(id)).toBe(jobs + 1);
    },
  );

  test("a skipped one is refused and stays as it is: it was never to be sent", async () => {
    const tenantId = await api.tenant();
    const id = await deliveryOf(tenantId, "skipped");
    await setStatus(id, "skipped");
    const path = `/v1/tenants/${tenantId}/deliveries/${id}`;
    const jobs = await jobsOf(id);
    expect(await api.call("POST", `${path}/redeliver`)).toMatchObject({
      status: 409,
      json: { code: "deliverySkipped" },
    });
    expect(await api.call("GET", path)).toMatchObject({ status: 200, json: { status: "skipped" } });
    expect(await jobsOf(id)).toBe(jobs);
  });

  test("a queued one changes nothing, however often", async () => {
    const tenantId = await api.tenant();
    const id = await deliveryOf(tenantId, "queued");
    const path = `/v1/tenants/${tenantId}/deliveries/${id}/redeliver`;
    await setStatus(id, "failed");
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.call("POST", path)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await jobsOf(id)).toBe(2);
  });

  test("to a paused endpoint holds it; to a disabled or deleted one is refused", async () => {
    const tenantId = await api.tenant();
    const id = await deliveryOf(tenantId, "lanes");
    const path = `/v1/tenants/${tenantId}/deliveries/${id}/redeliver`;
    const setLane = (action: string) =>
      api.rows("select posthorn.set_lane(tenant_id, id, $2, 'test') from posthorn.endpoints where tenant_id = $1", [
        tenantId,
        action,
      ]);
    await setStatus(id, "failed");
    await setLane("pause");
    expect(await api.call("POST", path)).toMatchObject({ status: 202, json: { status: "held" } });
    await setLane("disable");
    expect(await api.call("POST", path)).toMatchObject({ status: 409, json: { code: "endpointDisabled" } });
    await setStatus(id, "failed");
    expect(await api.call("POST", path)).toMatchObject({ status: 409, json: { code: "endpointDisabled" } });
    await api.rows("delete from posthorn.endpoints where tenant_id = $1", [tenantId]);
    expect(await api.call("POST", path)).toMatchObject({ status: 409, json: { code: "endpointDeleted" } });
  });
});

describe("canceling", () => {
  test.each(["queued", "scheduled", "held"])("a delivery that is %s cancels it, once for all", async (status) => {
    const tenantId = await api.tenant();
    const id = await deliveryOf(tenantId, "stop");
    await setStatus(id, status);
    const path = `/v1/tenants/${tenantId}/deliveries/${id}/cancel`;
    for (let i = 0; i < 2; i++) {
      expect(await api.call("POST", path)).toMatchObject({ status: 200, json: { id, status: "canceled" } });
    }
  });

  test.each(["delivered", "failed", "skipped"])("a delivery that is %s is refused", async (status) => {
    const tenantId = await api.tenant();
    const id = await deliveryOf(tenantId, "done");
    await setStatus(id, status);
    const answer = await api.call("POST", `/v1/tenants/${tenantId}/deliveries/${id}/cancel`);
    expect(answer).toMatchObject({ status: 409, json: { code: "notCancelable" } });
  });
});

describe("support's list", () => {
  test("spans the tenants, and says whose each delivery is", async () => {
    const [a, b] = [await api.tenant(), await api.tenant()];
    const [first, second] = [await deliveryOf(a, "support"), await deliveryOf(b, "support")];
    const list = await api.call("GET", "/v1/deliveries?eventId=support&limit=10");
    expect(dataOf(list)).toMatchObject([
      { id: second, tenantId: b },
      { id: first, tenantId: a },
    ]);
    await setStatus(second, "failed");
    expect(idsOf(await api.call("GET", "/v1/deliveries?eventId=support&status=failed"))).toEqual([second]);
    expect(idsOf(await api.call("GET", `/v1/deliveries?eventId=support&tenantId=${a}`))).toEqual([first]);
  });
});
