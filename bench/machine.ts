import { spawnSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { changedConfiguration, root } from "./rig/service.ts";

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly postgres: string;
  /** Of the folder with PostgreSQL's data. */
  readonly fileSystem: string;
  /** Over 1, 5 and 15 minutes, before the bench began: other work on the machine is in the figures. */
  readonly loadAverage: readonly number[];
  readonly commit: string;
  /** Names of Posthorn's variables that were set. */
  readonly changedConfiguration: readonly string[];
}

// Linux: statfs(2).
const fileSystems = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x01021994, "tmpfs (memory: nothing waits for a disk)"],
  [0x794c7630, "overlay"],
]);

/** Asked at the start. `directory`: where PostgreSQL's data is. */
export function describeMachine(directory: string, postgres: string): Machine {
  const processors = cpus();
  const { type } = statfsSync(directory);
  const commit = spawnSync("git", ["describe", "--always", "--dirty"], { cwd: root, encoding: "utf8" });
  return {
    cpu: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${platform()} ${release()}`,
    node: process.version,
    postgres,
    fileSystem: fileSystems.get(type) ?? `0x${type.toString(16)}`,
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
    commit: commit.status === 0 ? commit.stdout.trim() : "unknown",
    changedConfiguration: changedConfiguration(),
  };
}

export function machineLines(machine: Machine): string[] {
  const { cpu, cores, memoryGiB, kernel, node, postgres, fileSystem, loadAverage, commit } = machine;
  const changed = machine.changedConfiguration;
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${kernel}; data on ${fileSystem}`,
    `Node ${node}, PostgreSQL ${postgres}, commit ${commit}; load average at the start ${loadAverage.join(" ")}`,
    ...(changed.length > 0 ? [`Not the default configuration: ${changed.join(", ")}`] : []),
  ];
}
