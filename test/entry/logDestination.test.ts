import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { linesLost, logDestination } from "../../src/entry/logDestination.ts";

test("lines that cannot be written are counted, and told of when there is room again", () => {
  const path = join(tmpdir(), `posthorn-log-${process.pid}-${Date.now()}`);
  writeFileSync(path, "");
  // Open for reading only: every write fails, as on a full disk.
  const closed = openSync(path, "r");
  onTestFinished(() => rmSync(path, { force: true }));
  const before = linesLost();
  const destination = logDestination(closed);
  for (const line of ["one\n", "two\n"]) destination.write(line);
  expect(linesLost() - before).toBe(2);
  closeSync(closed);
  // The lowest free descriptor is the one just closed.
  const open = openSync(path, "a");
  onTestFinished(() => closeSync(open));
  expect(open).toBe(closed);
  for (const line of ["three\n", "four\n"]) destination.write(line);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: 40, lines: 2, pid: process.pid });
  expect(lines.slice(1)).toEqual(["three", "four"]);
});

test("a pipe that nobody reads costs the patience of one line, not of each", () => {
  const path = join(tmpdir(), `posthorn-pipe-${process.pid}-${Date.now()}`);
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  onTestFinished(() => {
    closeSync(reader);
    closeSync(writer);
    rmSync(path, { force: true });
  });
  const before = linesLost();
  const destination = logDestination(writer);
  const begun = performance.now();
  // A pipe holds 64 KiB.
  for (let i = 0; i < 70; i++) destination.write(`${"x".repeat(4_000)}\n`);
  expect(performance.now() - begun).toBeLessThan(2_000);
  const lost = linesLost() - before;
  expect(lost).toBeGreaterThanOrEqual(50);
  const room = Buffer.alloc(1_048_576);
  readSync(reader, room);
  destination.write("again\n");
  const [told = "", ...more] = room.toString("utf8", 0, readSync(reader, room)).trim().split("\n");
  expect(JSON.parse(told)).toMatchObject({ level: 40, lines: lost });
  expect(more).toEqual(["again"]);
});
