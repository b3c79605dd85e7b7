import { z } from "zod";
import * as sql from "#db/sql/evaluations.ts";
import type { Store } from "#db/store.ts";
import type { EvaluationAnswer, EvaluationRequest } from "#services/evaluations.ts";
import type { Evaluator } from "./expressions/evaluator.ts";
import { isTrue } from "./expressions/truth.ts";
import { startLoop, type Loop, type LoopLog } from "./loop.ts";

const takeEveryMs = 60;
/** Requests under way in this process at most: the evaluator takes one after the other. */
const atOnce = 16;
/** So that the others need not wait for one who asks for much, or for what takes long. */
const atOnceOfOne = 2;
/** Who asked has an error by then. */
const tooOldMs = 1_000;
const forgetEveryMs = 10_000;
const forgottenAfterMs = 60_000;

const request: z.ZodType<readonly EvaluationRequest[]> = z.array(
  z.union([
    z.object({ kind: z.enum(["evaluate", "filter"]), expression: z.string(), input: z.string() }),
    z.object({ kind: z.literal("check"), expression: z.string() }),
  ]),
);

export interface EvaluationOptions {
  readonly store: Store;
  readonly evaluator: Evaluator;
  readonly log: LoopLog;
}

/** Answers what the API asks, whoever asks in turn: see src/services/evaluations.ts. Each request is taken by one deliverer; those of a dead one are lost. */
export function startEvaluations({ store, evaluator, log }: EvaluationOptions): Loop {
  /** With who asked for it. */
  const underWay = new Map<Promise<void>, string>();
  const serve = async (row: { id: string; request: string }): Promise<void> => {
    try {
      const answers: EvaluationAnswer[] = [];
      for (const one of request.parse(JSON.parse(row.request))) answers.push(await answerTo(evaluator, one));
      await store.run(sql.answerEvaluation, [row.id, JSON.stringify(answers)]);
    } catch (error) {
      log.warn({ err: error }, "an expression that the API asked about could not be evaluated");
    }
  };
  const loops = [
    startLoop("evaluations", takeEveryMs, log, async () => {
      const room = atOnce - underWay.size;
      if (room === 0) return;
      const values = [room, [...underWay.values()], atOnceOfOne, tooOldMs];
      const rows = await store.run<{ id: string; asker: string; request: string }>(sql.takeEvaluations, values);
      for (const row of rows) {
        const served = serve(row).finally(() => underWay.delete(served));
        underWay.set(served, row.asker);
      }
    }),
    startLoop("old_evaluations", forgetEveryMs, log, async () => {
      await store.run(sql.forgetEvaluations, [forgottenAfterMs]);
    }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await Promise.all(underWay.keys());
    },
  };
}

async function answerTo(evaluator: Evaluator, one: EvaluationRequest): Promise<EvaluationAnswer> {
  if (one.kind === "check") {
    const fault = await evaluator.check(one.expression);
    return fault === null ? { ok: true, result: "" } : { ok: false, reason: "invalid", message: fault };
  }
  const evaluated = await evaluator.evaluate(one.expression, one.input);
  if (one.kind === "evaluate" || !evaluated.ok) return evaluated;
  return { ...evaluated, matched: evaluated.result !== "" && isTrue(JSON.parse(evaluated.result)) };
}
