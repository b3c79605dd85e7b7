// `npm start`: PostgreSQL (unless DATABASE_URL names one), migration, the API and one deliverer, each a process of its
// own, kept running until Ctrl-C.
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { tryLock } from "../../scripts/lock.mjs";
import { type SupervisedChild, supervise } from "./start/child.ts";
import { type GuardedDatabase, guardDatabase } from "./start/database.ts";
import { keepKeys } from "./start/keys.ts";
import { trackProcesses, waitForOrphans } from "./start/orphans.ts";
import { choosePort, requireFreePort } from "./start/port.ts";
import { waitUntilReady } from "./start/ready.ts";
import { type StartSettings, readSettings } from "./start/settings.ts";
import { type ShutdownSignal, listenForShutdown } from "./start/shutdown.ts";
import { StartRefused, leaveToCloneOwner, openStateDirectory } from "./start/state.ts";
import { welcome } from "./start/welcome.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const state = join(root, ".posthorn");
const processList = join(state, "processes.json");
const log = (line: string): void => console.log(`posthorn: ${line}`);

/** What must be stopped, filled as it starts. */
interface Running {
  children: SupervisedChild[];
  database: GuardedDatabase | undefined;
}

// The children may take 14 s for what is in flight; PostgreSQL 3 s, then 3 s less politely: within 20 s in all.
const childGraceMs = 14_000;
const databaseFastMs = 3000;
const orphanPatienceMs = 5000;

// Exits by itself: the channel to the launcher would keep the process alive.
process.exit(await main());

async function main(): Promise<number> {
  const shutdown = listenForShutdown(log);
  const running: Running = { children: [], database: undefined };
  const release = { lock: (): void => {} };
  try {
    const settings = readSettings(process.env);
    if (settings.development) release.lock = await claimClone();
    await requireFreePort(settings.host, settings.port, settings.development ? 0 : orphanPatienceMs);
    await start(settings, shutdown.stopping, running);
    await untilAborted(shutdown.stopping);
    return 0;
  } catch (error) {
    console.error(`posthorn: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof StartRefused ? error.exitCode : 1;
  } finally {
    await stopAll(running, shutdown);
    release.lock();
  }
}

// One supervisor for each clone: two would share its database and its keys, and each would restart it for the other.
async function claimClone(): Promise<() => void> {
  openStateDirectory(state);
  const taken = tryLock(join(state, "supervisor.lock"));
  if ("heldBy" in taken) {
    throw new StartRefused(
      `Posthorn already runs in this clone (process ${taken.heldBy}). Stop it with Ctrl-C there, or with: kill ${taken.heldBy}`,
    );
  }
  await waitForOrphans(processList, orphanPatienceMs, log);
  return () => taken.release();
}

async function start(settings: StartSettings, stopping: AbortSignal, running: Running): Promise<void> {
  const restartChildren = (): void => running.children.forEach((child) => child.restart());
  const migration = import("#db/migrate.ts");
  // Awaited below; without this a failure before that would end the process with PostgreSQL left running.
  migration.catch(() => {});
  if (settings.databaseUrl === undefined) running.database = await guardDatabase(state, log, restartChildren);
  const databaseUrl = (): string => settings.databaseUrl ?? running.database?.url() ?? "";
  await bringUpToDate((await migration).migrate, databaseUrl());
  if (stopping.aborted) return;
  const keys = keepKeys(settings, state, process.env);
  const { host, port, chosen } = settings.metrics;
  const added = {
    ...keys.environment,
    POSTHORN_DRAIN_MS: String(settings.drainMs),
    POSTHORN_METRICS_PORT: String(await choosePort(host, port, chosen)),
  };
  running.children = startChildren(settings, () => ({ ...process.env, ...added, DATABASE_URL: databaseUrl() }));
  const origin = originOf(settings);
  await waitUntilReady(origin, running.children, stopping);
  if (stopping.aborted) return;
  if (settings.development) leaveToCloneOwner(state);
  const logs = settings.development ? relative(process.cwd(), state) : undefined;
  console.log(welcome({ ...keys, origin, seconds: performance.now() / 1000, logs }));
}

async function bringUpToDate(migrate: (url: string) => Promise<void>, url: string): Promise<void> {
  try {
    await migrate(url);
  } catch (error) {
    const { host, pathname } = new URL(url);
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartRefused(
      `The schema of ${pathname.slice(1)} at ${host} (DATABASE_URL) could not be brought up to date: ${reason}`,
    );
  }
}

function startChildren(settings: StartSettings, environment: () => NodeJS.ProcessEnv): SupervisedChild[] {
  const track = settings.development ? trackProcesses(processList) : (): void => {};
  const entries = [
    { name: "API", file: "node.ts", log: "api.log" },
    { name: "deliverer", file: "deliverer.ts", log: "deliverer.log" },
  ];
  return entries.map(({ name, file, log: logName }) =>
    supervise({
      name,
      entry: join(root, "src", file),
      cwd: root,
      environment,
      logPath: settings.development ? join(state, logName) : undefined,
      log,
      onStarted: (pid) => track(name, pid),
    }),
  );
}

async function stopAll({ children, database }: Running, { hurry }: ShutdownSignal): Promise<void> {
  await Promise.all(children.map((child) => child.stop(childGraceMs, hurry)));
  await database?.stop(databaseFastMs);
}

function originOf({ host, port }: StartSettings): string {
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host] ?? (host.includes(":") ? `[${host}]` : host);
  return `http://${reachable}:${port}`;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
