// A PostgreSQL of one scenario, which may be stopped, starved and reconfigured.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { onTestFinished } from "vitest";
import { isAlive } from "#db/embedded/postmaster.ts";
import type { Settings } from "#db/embedded/settings.ts";
import { startEmbedded, type EmbeddedPostgres } from "#db/embedded/start.ts";
import { migrate } from "#db/migrate.ts";
import { fastestFolder } from "#test/folder.ts";
import { until } from "#test/until.ts";
import { processIdentity } from "../../../scripts/lock.mjs";

/** What a server does at a signal: forgets everything but its log, or takes leave of its sessions and writes a checkpoint. */
const signals = { immediate: "SIGQUIT", fast: "SIGINT" } as const;

export interface OwnServer {
  /** Superuser's; the same after a restart. */
  readonly url: string;
  /** Where its data and its password are. */
  readonly directory: string;
  /** The postmaster now. */
  pid(): number;
  stop(how: keyof typeof signals): Promise<void>;
  /** Starts what was stopped, at the same address. */
  start(): Promise<void>;
  /** One statement in a session of its own, which may write whatever the server's settings say. */
  run(statement: string): Promise<void>;
}

/** Starts a server of the calling test with the whole schema in it: as durable as a real one, but for its folder, which may be in memory. */
export async function startOwnServer(settings: Settings = {}): Promise<OwnServer> {
  const directory = ownFolder();
  const start = (): Promise<EmbeddedPostgres> => startEmbedded({ directory, log: () => {}, settings });
  let server = await start();
  onTestFinished(async () => {
    await server.stop({ fastMs: 2000 });
    rmSync(directory, { recursive: true, force: true });
  });
  await migrate(server.url);
  const { url } = server;
  return {
    url,
    directory,
    pid: () => server.pid,
    async stop(how) {
      process.kill(server.pid, signals[how]);
      await until(() => !isAlive(server.pid), { deadlineMs: 60_000, what: "the server is gone" });
    },
    async start() {
      server = await start();
      if (server.url !== url) throw new Error(`the server was at ${url} and is at ${server.url}`);
    },
    run: (statement) => runOn(url, statement),
  };
}

/** A folder that the next run of the tests removes, with the server in it, where this one is killed. */
export function ownFolder(): string {
  const directory = mkdtempSync(join(fastestFolder(), `posthorn-test-${process.pid}-`));
  writeFileSync(join(directory, "owner"), `${process.pid} ${processIdentity(process.pid)}`);
  return directory;
}

/** One statement, in a session of its own. */
export async function runOn(url: string, statement: string): Promise<void> {
  const client = await connectTo(url);
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A session that may write whatever the server's settings say, and that says nothing when it is cut. */
export async function connectTo(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: "scenario",
    options: "-c default_transaction_read_only=off",
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}
