import { accessSync, constants, statfsSync } from "node:fs";
import { tmpdir } from "node:os";

/** A file system in memory, on Linux. */
export const memoryFolder = "/dev/shm";

/**
 * Where data that a test throws away is kept: in memory if there is room (containers often have only 64 MB there), else
 * the temporary folder. A copy of the template is 1,900 files: 17 ms in memory, 360 ms on a slow disk.
 */
export function fastestFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(memoryFolder);
    accessSync(memoryFolder, constants.W_OK);
    return bavail * bsize >= 4 * 2 ** 30 ? memoryFolder : tmpdir();
  } catch {
    return tmpdir();
  }
}
