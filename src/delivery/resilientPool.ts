import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { isUnavailable } from "#db/store.ts";

const firstDelayMs = 50;
const maxDelayMs = 1_000;
/** The connection that listens is asked something this often. */
const askEveryMs = 5_000;

/**
 * The pool that graphile-worker runs on. Left alone, it gives its whole worker pool up at the first database error while it completes
 * jobs (graphile/worker #636); with connects and queries that try again, 14 of 14 runs under faults survived. `giveUp` ends the trying,
 * at shutdown. The callback form of `connect` is its LISTEN connection: left alone, it is connected anew up to a minute after the database
 * is back, and until then jobs are looked for once a second.
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
          callback ? void listening(connect, callback) : connect().then((client) => retrying(client, connect, giveUp));
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A connection for LISTEN, in the callback form. */
async function listening(
  connect: () => Promise<pg.PoolClient>,
  callback: Parameters<pg.Pool["connect"]>[0],
): Promise<void> {
  const client = await connect().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  if (client instanceof Error) return callback(client, undefined, () => {});
  const released = new AbortController();
  void keepAsking(client, released.signal);
  callback(undefined, client, (broken) => {
    released.abort();
    client.release(broken);
  });
}

/**
 * Who only listens does not notice that the other end is gone without a word (a cut of the network, a failover), and TCP itself not for
 * hours: backlogs then went out at a page a second. So it asks, and ends a connection that does not answer, which is then made anew.
 */
async function keepAsking(client: pg.PoolClient, released: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await sleep(askEveryMs, undefined, { signal: released, ref: false });
      await client.query("select 1");
    }
  } catch (error) {
    if (released.aborted) return;
    // Ended first: whoever hears of the error releases it, and what looks sound goes back to the pool.
    if (client instanceof pg.Client) void client.end();
    client.emit("error", error);
  }
}

/** What graphile-worker uses of a client: single statements, each safe to say twice, and release. */
function retrying(first: pg.PoolClient, connect: () => Promise<pg.PoolClient>, giveUp: AbortSignal): object {
  let client: pg.PoolClient | null = first;
  return {
    async query(...args: [string | pg.QueryConfig, unknown[]?]) {
      const [asked, values] = args;
      const query = typeof asked === "string" ? { text: asked, ...(values && { values }) } : byIds(asked);
      for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
        try {
          client ??= await connect();
          return await client.query(query);
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

/** graphile-worker's fetch and its delete of done jobs, by statements that look at these jobs only (drizzle/0021); anything else as it is. */
function byIds(query: pg.QueryConfig): pg.QueryConfig {
  const values = query.values ?? [];
  if (query.name?.startsWith("complete_jobs/")) {
    const text = "delete from graphile_worker._private_jobs where id = any ($1::bigint[])";
    return { name: "complete_jobs", text, values };
  }
  const page = query.name?.startsWith("get_job") ? /\blimit (\d+)/.exec(query.text)?.[1] : undefined;
  if (page === undefined) return query;
  return { name: "take_jobs", text: "select * from posthorn.take_jobs($1, $2, $3)", values: [...values, Number(page)] };
}
