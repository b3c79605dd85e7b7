import { defineConfig } from "vitest/config";

const all = "test/faults/**/*.test.ts";
/** What offers more than the machine can do leaves nothing for others, and says nothing beside them. */
const flood = "test/faults/publishers/flood.test.ts";

/** The whole table of faults: `npm run test:faults`. Three files at once, and the flood after them by itself. */
export default defineConfig({
  test: {
    globalSetup: ["test/support/postgres.ts"],
    provide: { faults: "all" },
    reporters: ["default", "./test/faults/harness/reporter.ts"],
    pool: "forks",
    maxWorkers: 3,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "faults", include: [all], exclude: [flood], sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: "flood", include: [flood], sequence: { groupOrder: 1 } } },
    ],
  },
});
