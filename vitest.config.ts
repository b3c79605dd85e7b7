import { globSync, readFileSync } from "node:fs";
import { configDefaults, defineConfig } from "vitest/config";

// Of the faults only the fast ones; a file that has none would be a file without a test.
const slowFaults = globSync("test/faults/**/*.test.ts").filter(
  (path) =>
    readFileSync(path, "utf8").includes("describeFaults(") && !readFileSync(path, "utf8").includes("fast: true"),
);

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...slowFaults],
    provide: { faults: "fast" },
    globalSetup: ["test/support/postgres.ts"],
    reporters: ["default", "./test/support/reporter.ts"],
    // Processes, not threads: a test file may end or signal what it started. Three on two cores, because most wait.
    pool: "forks",
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 15_000,
  },
});
