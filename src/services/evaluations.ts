import * as sql from "#db/sql/evaluations.ts";
import { Problem } from "#domain/problems.ts";
import type { Context } from "./context.ts";
import { newId } from "./newId.ts";

/**
 * Expressions are evaluated by deliverers alone: the API hands them over in a table, and waits a second. `input`: a JSON text.
 * `check` only reads the expression; `filter` also tells whether the result counts as a yes.
 */
export type EvaluationRequest =
  | { readonly kind: "evaluate" | "filter"; readonly expression: string; readonly input: string }
  | { readonly kind: "check"; readonly expression: string };

/** `result`: a JSON text, or "" where there is none; `matched`: of a filter. */
export type EvaluationAnswer =
  | { readonly ok: true; readonly result: string; readonly matched?: boolean }
  | { readonly ok: false; readonly reason: "invalid" | "timeout" | "limit" | "failed"; readonly message: string };

const pollMs = 15;
const patienceMs = 1_000;

/**
 * What a deliverer answers to each of the requests, in order.
 * @throws {Problem} noEvaluator: none answered within a second
 */
export async function askDeliverer(
  ctx: Pick<Context, "store" | "clock">,
  requests: readonly EvaluationRequest[],
): Promise<readonly EvaluationAnswer[]> {
  if (requests.length === 0) return [];
  const id = newId(ctx.clock);
  const end = performance.now() + patienceMs;
  await ctx.store.run(sql.askEvaluation, [id, JSON.stringify(requests)]);
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    const [row] = await ctx.store.run<{ answer: string }>(sql.readAnswer, [id]);
    // Written by src/delivery/evaluations.ts, of the same version: nobody else writes this table.
    if (row !== undefined) return JSON.parse(row.answer);
  }
  await ctx.store.run(sql.withdrawEvaluation, [id]);
  throw new Problem("noEvaluator", "No deliverer evaluated the expression within a second. Is one running?");
}
