import { Pool } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createPgStore } from "#db/pg.ts";
import type { Store } from "#db/store.ts";
import { KnownCatalogs } from "#services/catalogs/known.ts";
import { createGateway, type Gateway } from "#test/gateway.ts";
import { catalogOf, install, typeOf } from "../../delivery/catalogs.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway();
});
afterAll(() => gateway?.close());

test("whoever asks for a revision does not get an older one, though somebody has just begun to ask for that", async () => {
  const pool = new Pool({ connectionString: gateway.url, max: 2 });
  onTestFinished(() => pool.end());
  const real = createPgStore(pool);
  const answered = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  let asked = 0;
  const slow: Store = {
    async run(statement, values) {
      const isFirst = asked++ === 0;
      const rows = await real.run<never>(statement, values);
      if (isFirst) {
        answered.resolve();
        await heard.promise;
      }
      return rows;
    },
  };
  const document = catalogOf([typeOf("order.paid", [{ type: "object" }])]);
  await install(gateway, document);
  const catalogs = new KnownCatalogs(slow, Date.now);
  const before = catalogs.get(document.catalog);
  await answered.promise;
  await install(gateway, { ...document, types: [...document.types, typeOf("order.sent", [{ type: "object" }])] });
  const after = catalogs.at(document.catalog, 2);
  heard.resolve();
  expect((await before)?.revision).toBe(1);
  expect((await after)?.types.has("order.sent")).toBe(true);
});
