import type { Reporter, TestModule } from "vitest/node";

/** Ends the output with a line of its own, `N passed, N failed`, and fails the run when a test failed or none ran. */
export default class CountReporter implements Reporter {
  private counts = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    // At exit, after all other output, the teardown's included.
    process.once("exit", () => {
      const { passed, failed, skipped } = this.counts;
      process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
      if (failed > 0 || passed === 0) process.exitCode ||= 1;
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) this.count(module);
  }

  // What breaks outside a test (an import, a hook) counts as one failure, unless a test already shows it.
  private count(module: TestModule): void {
    const tests = [...module.children.allTests()].map((test) => test.result().state);
    const failed = tests.filter((state) => state === "failed").length;
    this.counts.passed += tests.filter((state) => state === "passed").length;
    this.counts.skipped += tests.filter((state) => state === "skipped" || state === "pending").length;
    this.counts.failed += failed === 0 && module.state() === "failed" ? 1 : failed;
  }
}
