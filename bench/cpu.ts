import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Processes by name; `postgres` is the postmaster, and stands for all its sessions. */
export type Processes = Readonly<Record<string, number>>;

/**
 * Adds up the processor time of processes from now on. The result is µs for each event, by process: unlike rates, it hardly
 * depends on what else the machine does. Empty where there is no /proc.
 */
export function watchCpu(processes: Processes): (events: number) => Record<string, number> {
  if (process.platform !== "linux") return () => ({});
  const before = readAll(processes);
  return (events) => {
    const after = readAll(processes);
    const used = Object.keys(processes).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)] as const);
    return Object.fromEntries(used.map(([name, ms]) => [name, Math.round((ms * 1000) / events)]));
  };
}

/** The same as cores: how many each process kept busy from now until the result is asked for. */
export function watchCores(processes: Processes): () => Record<string, number> {
  const used = watchCpu(processes);
  const startMs = performance.now();
  // µs of work in each millisecond are thousandths of a core.
  return () => {
    const thousandths = used(performance.now() - startMs);
    return Object.fromEntries(Object.entries(thousandths).map(([name, busy]) => [name, busy / 1000]));
  };
}

// proc_pid_stat(5): times are in clock ticks.
const tickMs = 1000 / Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout || 100);

function readAll(processes: Processes): Record<string, number> {
  return Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, cpuMs(name, pid)]));
}

function cpuMs(name: string, pid: number): number {
  const own = readStat(pid);
  if (own === undefined) return 0;
  if (name !== "postgres") return own.ownMs;
  // Sessions that have ended are in the postmaster's account, those that live are not.
  const living = readdirSync("/proc").map((entry) => (/^\d+$/.test(entry) ? readStat(Number(entry)) : undefined));
  const children = living.filter((stat) => stat?.parent === pid);
  return children.reduce((sum, stat) => sum + (stat?.ownMs ?? 0), own.ownMs + own.reapedMs);
}

function readStat(pid: number): { parent: number; ownMs: number; reapedMs: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [user = 0, system = 0, reapedUser = 0, reapedSystem = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, ownMs: (user + system) * tickMs, reapedMs: (reapedUser + reapedSystem) * tickMs };
  } catch {
    return undefined;
  }
}
