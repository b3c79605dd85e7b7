import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeId } from "#domain/ids.ts";
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
}

/** With a subscription that keeps an order, or one that does not. */
async function polled(ordering: object | null, fields: object = {}): Promise<Polled> {
  const tenant = await app.tenant();
  const made = await app.call("POST", `/v1/tenants/${tenant}/endpoints`, {
    body: { url: "https://hooks.example.com/a", mode: "poll", ...fields },
  });
  const path = `/v1/tenants/${tenant}/endpoints/${made.body.id}`;
  await app.call("POST", `${path}/subscriptions`, { body: { eventTypes: ["*"], ordering } });
  return { tenant, path, id: made.body.id };
}

async function publish({ tenant }: Polled, id: string, orderingKey?: string): Promise<void> {
  const body = { id, tenantId: tenant, type: "invoice.paid", data: {}, orderingKey };
  expect((await app.call("POST", "/v1/events", { body })).status).toBe(202);
}

const fetchFeed = ({ path }: Polled, query = ""): Promise<Answer> => app.call("GET", `${path}/feed${query}`);
const idsOf = ({ body }: Answer): string[] => body.data.map(({ id }: Json) => id);

/** Fetches and acknowledges until there were `count`; all of them in order. */
async function fetchAll(endpoint: Polled, count: number, limit: number): Promise<string[]> {
  const all: string[] = [];
  let query = `?limit=${limit}&wait=10`;
  while (all.length < count) {
    const page = await fetchFeed(endpoint, query);
    if (page.body.data.length === 0) break;
    all.push(...idsOf(page));
    query = `?limit=${limit}&wait=10&cursor=${page.body.nextCursor}`;
  }
  return all;
}

/** As it is between a publish that needs the deliverer (a filter, a large fan-out) and the deliverer's work. */
async function leaveToFanOut(tenant: string, eventId: string): Promise<void> {
  await database.query(
    `update posthorn.events set fan_out_after = '00000000-0000-0000-0000-000000000000' where tenant_id = $1 and external_id = $2`,
    [tenant, eventId],
  );
}

async function setDelivery(tenant: string, eventId: string, values: string): Promise<void> {
  await database.query(
    `update posthorn.deliveries d set ${values} from posthorn.events e
     where e.id = d.event_id and e.tenant_id = $1 and e.external_id = $2`,
    [tenant, eventId],
  );
}

describe("a feed that is read while many publish", () => {
  test("hands out every event once, and those of each publisher in its order", async () => {
    const endpoint = await polled(null);
    const publishers = Array.from({ length: 8 }, async (_, p) => {
      for (let i = 0; i < 25; i++) await publish(endpoint, `p${p}-${i}`);
    });
    const [all] = await Promise.all([fetchAll(endpoint, 200, 7), ...publishers]);
    expect(new Set(all).size).toBe(200);
    expect(all).toHaveLength(200);
    for (let p = 0; p < 8; p++) {
      const own = all.filter((id) => id.startsWith(`p${p}-`));
      expect(own).toEqual(Array.from({ length: 25 }, (_, i) => `p${p}-${i}`));
    }
  });

  test("hands out those of each ordering key in its order", async () => {
    const endpoint = await polled({ onFailure: "block" });
    const publishers = Array.from({ length: 8 }, async (_, k) => {
      for (let i = 0; i < 15; i++) await publish(endpoint, `k${k}-${i}`, `k${k}`);
    });
    const [all] = await Promise.all([fetchAll(endpoint, 120, 9), ...publishers]);
    expect(all).toHaveLength(120);
    for (let k = 0; k < 8; k++) {
      const own = all.filter((id) => id.startsWith(`k${k}-`));
      expect(own).toEqual(Array.from({ length: 15 }, (_, i) => `k${k}-${i}`));
    }
  });

  test("gives two who fetch at the same time the same page", async () => {
    const endpoint = await polled(null);
    for (let i = 0; i < 10; i++) await publish(endpoint, `e${i}`);
    const pages = await Promise.all(Array.from({ length: 6 }, () => fetchFeed(endpoint, "?limit=5")));
    for (const page of pages) expect(idsOf(page)).toEqual(["e0", "e1", "e2", "e3", "e4"]);
  });
});

describe("in an ordering key", () => {
  test("nothing is handed out while an earlier event is still to be fanned out; other keys are", async () => {
    const endpoint = await polled({ onFailure: "block" });
    for (const id of ["a1", "a2", "b1"]) await publish(endpoint, id, id.slice(0, 1));
    await publish(endpoint, "unkeyed");
    await setDelivery(endpoint.tenant, "a1", "status = 'skipped'");
    await leaveToFanOut(endpoint.tenant, "a1");
    expect(idsOf(await fetchFeed(endpoint))).toEqual(["b1", "unkeyed"]);
    await setDelivery(endpoint.tenant, "a1", "status = 'held'");
    await database.query("update posthorn.events set fan_out_after = null where tenant_id = $1", [endpoint.tenant]);
    expect(idsOf(await fetchFeed(endpoint))).toEqual(["b1", "unkeyed", "a1", "a2"]);
  });

  test.each([
    ["is on its way since the endpoint was sent to", "status = 'scheduled'"],
    ["failed for good and blocks", "status = 'failed', blocks = true"],
    ["waits for its body", "detail = 'the transform failed'"],
  ])("nothing is handed out behind one that %s, and many of those hold up nobody else", async (_, values) => {
    const endpoint = await polled({ onFailure: "block" });
    await publish(endpoint, "a1", "a");
    await setDelivery(endpoint.tenant, "a1", values);
    await database.query(
      `insert into posthorn.deliveries (id, tenant_id, endpoint_id, event_id, subscription_id, event_type, status, due_at, created_at, updated_at, ordering_key, ordered_at)
       select posthorn.new_id(), d.tenant_id, d.endpoint_id, d.event_id, d.subscription_id, d.event_type, 'held', now(), now(), now(), 'a', d.ordered_at + interval '1 second'
       from posthorn.deliveries d, generate_series(1, 1500) where d.endpoint_id = $1`,
      [decodeId("endpoint", endpoint.id)],
    );
    await publish(endpoint, "b1", "b");
    await publish(endpoint, "unkeyed");
    expect(idsOf(await fetchFeed(endpoint, "?limit=10"))).toEqual(["b1", "unkeyed"]);
  });

  test("one that is made late still comes before those accepted after it", async () => {
    const endpoint = await polled({ onFailure: "block" });
    for (const id of ["a1", "a2", "a3"]) await publish(endpoint, id, "a");
    // As of an event whose fan-out took its time: its delivery has the youngest id.
    await setDelivery(endpoint.tenant, "a1", "id = posthorn.new_id()");
    expect(idsOf(await fetchFeed(endpoint, "?limit=1"))).toEqual(["a1"]);
    expect(idsOf(await fetchFeed(endpoint))).toEqual(["a1", "a2", "a3"]);
  });
});
