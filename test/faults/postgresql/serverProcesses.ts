import { spawnSync } from "node:child_process";

/** A PostgreSQL's processes, the postmaster first: it starts no others while it is stopped. */
export function serverProcesses(postmaster: number): readonly number[] {
  const { stdout } = spawnSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" });
  const children = stdout.split("\n").flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return pid !== undefined && parent === postmaster ? [pid] : [];
  });
  return [postmaster, ...children];
}
