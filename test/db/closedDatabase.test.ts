import { expect, onTestFinished, test } from "vitest";
import { createPgStore, createPool } from "#db/pg.ts";
import { isUnavailable, StoreUnavailable, type Statement, type Store } from "#db/store.ts";
import { ownGateway } from "#test/delivering.ts";

const storeOn = (url: string): Store => {
  const bounds = { connections: 1, name: "closed", connectTimeoutMs: 3000, statementTimeoutMs: 5000 };
  const pool = createPool({ url, ...bounds, onError: () => {} });
  onTestFinished(async () => {
    await pool.end();
  });
  return createPgStore(pool);
};

const one: Statement = { name: "test_one", text: "select 1" };

test("a database that takes no connections for a while is away, which a publisher is told to wait for", async () => {
  const gateway = await ownGateway();
  const admin = storeOn(elsewhere(gateway.url, { pathname: "/postgres" }));
  const name = new URL(gateway.url).pathname.slice(1);
  await admin.run({ name: "test_close", text: `alter database "${name}" allow_connections false` }, []);
  await expect(storeOn(gateway.url).run(one, [])).rejects.toBeInstanceOf(StoreUnavailable);
});

test("a database that is not there is away: it may be about to be restored", async () => {
  const gateway = await ownGateway();
  const asked = storeOn(elsewhere(gateway.url, { pathname: "/not_there" })).run(one, []);
  await expect(asked).rejects.toBeInstanceOf(StoreUnavailable);
});

test("a database that does not know the role or the password is away: they may be about to change", async () => {
  const gateway = await ownGateway();
  const asked = storeOn(elsewhere(gateway.url, { username: "nobody_of_this_name" })).run(one, []);
  await expect(asked).rejects.toBeInstanceOf(StoreUnavailable);
});

test("a socket that breaks while it is written to is a way that is away, and no state of a statement", () => {
  for (const code of ["EPIPE", "ECONNRESET", "EMFILE"])
    expect(isUnavailable(Object.assign(new Error(`write ${code}`), { code }))).toBe(true);
});

test("a statement that names what is not there is a mistake, and waiting does not help", async () => {
  const gateway = await ownGateway();
  const mistaken: Statement = { name: "test_not_there", text: "select * from not_there" };
  await expect(storeOn(gateway.url).run(mistaken, [])).rejects.not.toBeInstanceOf(StoreUnavailable);
});

function elsewhere(url: string, parts: Readonly<{ pathname?: string; username?: string }>): string {
  return Object.assign(new URL(url), parts).href;
}
