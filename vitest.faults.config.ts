import { defineConfig } from "vitest/config";

/** The whole table of faults: `npm run test:faults`. */
export default defineConfig({
  test: {
    include: ["test/faults/**/*.test.ts"],
    globalSetup: ["test/support/postgres.ts"],
    provide: { faults: "all" },
    reporters: ["default", "./test/faults/harness/reporter.ts"],
    pool: "forks",
    maxWorkers: 3,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
