import { defineConfig } from "vitest/config";

const all = "test/faults/**/*.test.ts";
/** What takes the whole machine leaves nothing for others, and says nothing beside them. */
const alone = ["test/faults/publishers/flood.test.ts", "test/faults/receivers/origins.test.ts"];

/** The whole table of faults: `npm run test:faults`. Three files at once, and after them one by one what takes the whole machine. */
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
      { extends: true, test: { name: "faults", include: [all], exclude: alone, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
