import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort } from "./clone.ts";
import { testEnvironment } from "./gateway.ts";
import { until } from "./until.ts";

const source = join(import.meta.dirname, "../../src");

/** The operator's key of every API started here. */
export const operatorKey = "operator-key-of-the-tests-0123456789";

/** A real process of the gateway, killed with the calling test. */
export interface GatewayProcess {
  readonly pid: number;
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Its log so far: JSON lines. */
  log(): string;
}

export interface ApiProcess extends GatewayProcess {
  readonly port: number;
  readonly url: string;
}

/** How a process differs from the usual one. */
export interface ProcessChoices {
  readonly env?: Readonly<Record<string, string>>;
  /** Another version's entry file. */
  readonly entry?: string;
  /** A file descriptor that takes its log in place of `log()`. */
  readonly stderr?: number;
}

export interface ApiChoices extends ProcessChoices {
  /** Absent: a free one. */
  readonly port?: number;
}

/** Starts a deliverer. */
export function startDelivererProcess(databaseUrl: string, choices: ProcessChoices = {}): GatewayProcess {
  return start(choices.entry ?? join(source, "deliverer.ts"), databaseUrl, choices);
}

/** Starts an API and waits until it is ready. */
export async function startApiProcess(databaseUrl: string, choices: ApiChoices = {}): Promise<ApiProcess> {
  const chosen = choices.port ?? (await freePort());
  const env = { PORT: String(chosen), POSTHORN_OPERATOR_KEY: operatorKey, ...choices.env };
  const running = start(choices.entry ?? join(source, "node.ts"), databaseUrl, { ...choices, env });
  const url = `http://127.0.0.1:${chosen}`;
  let endedBy: number | string | undefined;
  void running.ended.then((how) => (endedBy = how));
  const isReady = async (): Promise<boolean> => {
    if (endedBy !== undefined) throw new Error(`it ended by itself (${endedBy})`);
    return (await statusOf(`${url}/readyz`)) === 200;
  };
  await until(isReady, { deadlineMs: 120_000, what: "the API is ready" }).catch((cause: unknown) => {
    throw new Error(`The API is not ready: ${String(cause)}; its log:\n${running.log()}`, { cause });
  });
  return { ...running, port: chosen, url };
}

// As every npm script starts them: what they take is measured.
const youngSpace = "--max-semi-space-size=16";
const allocator = { MALLOC_MMAP_THRESHOLD_: "131072" };

function start(entry: string, databaseUrl: string, choices: ProcessChoices): GatewayProcess {
  const inherited = Object.entries(process.env).filter(([name]) => /^(PATH|HOME|LANG|TMPDIR)$/.test(name));
  const child = spawn(process.execPath, [youngSpace, entry], {
    env: {
      ...Object.fromEntries(inherited),
      ...allocator,
      ...testEnvironment,
      ...choices.env,
      DATABASE_URL: databaseUrl,
    },
    stdio: ["ignore", "pipe", choices.stderr ?? "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${entry} could not be started`);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  const ended = endOf(child);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { pid, ended, kill: (signal) => void child.kill(signal), log: () => text };
}

function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown")));
}

async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
