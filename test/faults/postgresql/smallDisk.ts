// A scenario's server on a disk of its own that is too small: a tmpfs that only the server and its keeper see.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { migrate } from "#db/migrate.ts";
import { ownFolder } from "./ownServer.ts";
import type { KeeperAnswer, KeeperOrder } from "./smallDiskKeeper.ts";

export interface SmallDisk {
  readonly url: string;
  /** What kind of full it gets. */
  readonly kind: string;
  /** Nothing is left, and whatever becomes free is taken. */
  fill(): Promise<void>;
  /** Makes room, and starts the server if it has ended by itself. */
  makeRoom(): Promise<WasFull>;
}

export interface WasFull {
  /** The server had ended by itself. */
  readonly restarted: boolean;
  /** How often a write found no room; null: nobody but the server wrote there. */
  readonly timesFull: number | null;
}

const mounting = 'mount -t tmpfs -o size=320m,mode=0755 tmpfs "$1" && exec "$2" "$3" "$1"';

/** Whether this user may mount a disk in a namespace of its own: root may, unless a container forbids it. */
export function mayMount(): boolean {
  return spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
}

/** Starts the server of the calling test, migrated. @throws where this user may not mount anything */
export async function startOnSmallDisk(): Promise<SmallDisk> {
  const directory = ownFolder();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const keeper = join(import.meta.dirname, "smallDiskKeeper.ts");
  const shell = ["sh", "-c", mounting, "sh", directory, process.execPath, keeper];
  const child = spawn("unshare", ["--mount", ...shell], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const ask = conversation(child);
  onTestFinished(async () => {
    await ask("stop").catch(() => {});
    child.kill("SIGTERM");
  });
  const { url } = await ask("start");
  await migrate(url);
  return {
    url,
    kind: "real ENOSPC, on a tmpfs of 320 MB",
    async fill() {
      await ask("fill");
    },
    async makeRoom() {
      return ask("makeRoom");
    },
  };
}

/** One order at a time, each with its answer. */
function conversation(child: ChildProcess): (order: KeeperOrder) => Promise<KeeperAnswer> {
  let complaints = "";
  child.stderr?.on("data", (chunk) => (complaints += String(chunk)));
  return (order) =>
    new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`the keeper of the small disk has ended: ${complaints}`));
      if (child.exitCode !== null || !child.connected) return ended();
      child.once("exit", ended);
      child.once("message", (answer: KeeperAnswer) => {
        child.off("exit", ended);
        if (answer.error === null) resolve(answer);
        else reject(new Error(answer.error));
      });
      child.send(order);
    });
}
