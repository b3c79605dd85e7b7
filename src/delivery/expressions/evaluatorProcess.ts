import { spawn, type ChildProcess } from "node:child_process";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { EvaluatorLimits } from "./terms.ts";
import { limitArguments, READY } from "./protocol.ts";

export interface EvaluatorProcess {
  send(line: string): void;
  kill(): void;
}

export interface Listener {
  /** It takes requests. */
  ready(): void;
  /** The JSON text of the answer to the oldest request that has none. */
  answer(line: string): void;
  /** It has ended, or could not be started. Nothing comes after this. */
  ended(why: string): void;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const heapMb = 96;
const flags = [
  `--max-old-space-size=${heapMb}`,
  // With 4 V8 collects so often that transforms take twice as long.
  "--max-semi-space-size=8",
  "--disallow-code-generation-from-strings",
  "--no-warnings",
  "--permission",
  ...["src", "node_modules", "package.json"].flatMap(readable),
  // The thread that ends it when its parent has died.
  "--allow-worker",
];

/** A part of the clone, and where it really is: `node_modules` may be a link. */
function readable(part: string): string[] {
  const path = `${root}${part}`;
  return [path, realpathSync(path)].map((allowed) => `--allow-fs-read=${allowed}`);
}

/** Starts a process that evaluates expressions: see child.ts. Its environment is empty: the deliverer's holds keys. */
export function startEvaluatorProcess(limits: EvaluatorLimits, listener: Listener): EvaluatorProcess {
  const entry = fileURLToPath(new URL("./child.ts", import.meta.url));
  // What V8 writes to standard error when it runs out of memory helps nobody here.
  const child = spawn(process.execPath, [...flags, entry, ...limitArguments(limits)], {
    cwd: root,
    env: {},
    stdio: ["pipe", "pipe", "ignore"],
  });
  hear(child, listener);
  return {
    send(line) {
      child.stdin?.write(`${line}\n`);
    },
    kill() {
      child.kill("SIGKILL");
    },
  };
}

function hear(child: ChildProcess, listener: Listener): void {
  let parts: string[] = [];
  const line = (text: string): void => {
    if (text === JSON.stringify(READY)) listener.ready();
    else listener.answer(text);
  };
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = chunk.split("\n");
    const last = lines.pop() ?? "";
    const [first] = lines;
    if (first !== undefined) {
      line(parts.join("") + first);
      parts = [];
      for (const text of lines.slice(1)) line(text);
    }
    if (last !== "") parts.push(last);
  });
  let ended = false;
  const end = (why: string): void => {
    if (!ended) listener.ended(why);
    ended = true;
  };
  child.on("error", (error) => end(error.message));
  // Not `exit`: answers may still be in the pipe.
  child.on("close", (code, signal) => end(signal ?? `exit code ${code}`));
  // Writing to a process that has just died fails; `close` says so.
  child.stdin?.on("error", () => {});
}
