import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, statSync } from "node:fs";
import { once } from "node:events";

/** What a supervised process is and where it runs. */
export interface ChildOptions {
  /** For messages: `API`, `deliverer`. */
  name: string;
  /** TypeScript file, run by this Node. */
  entry: string;
  cwd: string;
  /** Read at every start, so that a restart sees what changed. */
  environment: () => NodeJS.ProcessEnv;
  /** Takes its output; undefined: this process's own output. */
  logPath: string | undefined;
  /** Takes one line for a person. */
  log: (line: string) => void;
  /** Called at every start with the new process id. */
  onStarted: (pid: number) => void;
}

/** A process that is started again, with back-off, when it ends by itself. */
export interface SupervisedChild {
  readonly name: string;
  readonly logPath: string | undefined;
  /** How often it ended by itself, and the last exit code. */
  readonly ends: { count: number; lastCode: number | undefined };
  /** Ends the running process gracefully and starts another at once. */
  restart(): void;
  /** Asks it to end (SIGTERM) and, after `graceMs` or when `hurry` resolves, kills it. */
  stop(graceMs: number, hurry: Promise<void>): Promise<void>;
}

const firstDelayMs = 250;
const maxDelayMs = 10_000;
/** Having lived this long, the next end counts as the first. */
const healthyAfterMs = 30_000;
const maxLogBytes = 10 * 1024 * 1024;

/** Starts the process and keeps it running until `stop`. */
export function supervise(options: ChildOptions): SupervisedChild {
  const state = {
    stopping: false,
    restarting: false,
    delayMs: firstDelayMs,
    timer: undefined as NodeJS.Timeout | undefined,
  };
  const ends: SupervisedChild["ends"] = { count: 0, lastCode: undefined };
  let current = begin();

  function begin(): ChildProcess {
    const child = launch(options);
    const startedAt = performance.now();
    child.once("exit", (code, signal) => afterEnd(performance.now() - startedAt, signal ?? `exit ${code}`, code));
    child.once("error", (error) => {
      if (child.pid === undefined) afterEnd(0, error.message, null);
    });
    return child;
  }

  function afterEnd(livedMs: number, how: string, code: number | null): void {
    if (state.stopping) return;
    if (state.restarting) {
      state.restarting = false;
      current = begin();
      return;
    }
    ends.count += 1;
    ends.lastCode = code ?? undefined;
    if (livedMs > healthyAfterMs) state.delayMs = firstDelayMs;
    options.log(`The ${options.name} ended (${how}); starting it again in ${state.delayMs / 1000} s`);
    state.timer = setTimeout(() => (current = begin()), state.delayMs);
    state.delayMs = Math.min(state.delayMs * 2, maxDelayMs);
  }

  return {
    name: options.name,
    logPath: options.logPath,
    ends,
    restart() {
      if (hasEnded(current)) return;
      state.restarting = true;
      current.kill("SIGTERM");
    },
    async stop(graceMs, hurry) {
      state.stopping = true;
      clearTimeout(state.timer);
      await end(current, graceMs, hurry);
    },
  };
}

// A session of its own (detached), so that a terminal's Ctrl-C reaches only the supervisor; the channel tells the
// child, by closing, that the supervisor was killed.
function launch({ entry, cwd, environment, logPath, onStarted }: ChildOptions): ChildProcess {
  const output = logPath === undefined ? "inherit" : openLog(logPath);
  const child = spawn(process.execPath, [entry], {
    cwd,
    env: environment(),
    detached: true,
    stdio: ["ignore", output, output, "ipc"],
  });
  if (output !== "inherit") closeSync(output);
  if (child.pid !== undefined) onStarted(child.pid);
  return child;
}

async function end(child: ChildProcess, graceMs: number, hurry: Promise<void>): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const grace = new AbortController();
  const limit = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, graceMs);
    grace.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  await Promise.race([ended, limit, hurry]);
  grace.abort();
  if (!hasEnded(child)) child.kill("SIGKILL");
  await ended;
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return openSync(path, size > maxLogBytes ? "w" : "a", 0o600);
}
