import { describe, expect, inject, test } from "vitest";
import type { FaultRow } from "./row.ts";
import type { Scenario } from "./scenario.ts";
import { createStage, type RunningStage } from "./stage.ts";

const defaultTimeoutMs = 300_000;

/** Registers a group's scenarios as tests, each of which leaves its row for the table: all of them, or the fast ones. */
export function describeFaults(group: string, scenarios: readonly Scenario[]): void {
  const isAll = inject("faults") === "all";
  // By name as text: what a title takes from an object is cut after forty characters, and could not be chosen by its words.
  const chosen = scenarios
    .filter(({ fast }) => isAll || fast === true)
    .map((scenario) => [scenario.name, scenario] as const);
  describe.for([group])("%s", () => {
    // No timeout of vitest's: a scenario has one of its own, after which its row still says what is known.
    test.for(chosen)("%s", { timeout: 0 }, async ([name, scenario], { task }) => {
      const stage = createStage();
      const wrong = await within(scenario.timeoutMs ?? defaultTimeoutMs, play(scenario, stage));
      const figures = stage.figures();
      const row: FaultRow = { group, scenario: name, remarks: stage.remarks, wrong };
      task.meta.faultRow = figures ? { ...row, figures } : row;
      if (wrong.length > 0) console.error(stage.lastWords());
      expect(wrong).toEqual([]);
    });
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
