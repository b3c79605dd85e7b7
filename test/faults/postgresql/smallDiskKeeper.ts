// Runs in the mount namespace of a small disk: keeps the server that lives there, fills the disk, and makes room.
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "#db/embedded/errors.ts";
import { startEmbedded, type EmbeddedPostgres } from "#db/embedded/start.ts";

export type KeeperOrder = "start" | "fill" | "makeRoom" | "stop";

export interface KeeperAnswer {
  readonly url: string;
  /** The server had ended by itself, and was started again. */
  readonly restarted: boolean;
  /** How often a write to the disk found no room (ENOSPC) so far. */
  readonly timesFull: number;
  readonly error: string | null;
}

const directory = process.argv[2] ?? "";
const filler = join(directory, "filler");
/** Little is kept for the log, so that little becomes free again. */
const settings = { max_wal_size: "64MB", min_wal_size: "32MB", shared_buffers: "32MB" };
const start = (): Promise<EmbeddedPostgres> => startEmbedded({ directory, log: () => {}, settings });

let server: EmbeddedPostgres | undefined;
let filling: NodeJS.Timeout | undefined;
let timesFull = 0;

const orders: Readonly<Record<KeeperOrder, () => Promise<boolean>>> = {
  async start() {
    server = await start();
    return false;
  },
  async fill() {
    fill();
    filling = setInterval(fill, 100);
    return false;
  },
  async makeRoom() {
    clearInterval(filling);
    rmSync(filler, { force: true });
    const hadEnded = server?.isRunning() === false;
    if (hadEnded) server = await start();
    return hadEnded;
  },
  async stop() {
    clearInterval(filling);
    await server?.stop({ fastMs: 2000 });
    return false;
  },
};

process.on("message", (order: KeeperOrder) => {
  orders[order]().then(
    (restarted) => answer(restarted, null),
    (error: unknown) => answer(false, String(error)),
  );
});
// Whoever started this is gone: so must the server be, which else would live on where nobody sees it.
process.on("disconnect", () => void orders.stop().finally(() => process.exit(0)));

function answer(restarted: boolean, error: string | null): void {
  process.send?.({ url: server?.url ?? "", restarted, timesFull, error } satisfies KeeperAnswer);
}

/** To the last byte. */
function fill(): void {
  const file = openSync(filler, "a");
  try {
    for (const chunk of [Buffer.alloc(1_048_576), Buffer.alloc(4_096)]) writeUntilFull(file, chunk);
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if (errorCode(error) !== "ENOSPC") throw error;
    timesFull++;
  }
}
