import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { EventRow } from "#db/sql/publish.ts";
import { systemClock } from "#domain/clock.ts";
import { KnownCatalogs } from "#services/catalogs/known.ts";
import { createPublisher } from "#services/publish.ts";
import { GroupCommit } from "#services/publish/groupCommit.ts";
import { eventRow, storeAt } from "#test/eventRows.ts";
import { createPublishingApi, type PublishingApi } from "#test/publishing.ts";
import { until } from "#test/until.ts";

let api: PublishingApi;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  type = await api.eventType();
});

afterAll(() => api.close());

const rowOf = (tenantId: string, more: Partial<EventRow> = {}): EventRow => eventRow(tenantId, type, more);

describe("the group commit", () => {
  test("writes what arrives at once in few statements, and answers in order", async () => {
    const tenantId = await api.tenant();
    const store = storeAt(api.url);
    let statements = 0;
    const counting: typeof store = {
      db: store.db,
      run: (statement, values) => (statements++, store.run(statement, values)),
    };
    const commit = new GroupCommit({ store: counting, maxWaiting: 10_000, maxWaitMs: 10_000, deadlineMs: 20_000 });
    const rows = Array.from({ length: 300 }, () => rowOf(tenantId));
    const outcomes = await Promise.all(rows.map((row) => commit.submit([row])));
    expect(outcomes.flat().map((outcome) => ("id" in outcome ? outcome.id : null))).toEqual(
      rows.map((row) => row.type_id),
    );
    expect(statements).toBeLessThan(10);
    expect(commit.waiting).toBe(0);
  });

  test("events of one ordering key are never in two statements at once; others are", async () => {
    const tenantId = await api.tenant();
    const store = storeAt(api.url);
    const underWay = { keyed: 0, all: 0 };
    const most = { keyed: 0, all: 0 };
    const watching: typeof store = {
      db: store.db,
      async run(statement, values) {
        const keyed = values.some((value) => typeof value === "string" && value.includes('"one"')) ? 1 : 0;
        underWay.keyed += keyed;
        underWay.all++;
        most.keyed = Math.max(most.keyed, underWay.keyed);
        most.all = Math.max(most.all, underWay.all);
        return store.run<never>(statement, values).finally(() => {
          underWay.keyed -= keyed;
          underWay.all--;
        });
      },
    };
    const commit = new GroupCommit({ store: watching, maxWaiting: 10_000, maxWaitMs: 10_000, deadlineMs: 20_000 });
    const rows = Array.from({ length: 1_000 }, () => rowOf(tenantId, { ordering_key: "one" }));
    const others = Array.from({ length: 1_000 }, () => rowOf(tenantId));
    const outcomes = (await Promise.all([commit.submit(rows), commit.submit(others)])).flat();
    expect(outcomes.every(({ status }) => status === "accepted")).toBe(true);
    expect(most).toEqual({ keyed: 1, all: 2 });
    const accepted = await api.rows(
      "select id from posthorn.events where tenant_id = $1 and ordering_key = 'one' order by accepted_at, id",
      [tenantId],
    );
    expect(accepted.map(({ id }) => id)).toEqual(rows.map((row) => row.event_id));
  });

  test("a few events share one statement beside one that hangs, and are not kept waiting by it", async () => {
    const tenantId = await api.tenant();
    const store = storeAt(api.url);
    const { promise: hanging, resolve: release } = Promise.withResolvers<void>();
    let statements = 0;
    const slow: typeof store = {
      db: store.db,
      async run(statement, values) {
        if (++statements === 1) await hanging;
        return store.run<never>(statement, values);
      },
    };
    const commit = new GroupCommit({ store: slow, maxWaiting: 100, maxWaitMs: 10_000, deadlineMs: 20_000 });
    const first = commit.submit([rowOf(tenantId)]);
    const others = await Promise.all(Array.from({ length: 30 }, () => commit.submit([rowOf(tenantId)])));
    expect(others.flat().every(({ status }) => status === "accepted")).toBe(true);
    expect(statements).toBe(2);
    release();
    expect(await first).toMatchObject([{ status: "accepted" }]);
  });

  test("an event that makes its statement fail harms no other event", async () => {
    const tenantId = await api.tenant();
    const commit = new GroupCommit({
      store: storeAt(api.url),
      maxWaiting: 10_000,
      maxWaitMs: 10_000,
      deadlineMs: 20_000,
    });
    const rows = Array.from({ length: 21 }, (_, i) => rowOf(tenantId, i === 13 ? { occurred_at: "not a time" } : {}));
    const outcomes = await commit.submit(rows);
    expect(outcomes.map(({ status }, i) => [i, status])).toEqual(
      rows.map((_, i) => [i, i === 13 ? "failed" : "accepted"]),
    );
    expect(await api.rows("select 1 from posthorn.events where tenant_id = $1", [tenantId])).toHaveLength(20);
  });

  test("refuses at once what exceeds the number that may wait", async () => {
    const commit = new GroupCommit({ store: storeAt(api.url), maxWaiting: 3, maxWaitMs: 10_000, deadlineMs: 20_000 });
    const tenantId = await api.tenant();
    const first = commit.submit([rowOf(tenantId), rowOf(tenantId)]);
    await expect(commit.submit([rowOf(tenantId), rowOf(tenantId)])).rejects.toMatchObject({ code: "overloaded" });
    expect(await first).toMatchObject([{ status: "accepted" }, { status: "accepted" }]);
    expect(await commit.submit([rowOf(tenantId)])).toMatchObject([{ status: "accepted" }]);
  });

  test("behind a database that hangs, all fail at the deadline, and what was not sent never is", async () => {
    const tenantId = await api.tenant();
    const commit = new GroupCommit({
      store: storeAt(api.url),
      maxWaiting: 100,
      maxWaitMs: 10_000,
      statements: 1,
      deadlineMs: 300,
    });
    const held = api.rows(
      "do $$ begin lock table posthorn.event_types in access exclusive mode; perform pg_sleep(1.5); end $$",
    );
    await until(async () => (await storeLocks()).length > 0, { what: "the table is locked" });
    const [underWay, waiting] = await Promise.all([
      commit.submit([rowOf(tenantId, { external_id: "under-way", keys: ["id:under-way"] })]),
      commit.submit([rowOf(tenantId, { external_id: "waiting", keys: ["id:waiting"] })]),
    ]);
    expect(underWay).toMatchObject([{ status: "failed", error: { name: "StoreUnavailable" } }]);
    expect(waiting).toMatchObject([{ status: "failed", error: { code: "overloaded" } }]);
    await held;
    expect(await commit.submit([rowOf(tenantId)])).toMatchObject([{ status: "accepted" }]);
    const written = await api.rows(
      "select external_id from posthorn.events where tenant_id = $1 and external_id is not null",
      [tenantId],
    );
    expect(written).toEqual([{ external_id: "under-way" }]);
  });
});

