import { writeSync } from "node:fs";
import { systemClock } from "#domain/clock.ts";

/** So long a line waits for a reader that is slow, and was well so far: each line's wait holds up the whole process. */
const patienceMs = 1_000;
const pauseMs = 20;

let lost = 0;

/** How many lines of this process's log could not be written since it began. */
export function linesLost(): number {
  return lost;
}

/**
 * Where a log goes: each line at once, so that the last words of a process are not lost. What cannot be written, because the disk is full or
 * the reader gone, is counted and dropped, and the count is the first thing written when there is room again: pino's own destination ends
 * the process at the first such line, or keeps them all in memory. Only the first line that is lost waits for the reader: a process that
 * waits with each line of its log does nothing else any more. @param fd standard error, unless a test has another
 */
export function logDestination(fd = 2): { write(line: string): void } {
  let untold = 0;
  return {
    write(line) {
      const waitMs = untold > 0 ? 0 : patienceMs;
      try {
        if (untold > 0) writeAll(fd, lostLine(untold), waitMs);
        untold = 0;
        writeAll(fd, line, waitMs);
      } catch {
        lost++;
        untold++;
      }
    },
  };
}

// After a line break: the last line may have been cut in the middle.
function lostLine(count: number): string {
  const about = { level: 40, time: systemClock(), pid: process.pid, lines: count };
  return `\n${JSON.stringify({ ...about, msg: "lines of this log could not be written" })}\n`;
}

function writeAll(fd: number, line: string, waitMs: number): void {
  const deadline = performance.now() + waitMs;
  let bytes = Buffer.from(line);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

/** A pipe whose reader has not caught up yet. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
