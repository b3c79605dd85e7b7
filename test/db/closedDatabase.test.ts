import { expect, onTestFinished, test } from "vitest";
import { createPgStore, createPool } from "#db/pg.ts";
import { StoreUnavailable, type Store } from "#db/store.ts";
import { ownGateway } from "#test/delivering.ts";

const storeOn = (url: string): Store => {
  const bounds = { connections: 1, name: "closed", connectTimeoutMs: 3000, statementTimeoutMs: 5000 };
  const pool = createPool({ url, ...bounds, onError: () => {} });
  onTestFinished(async () => {
    await pool.end();
  });
  return createPgStore(pool);
};

test("a database that takes no connections for a while is away, which a publisher is told to wait for", async () => {
  const gateway = await ownGateway();
  const elsewhere = new URL(gateway.url);
  const name = elsewhere.pathname.slice(1);
  elsewhere.pathname = "/postgres";
  const admin = storeOn(elsewhere.href);
  await admin.run({ name: "test_close", text: `alter database "${name}" allow_connections false` }, []);
  const asked = storeOn(gateway.url).run({ name: "test_one", text: "select 1" }, []);
  await expect(asked).rejects.toBeInstanceOf(StoreUnavailable);
});
