import type { Reporter, TestCase, TestModule } from "vitest/node";
import type { FaultRow } from "./row.ts";
import { faultTable } from "./table.ts";

/** Ends the output with the table of the scenarios that ran. */
export default class FaultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap((module) => [...module.children.allTests()]).flatMap(rowOf);
    // After all other output, the teardown's included. No row at all is nothing shown.
    process.once("exit", () => {
      process.stdout.write(`\n${faultTable(rows)}\n`);
      if (rows.length === 0) process.exitCode ||= 1;
    });
  }
}

function rowOf(test: TestCase): FaultRow[] {
  const { faultRow } = test.meta();
  const { state, errors } = test.result();
  if (faultRow !== undefined) return [faultRow];
  if (state !== "failed" || test.parent.type !== "suite") return [];
  const wrong = errors?.map((error) => error.message) ?? [];
  return [{ group: test.parent.name, scenario: test.name, remarks: [], wrong }];
}
