import { describe, expect, inject, test } from "vitest";
import type { FaultRow } from "./row.ts";
import type { Scenario } from "./scenario.ts";
import { createStage, type RunningStage } from "./stage.ts";

const defaultTimeoutMs = 180_000;
/** For the hooks that end what a scenario left. */
const cleaningMs = 30_000;

/** Registers a group's scenarios as tests, each of which leaves its row for the table: all of them, or the fast ones. */
export function describeFaults(group: string, scenarios: readonly Scenario[]): void {
  const isAll = inject("faults") === "all";
  describe(`${group}`, () => {
    for (const scenario of scenarios.filter(({ fast }) => isAll || fast === true)) {
      const { name, timeoutMs = defaultTimeoutMs } = scenario;
      test(`${name}`, { timeout: timeoutMs + cleaningMs }, async ({ task }) => {
        const stage = createStage();
        const wrong = await within(timeoutMs, play(scenario, stage));
        const figures = stage.figures();
        const row: FaultRow = { group, scenario: name, remarks: stage.remarks, wrong, ...(figures && { figures }) };
        task.meta.faultRow = row;
        expect(wrong, wrong.length > 0 ? stage.lastWords() : undefined).toEqual([]);
      });
    }
  });
}

async function play(scenario: Scenario, stage: RunningStage): Promise<string[]> {
  try {
    await scenario.run(stage);
    return await stage.settle();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function within(timeoutMs: number, wrong: Promise<string[]>): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const timer = setTimeout(() => resolve([`not over within ${timeoutMs / 1000} s`]), timeoutMs);
  return Promise.race([wrong.finally(() => clearTimeout(timer)), promise]);
}
