// A PostgreSQL that lives for one test gateway, in a temporary folder.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPidFile, servesDirectory, stopPostmaster } from "#db/embedded/postmaster.ts";
import { throwawaySettings } from "#db/embedded/settings.ts";
import { startEmbedded } from "#db/embedded/start.ts";
import { processIdentity } from "../../scripts/lock.mjs";

/** A superuser's way to a server, and its end. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

const prefix = "posthorn-testing-";
const fastMs = 2000;

/** Starts an embedded PostgreSQL 18 whose data goes with it. */
export async function startThrowawayServer(): Promise<TestServer> {
  await removeLeftovers();
  const directory = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(directory, "owner"), `${process.pid} ${processIdentity(process.pid)}`);
  const server = await startEmbedded({ directory, log: () => {}, settings: throwawaySettings });
  return {
    url: server.url,
    async stop() {
      await server.stop({ fastMs });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL outlives a test run that was killed; the next one ends it. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const directory = join(tmpdir(), name);
    try {
      const [pid = "", identity] = readFileSync(join(directory, "owner"), "utf8").split(" ");
      if (processIdentity(Number(pid)) === identity) continue;
      const data = join(directory, "postgres");
      const postmaster = readPidFile(data);
      if (postmaster && servesDirectory(postmaster.pid, data)) await stopPostmaster(postmaster.pid, fastMs);
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Another user's, or just being made.
    }
  }
}
