import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceptEvents, loadEventType } from "#db/sql/publish.ts";
import { StoreUnavailable, type Store } from "#db/store.ts";
import { systemClock } from "#domain/clock.ts";
import { KnownCatalogs } from "#services/catalogs/known.ts";
import { createPublisher } from "#services/publish.ts";
import type { EventInput } from "#services/publish/event.ts";
import { storeAt } from "#test/eventRows.ts";
import { createPublishingApi, type PublishingApi } from "#test/publishing.ts";

let api: PublishingApi;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  type = await api.eventType();
});

afterAll(() => api.close());

function inputOf(tenantId: string, typeName: string): EventInput {
  const nothing = {
    externalId: null,
    version: null,
    schemaRef: null,
    occurredAt: null,
    source: null,
    userId: null,
    correlationId: null,
    traceId: null,
    orderingKey: null,
    metadata: null,
    native: null,
  };
  return { ...nothing, tenantId, catalog: "default", type: typeName, data: "1", at: "", places: { data: "/data" } };
}

describe("a batch of which one event's type changes between its check and the commit", () => {
  interface Hooks {
    readonly beforeAccept: (times: number) => Promise<unknown>;
    readonly beforeReload: () => void;
  }

  /** A publisher of at most three events at once; it knows the types already when the hooks begin. */
  async function publisherWith(tenantId: string, types: readonly string[], hooks: Hooks) {
    const inner = storeAt(api.url);
    let accepted = 0;
    let isWatched = false;
    const store: Store = {
      async run(statement, values) {
        if (isWatched && statement === acceptEvents) await hooks.beforeAccept(++accepted);
        if (isWatched && statement === loadEventType) hooks.beforeReload();
        return inner.run<never>(statement, values);
      },
    };
    const catalogs = new KnownCatalogs(inner, systemClock);
    const bounds = { maxWaitingEvents: 3, maxWaitMs: 10_000, deadlineMs: 10_000 };
    const publisher = createPublisher({ store, clock: systemClock, catalogs, ...bounds });
    await publisher.publishBatch(
      types.map((name) => inputOf(tenantId, name)),
      null,
    );
    isWatched = true;
    return publisher;
  }

  test.each([
    ["is away when the type is looked up again", "unavailable"],
    ["has more to do than may wait by then", "overloaded"],
    ["has another type each time", "overloaded"],
  ])("tells which events are committed where the database %s", async (what, code) => {
    const tenantId = await api.tenant();
    const changing = await api.eventType();
    const { promise: hanging, resolve: release } = Promise.withResolvers<void>();
    let filling: Promise<unknown> = Promise.resolve();
    const publisher = await publisherWith(tenantId, [type, changing], {
      async beforeAccept(times) {
        if (times === 1 || what.includes("another type"))
          await api.rows("update posthorn.event_types set revision = revision + 1 where name = $1", [changing]);
        else await hanging;
      },
      beforeReload() {
        if (code === "unavailable") throw new StoreUnavailable(new Error("away"));
        if (what.includes("more to do"))
          filling = publisher.publishBatch(
            [1, 2, 3].map(() => inputOf(tenantId, type)),
            null,
          );
      },
    });
    const answers = await publisher.publishBatch(
      [type, changing, type].map((name) => inputOf(tenantId, name)),
      null,
    );
    expect(answers).toMatchObject([{ tenantId, replayed: false }, { code }, { tenantId, replayed: false }]);
    release();
    await filling;
    await publisher.drained();
  });
});
