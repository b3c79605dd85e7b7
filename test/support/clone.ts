// A second clone of this repository in a folder of its own, and the real `npm start` in it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { fastestFolder } from "./folder.ts";
import { until } from "./until.ts";

const repository = dirname(dirname(import.meta.dirname));
const parts = [
  "src",
  "scripts",
  "drizzle",
  "docs",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "openapi.yaml",
];

/** A clone that is removed, with every process in it, when the test has finished. */
export interface Clone {
  directory: string;
  /** Processes whose command line names this clone. */
  processes(): { pid: number; command: string }[];
  /** Runs `npm start` in a session of its own, as a terminal would. */
  start(environment: Record<string, string>): StartedClone;
}

/** A running, or already ended, `npm start`. */
export interface StartedClone {
  /** All it has printed so far. */
  output(): string;
  /** Resolves when the last lines of the welcome are there; throws, with the output, when it ends before. */
  ready(): Promise<void>;
  /** Ctrl-C: SIGINT to the whole foreground group. */
  interrupt(): void;
  /** Its exit code, once it ends. */
  exitCode(): Promise<number | null>;
}

/** Copies what a clone has, and links node_modules, so that it takes milliseconds. */
export function makeClone(): Clone {
  const directory = mkdtempSync(join(fastestFolder(), "posthorn-clone-"));
  for (const part of parts) cpSync(join(repository, part), join(directory, part), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(directory, "node_modules"));
  onTestFinished(() => remove(directory));
  return {
    directory,
    processes: () => processesIn(directory),
    start: (environment) => started(spawnStart(directory, environment)),
  };
}

/** A port nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function spawnStart(directory: string, environment: Record<string, string>): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(POSTHORN_|npm_|VITEST|DATABASE_URL$|PORT$)/.test(name),
  );
  return spawn("npm", ["start"], {
    cwd: directory,
    env: { ...Object.fromEntries(inherited), ...environment },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function started(child: ChildProcess): StartedClone {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    output: () => text,
    async ready() {
      await until(() => child.exitCode !== null || text.includes("Ctrl-C stops everything"), {
        deadlineMs: 60_000,
        what: "npm start is ready",
      });
      if (child.exitCode !== null) throw new Error(`npm start ended (exit ${child.exitCode}):\n${text}`);
    },
    interrupt: () => void process.kill(-(child.pid ?? 0), "SIGINT"),
    exitCode: () => ended,
  };
}

function processesIn(directory: string): { pid: number; command: string }[] {
  const { stdout } = spawnSync("ps", ["-axo", "pid=,args="], { encoding: "utf8" });
  const lines = stdout.split("\n").filter((line) => line.includes(`${directory}/`));
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+ /, "") }));
}

async function remove(directory: string): Promise<void> {
  const killAll = (): boolean => {
    const left = processesIn(directory);
    for (const { pid } of left) spawnSync("kill", ["-9", String(pid)]);
    return left.length === 0;
  };
  await until(killAll, { what: "the processes of a test clone are gone" });
  rmSync(directory, { recursive: true, force: true });
}
