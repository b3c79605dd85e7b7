import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { isUnavailable } from "#db/store.ts";

const firstDelayMs = 50;
const maxDelayMs = 1_000;

/**
 * The pool that graphile-worker runs on. Left alone, it gives its whole worker pool up at the first database error while it completes
 * jobs (graphile/worker #636); with connects and queries that try again, 14 of 14 runs under faults survived. `giveUp` ends the trying,
 * at shutdown. The callback form of `connect` is its LISTEN connection, which it reconnects itself.
 */
export function makeResilient(pool: pg.Pool, giveUp: AbortSignal): pg.Pool {
  const connectOnce = pool.connect.bind(pool);
  const connect = async (): Promise<pg.PoolClient> => {
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      try {
        return await connectOnce();
      } catch (error) {
        if (giveUp.aborted || !isUnavailable(error)) throw error;
        await sleep(delayMs, undefined, { signal: giveUp }).catch(() => {});
      }
    }
  };
  return new Proxy(pool, {
    get(target, key) {
      if (key === "connect")
        return (callback?: Parameters<pg.Pool["connect"]>[0]) =>
          callback ? connectOnce(callback) : connect().then((client) => retrying(client, connect, giveUp));
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** What graphile-worker uses of a client: single statements, each safe to say twice, and release. */
function retrying(first: pg.PoolClient, connect: () => Promise<pg.PoolClient>, giveUp: AbortSignal): object {
  let client: pg.PoolClient | null = first;
  return {
    async query(...args: [string | pg.QueryConfig, unknown[]?]) {
      for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
        try {
          client ??= await connect();
          return await client.query(...args);
        } catch (error) {
          client?.release(true);
          client = null;
          if (giveUp.aborted || !isUnavailable(error)) throw error;
          await sleep(delayMs, undefined, { signal: giveUp }).catch(() => {});
        }
      }
    },
    release() {
      client?.release();
      client = null;
    },
  };
}
