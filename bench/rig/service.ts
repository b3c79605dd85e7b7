import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { watchMemory } from "../memory.ts";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A process of the gateway: the API or a deliverer, run as `npm start` runs it. */
export interface Service {
  readonly pid: number;
  /** The most memory that it had resident so far. */
  readonly peakBytes: () => number;
  /** Throws, with the end of its log, when it has ended by itself. */
  assertAlive(): void;
  /** SIGTERM, and SIGKILL when that takes too long. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly name: "api" | "deliverer";
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
  /** Where to leave a CPU profile; undefined: none is taken. */
  readonly profileDirectory: string | undefined;
}

const entries = { api: "src/node.ts", deliverer: "src/deliverer.ts" } as const;
const graceMs = 20_000;

export function startService({ name, env, logPath, profileDirectory }: ServiceOptions): Service {
  const log = openSync(logPath, "w");
  const profiling =
    profileDirectory === undefined
      ? []
      : ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`, `--cpu-prof-name=${name}.cpuprofile`];
  const child = spawn(process.execPath, [...profiling, join(root, entries[name])], {
    cwd: root,
    env: { ...inheritedEnvironment(), ...env },
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const memory = watchMemory(child.pid ?? 0);
  child.once("exit", memory.stop);
  return {
    pid: child.pid ?? 0,
    peakBytes: memory.peakBytes,
    assertAlive() {
      if (!hasEnded(child)) return;
      const tail = readFileSync(logPath).subarray(-2000).toString().trim();
      throw new Error(`The ${name} ended (${child.signalCode ?? `exit ${child.exitCode}`}). Its log ends:\n${tail}`);
    },
    stop: () => stop(child),
  };
}

/** Variables of Posthorn's that the caller has set: they reach the processes, and are named in the results. */
export function changedConfiguration(): string[] {
  return Object.keys(process.env)
    .filter((name) => name.startsWith("POSTHORN_"))
    .toSorted();
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, PORT: __, ...env } = process.env;
  return env;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
