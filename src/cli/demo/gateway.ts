import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { operatorKey } from "../operatorKey.ts";
import { type DemoOptions, DemoRefused } from "./options.ts";

/** The gateway that the demo runs against. */
export interface Gateway {
  origin: string;
  key: string;
  startedHere: boolean;
  /** Ends the gateway where the demo started it. */
  stop: () => Promise<void>;
}

const startPatienceMs = 90_000;
const readyPatienceMs = 15_000;
const stopPatienceMs = 25_000;
const keptOutputBytes = 4000;

/** Finds a running gateway, or starts one. `root` is the clone's folder. */
export async function findGateway(options: DemoOptions, root: string, stopping: AbortSignal): Promise<Gateway> {
  const state = await probe(options.origin);
  if (state === "absent" && options.named) throw new DemoRefused(`No gateway answers at ${options.origin}`);
  if (state === "absent") {
    console.log(`  Gateway  starting one at ${options.origin}`);
    return await startGateway(options, root, stopping);
  }
  if (state === "foreign") {
    throw new DemoRefused(
      `What answers at ${options.origin} is not Posthorn. Choose another port: PORT=8090 npm run demo`,
    );
  }
  if (!(await becomesReady(options.origin, readyPatienceMs, stopping))) {
    throw new DemoRefused(`The gateway at ${options.origin} is not ready: see ${options.origin}/readyz`);
  }
  return {
    origin: options.origin,
    key: keyFor(options, root),
    startedHere: false,
    stop: () => Promise.resolve(),
  };
}

/** Read late: a gateway that was started meanwhile has made it. */
function keyFor({ key }: DemoOptions, root: string): string {
  const found = operatorKey(key, process.env, root);
  if (found !== undefined) return found;
  throw new DemoRefused("No operator key: give one with --key, or in POSTHORN_OPERATOR_KEY");
}

type ProbeResult = "ready" | "unready" | "foreign" | "absent";

async function probe(origin: string): Promise<ProbeResult> {
  try {
    const response = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(3000) });
    await response.body?.cancel();
    if (!response.headers.get("x-request-id")) return "foreign";
    return response.status === 200 ? "ready" : "unready";
  } catch {
    return "absent";
  }
}

async function becomesReady(origin: string, patienceMs: number, stopping: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (!stopping.aborted && performance.now() < deadline) {
    if ((await probe(origin)) === "ready") return true;
    await delay(100);
  }
  return false;
}

async function startGateway(options: DemoOptions, root: string, stopping: AbortSignal): Promise<Gateway> {
  // The channel: when it closes, because this process was killed, the gateway stops by itself.
  const child = spawn(process.execPath, ["src/cli/start.ts"], { cwd: root, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const output = keepTail(child);
  const ended = new AbortController();
  child.once("exit", () => ended.abort());
  const stop = () => stopChild(child);
  if (await becomesReady(options.origin, startPatienceMs, AbortSignal.any([ended.signal, stopping]))) {
    return { origin: options.origin, key: keyFor(options, root), startedHere: true, stop };
  }
  await stop();
  if (stopping.aborted) throw new DemoRefused("Stopped");
  throw new DemoRefused(`The gateway did not start. It said:\n${output().trimEnd()}`);
}

function keepTail(child: ChildProcess): () => string {
  let tail = "";
  const keep = (chunk: Buffer): void => {
    tail = `${tail}${chunk.toString()}`.slice(-keptOutputBytes);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => tail;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopPatienceMs);
  await exited;
  clearTimeout(timer);
}