async function storeLocks() {
  return api.rows(
    "select 1 from pg_locks where mode = 'AccessExclusiveLock' and granted and relation = 'posthorn.event_types'::regclass",
  );
}

describe("publishing while the database is away", () => {
  test("is 503 with retry-after, for one event and for a batch", async () => {
    const away = await createPublishingApi({}, "postgres://postgres@127.0.0.1:9/none");
    onTestFinished(() => away.close());
    const event = { type, tenantId: "t", data: 1 };
    for (const [path, body] of [
      ["/v1/events", event],
      ["/v1/events/batch", { events: [event, event] }],
    ] as const) {
      const answer = await away.call("POST", path, body);
      expect(answer).toMatchObject({ status: 503, json: { code: "unavailable" } });
      expect(answer.headers.get("retry-after")).toBe("1");
    }
  });

  test("is 503 within two seconds where it takes connections and says nothing", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const timeouts = { POSTHORN_DATABASE_CONNECT_TIMEOUT_MS: "700", POSTHORN_API_STATEMENT_TIMEOUT_MS: "1200" };
    const away = await createPublishingApi(timeouts, `postgres://postgres@127.0.0.1:${port}/none`);
    onTestFinished(() => away.close());
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => away.call("POST", "/v1/events", { type, tenantId: "t", data: 1 })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
const note = (tenantId: string) => ({
  tenantId,
  requestId: `req_${randomBytes(4).toString("hex")}`,
  method: "GET",
  endpoint: "/v1/tenants/{tenantId}/endpoints",
  apiKeyId: "key_1",
  ipAddress: "192.0.2.7",
});

describe("notes of requests", () => {
  test("are made for tenants that subscribe to API.Request.Received, and for nobody else", async () => {
    const [wants, other] = [await api.tenant(), await api.tenant()];
    await api.rows(
      `insert into posthorn.subscriptions (id, tenant_id, endpoint_id, event_types, exact_types, prefixes)
       select posthorn.new_id(), tenant_id, id, '{API.Request.*}', '{}', '{API.Request.}' from posthorn.endpoints where tenant_id = $1`,
      [wants],
    );
    const store = storeAt(api.url);
    const publisher = createPublisher({
      store,
      clock: systemClock,
      catalogs: new KnownCatalogs(store, systemClock),
      maxWaitingEvents: 100,
      maxWaitMs: 10_000,
      deadlineMs: 10_000,
    });
    publisher.noteRequest(note(other));
    const rows = await until(
      async () => {
        publisher.noteRequest(note(wants));
        const found = await api.rows<{ body: string; status: string }>(
          `select e.body, d.status from posthorn.events e join posthorn.deliveries d on d.event_id = e.id
           where e.tenant_id = $1 and e.type = 'API.Request.Received' and e.operational and d.operational`,
          [wants],
        );
        return found.length > 0 && found;
      },
      { what: "a note was delivered" },
    );
    expect(JSON.parse(rows[0]?.body ?? "")).toMatchObject({
      type: "API.Request.Received",
      tenantId: wants,
      data: {
        Method: "GET",
        Endpoint: "/v1/tenants/{tenantId}/endpoints",
        ApiKeyId: "key_1",
        AccountId: wants,
        IPAddress: "192.0.2.7",
      },
    });
    await publisher.drained();
    expect(await api.rows("select 1 from posthorn.events where tenant_id = $1", [other])).toEqual([]);
  });
});
