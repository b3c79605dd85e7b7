import { Problem, type Fault } from "#domain/problems.ts";
import type { Context } from "./context.ts";
import { askDeliverer } from "./evaluations.ts";
import type { SubscriptionFields } from "./subscriptionFields.ts";

/**
 * Has a deliverer judge the filter and the transform that are given: nothing that a tenant wrote is read as an expression here.
 * @throws {Problem} invalidExpression, noEvaluator
 */
export async function requireExpressions(
  ctx: Context,
  { filter, transform }: Pick<SubscriptionFields, "filter" | "transform">,
): Promise<void> {
  const given = Object.entries({ filter, transform }).flatMap(([field, expression]) =>
    typeof expression === "string" ? [{ pointer: `/${field}`, expression }] : [],
  );
  const requests = given.map(({ expression }) => ({ kind: "check", expression }) as const);
  const answers = await askDeliverer(ctx, requests);
  const faults: Fault[] = given.flatMap(({ pointer }, index) => {
    const answer = answers[index];
    return answer?.ok === false ? [{ pointer, detail: answer.message }] : [];
  });
  if (faults.length > 0) throw new Problem("invalidExpression", "The expression cannot be used.", faults);
}
