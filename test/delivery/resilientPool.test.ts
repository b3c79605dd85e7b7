import { once } from "node:events";
import type { Pool, PoolClient } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { createPool } from "#db/pg.ts";
import { makeResilient } from "#delivery/resilientPool.ts";
import { ownGateway } from "#test/delivering.ts";
import { startNetwork, type Network } from "../faults/postgresql/network.ts";

test(
  "a listening connection whose other end is gone without a word is ended, and the next one listens",
  { timeout: 60_000 },
  async () => {
    const { resilient, network } = await resilientPool();
    const deaf = await listen(resilient);
    network.strand();
    const [error] = await once(deaf.client, "error", { signal: AbortSignal.timeout(30_000) });
    expect(String(error)).toContain("Query read timeout");
    deaf.release();
    const next = await listen(resilient);
    expect(network.connections()).toBe(1);
    await next.client.query("listen something; notify something");
    next.release();
  },
);

test("a listening connection is there as soon as the database is", { timeout: 60_000 }, async () => {
  const { pool, resilient, network } = await resilientPool();
  network.refuse();
  const connected = listen(resilient);
  await expect(pool.connect()).rejects.toThrow(/ECONNRESET|terminated/);
  network.mend();
  (await connected).release();
});

async function resilientPool(): Promise<{ pool: Pool; resilient: Pool; network: Network }> {
  const gateway = await ownGateway();
  const network = await startNetwork(gateway.url);
  const bounds = { connections: 2, name: "listening", connectTimeoutMs: 3_000, statementTimeoutMs: 5_000 };
  const pool = createPool({ url: network.url, ...bounds, onError: () => {} });
  const giveUp = new AbortController();
  onTestFinished(async () => {
    giveUp.abort();
    await pool.end();
  });
  return { pool, network, resilient: makeResilient(pool, giveUp.signal) };
}

/** As graphile-worker asks for it. */
function listen(pool: Pool): Promise<{ client: PoolClient; release: () => void }> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client, release) => {
      if (client === undefined) reject(error ?? new Error("neither an error nor a client"));
      else resolve({ client, release });
    });
  });
}
