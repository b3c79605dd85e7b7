import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
