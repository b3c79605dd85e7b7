import { setTimeout as delay } from "node:timers/promises";
import { startEmbedded } from "#db/embedded/start.ts";

/** The embedded server, started again when it dies. */
export interface GuardedDatabase {
  url(): string;
  stop(fastMs: number): Promise<void>;
}

const checkEveryMs = 250;

/** Starts the embedded server and watches it. `onMoved` is called when, after a restart, its URL is another one. */
export async function guardDatabase(
  directory: string,
  log: (line: string) => void,
  onMoved: () => void,
): Promise<GuardedDatabase> {
  let server = await startEmbedded({ directory, log });
  if (server.reused) log(`PostgreSQL of an earlier start still runs (process ${server.pid}): using it`);
  const watch = new AbortController();
  const watching = watchServer();

  async function watchServer(): Promise<void> {
    while (!watch.signal.aborted) {
      await delay(checkEveryMs, undefined, { signal: watch.signal }).catch(() => {});
      if (!watch.signal.aborted && !server.isRunning()) await startAgain();
    }
  }

  async function startAgain(): Promise<void> {
    log(`PostgreSQL (process ${server.pid}) ended; starting it again`);
    try {
      const before = server.url;
      server = await startEmbedded({ directory, log });
      if (server.url !== before) onMoved();
    } catch (error) {
      log(`PostgreSQL did not start: ${error instanceof Error ? error.message : String(error)}`);
      await delay(2000, undefined, { signal: watch.signal }).catch(() => {});
    }
  }

  return {
    url: () => server.url,
    async stop(fastMs) {
      watch.abort();
      await watching;
      await server.stop({ fastMs });
    },
  };
}
