import { totalmem } from "node:os";

/** Server settings by name, given on the command line so that they follow the code and not the data directory. */
export type Settings = Readonly<Record<string, string>>;

const MIB = 1_048_576;

/** What the machine, or the container, has: 0 where no container says so. */
const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity);
/** A quarter of the memory, as is usual; and 512 MiB at most: the gateway is on the same machine. */
const sharedBuffers = Math.min(512 * MIB, memory / 4);

/** What an embedded server runs with: loopback only, no socket file, and as durable as a real one. */
export const embeddedSettings: Settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: `${Math.floor(sharedBuffers / MIB)}MB`,
  effective_cache_size: "1GB",
  fsync: "on",
  synchronous_commit: "on",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  random_page_cost: "1.1",
  jit: "off",
  // The default, three I/O worker processes, gains nothing for point reads on a small machine.
  io_method: "sync",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
};

/** For data that a test run throws away: nothing waits for the disk. */
export const throwawaySettings: Settings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_wal_size: "512MB",
  shared_buffers: "128MB",
  max_connections: "400",
};

/** The settings as arguments of `postgres`. */
export function settingArguments(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
