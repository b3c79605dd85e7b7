import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPidFile, servesDirectory, stopPostmaster } from "#db/embedded/postmaster.ts";
import { processIdentity } from "../../scripts/lock.mjs";

const prefix = "posthorn-bench-";

/** A folder for one run, in the system's temporary one: set TMPDIR to measure another disk. */
export function makeTemporary(): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(directory, "owner"), `${process.pid} ${processIdentity(process.pid)}`);
  return directory;
}

/** A run that was killed could not clean up: its PostgreSQL still runs. The next run ends it. */
export async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const directory = join(tmpdir(), name);
    try {
      const [pid = "", identity] = readFileSync(join(directory, "owner"), "utf8").split(" ");
      if (processIdentity(Number(pid)) === identity) continue;
      const data = join(directory, "postgres");
      const postmaster = readPidFile(data);
      if (postmaster && servesDirectory(postmaster.pid, data)) await stopPostmaster(postmaster.pid, 0);
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Another user's, or just being made.
    }
  }
}
