import * as sql from "#db/sql/evaluations.ts";
import { Problem } from "#domain/problems.ts";
import type { Store } from "#db/store.ts";
import type { Context, Principal } from "./context.ts";
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

/** Whom it concerns: the database, and who asks. */
export type AskingContext = Pick<Context, "store" | "clock" | "principal">;

const pollMs = 15;
const patienceMs = 1_000;
/** Of one asker in this process: those behind them would not have their turn within the second. */
const maxWaiting = 8;
const waiting = new WeakMap<Store, Map<string, number>>();

/**
 * What a deliverer answers to each of the requests, in order. Askers take turns: a tenant, or who asks for the operator.
 * @throws {Problem} noEvaluator: none answered within a second, or too many of the asker wait already
 */
export async function askDeliverer(
  ctx: AskingContext,
  requests: readonly EvaluationRequest[],
): Promise<readonly EvaluationAnswer[]> {
  if (requests.length === 0) return [];
  const asker = askerOf(ctx.principal);
  const counts = waiting.get(ctx.store) ?? new Map<string, number>();
  waiting.set(ctx.store, counts);
  const count = counts.get(asker) ?? 0;
  if (count >= maxWaiting)
    throw new Problem(
      "noEvaluator",
      `${maxWaiting} expressions of yours wait already: try again when one is answered.`,
    );
  counts.set(asker, count + 1);
  try {
    return await askInTurn(ctx, asker, requests);
  } finally {
    const left = (counts.get(asker) ?? 1) - 1;
    if (left > 0) counts.set(asker, left);
    else counts.delete(asker);
  }
}

function askerOf({ tenantId, actor }: Principal): string {
  return tenantId === null ? actor : `tenant:${tenantId}`;
}

async function askInTurn({ store, clock }: AskingContext, asker: string, requests: readonly EvaluationRequest[]) {
  const id = newId(clock);
  const end = performance.now() + patienceMs;
  await store.run(sql.askEvaluation, [id, asker, JSON.stringify(requests)]);
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    const answers = await readAnswers(store, id);
    if (answers !== null) return answers;
  }
  await store.run(sql.withdrawEvaluation, [id]);
  const detail = "No deliverer evaluated the expression within a second: none is running, or those that run are busy.";
  throw new Problem("noEvaluator", `${detail} Try again.`);
}

async function readAnswers(store: Store, id: string): Promise<readonly EvaluationAnswer[] | null> {
  const [row] = await store.run<{ answer: string }>(sql.readAnswer, [id]);
  // Written by src/delivery/evaluations.ts, of the same version: nobody else writes this table.
  return row === undefined ? null : JSON.parse(row.answer);
}
