import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const everyMs = 250;

/** Watches a process's resident memory until it is told to stop. */
export function watchMemory(pid: number): { readonly peakBytes: () => number; readonly stop: () => void } {
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, peakOf(pid));
  };
  const timer = setInterval(look, everyMs).unref();
  return {
    peakBytes() {
      look();
      return peak;
    },
    stop: () => clearInterval(timer),
  };
}

// Linux keeps the peak itself (VmHWM), so that no sample can miss it; elsewhere the samples must do.
function peakOf(pid: number): number {
  if (process.platform !== "linux") return residentBytes(pid);
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(statusOf(pid))?.[1] ?? 0) * 1024;
}

/** What a process has in memory now. */
export function residentBytes(pid: number): number {
  if (process.platform === "linux") return Number(/^VmRSS:\s*(\d+) kB$/m.exec(statusOf(pid))?.[1] ?? 0) * 1024;
  const { stdout } = spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return Number(stdout.trim()) * 1024;
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    // It has ended, which is noticed elsewhere.
    return "";
  }
}
