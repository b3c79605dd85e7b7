// A scenario's server whose disk gets full: on a small disk of its own, or, where nothing may be mounted, by the limit of its files' size.
import { spawnSync } from "node:child_process";
import { prepareCluster } from "#db/embedded/cluster.ts";
import { isAlive } from "#db/embedded/postmaster.ts";
import { startOwnServer } from "./ownServer.ts";
import { serverProcesses } from "./serverProcesses.ts";
import { mayMount, startOnSmallDisk, type SmallDisk } from "./smallDisk.ts";

/** Starts it, migrated. */
export async function startWithFullDisk(): Promise<SmallDisk> {
  return mayMount() ? startOnSmallDisk() : startLimited();
}

/** No file may be written beyond its first megabyte: the log of the server is the first to hit it, which ends the server, as a full disk may. */
async function startLimited(): Promise<SmallDisk> {
  const server = await startOwnServer();
  const { account } = prepareCluster(server.directory, () => {});
  const limit = (soft: string): void => {
    for (const pid of serverProcesses(server.pid())) {
      const flags = ["--pid", String(pid), `--fsize=${soft}:unlimited`];
      const { command, args, options } = account.invoke("prlimit", flags);
      const { status, stderr } = spawnSync(command, args, { ...options, encoding: "utf8" });
      // One of its processes may have ended meanwhile.
      if (status !== 0 && isAlive(pid)) throw new Error(`the server could not be limited: ${stderr}`);
    }
  };
  return {
    url: server.url,
    kind: "no ENOSPC, but a limit on the size of its files (RLIMIT_FSIZE), as nothing may be mounted here",
    async fill() {
      limit("1048576");
    },
    async makeRoom() {
      if (isAlive(server.pid())) {
        limit("unlimited");
        return { restarted: false, timesFull: null };
      }
      await server.start();
      return { restarted: true, timesFull: null };
    },
  };
}
