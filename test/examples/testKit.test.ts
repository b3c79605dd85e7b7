// The example of an operator's own test, run as its comment says.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, inject, test } from "vitest";

test("the example of an operator's own test passes", async () => {
  // Inside of another runner's process node:test would report to that one.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ["--test", "examples/testing/invoices.test.ts"], {
    env: { ...inherited, TEST_DATABASE_URL: inject("adminUrl") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, [exitCode]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(said).toContain("pass 1");
  expect(exitCode).toBe(0);
});
