import * as sql from "#db/sql/evaluations.ts";
import { encodeId } from "#domain/ids.ts";
import { Problem, type Fault } from "#domain/problems.ts";
import type { Context } from "./context.ts";
import { askDeliverer, type EvaluationAnswer } from "./evaluations.ts";
import { newId } from "./newId.ts";

export interface TryInput {
  readonly expression: string;
  readonly kind: "filter" | "transform";
  /** A standard event. */
  readonly event?: object | undefined;
  /** Without an event: the type whose example is put into one. */
  readonly eventType?: string | undefined;
  readonly catalog?: string | undefined;
  readonly version?: string | undefined;
}

/** `result`: a JSON text, "null" where a filter gave nothing. `matched`: of a filter. */
export interface Tried {
  readonly result: string;
  readonly matched: boolean | undefined;
}

/**
 * Runs an expression as a subscription's filter or transform would be run, in a deliverer.
 * @throws {Problem} invalidExpression, expressionTimeout, expressionFailed, noEvaluator, unknownEventType, unknownVersion, invalidRequest
 */
export async function tryExpression(ctx: Context, input: TryInput): Promise<Tried> {
  const event = input.event === undefined ? await exampleEvent(ctx, input) : JSON.stringify(input.event);
  const kind = input.kind === "filter" ? "filter" : "evaluate";
  const [answer] = await askDeliverer(ctx, [{ kind, expression: input.expression, input: event }]);
  const { result, matched } = requireResult(answer);
  if (kind === "evaluate" && result === "") throw failed("The expression gave nothing.");
  return { result: result === "" ? "null" : result, matched };
}

function requireResult(answer: EvaluationAnswer | undefined): Extract<EvaluationAnswer, { ok: true }> {
  if (answer === undefined) throw new TypeError("a request without an answer");
  if (answer.ok) return answer;
  const { reason, message } = answer;
  const faults: Fault[] = [{ pointer: "/expression", detail: message }];
  if (reason === "invalid") throw new Problem("invalidExpression", message, faults);
  if (reason === "timeout") throw new Problem("expressionTimeout", message, faults);
  throw failed(message);
}

function failed(message: string): Problem {
  return new Problem("expressionFailed", message, [{ pointer: "/expression", detail: message }]);
}

/** The standard event that an event of this type with its example's data would be. */
async function exampleEvent(ctx: Context, { eventType, catalog, version }: TryInput): Promise<string> {
  if (eventType === undefined)
    throw new Problem("invalidRequest", "There is nothing to evaluate on.", [
      { pointer: "/event", detail: "must be given, or eventType, whose example is taken" },
    ]);
  const home = catalog ?? (eventType.startsWith("API.") ? "posthorn" : "default");
  const found = await ctx.store.run<{ version: string | null; example: string | null }>(sql.findVersionExample, [
    home,
    eventType,
    version ?? null,
  ]);
  const [row] = found;
  if (row === undefined)
    throw new Problem("unknownEventType", `There is no event type ${JSON.stringify(eventType)} in ${home}.`, [
      { pointer: "/eventType", detail: `names no event type of the catalog ${home}` },
    ]);
  if (row.version === null && version !== undefined)
    throw new Problem("unknownVersion", `The event type has no version ${JSON.stringify(version)}.`, [
      { pointer: "/version", detail: "names no version of the event type" },
    ]);
  if (row.example === null)
    throw new Problem("invalidRequest", "The event type has no example: give an event.", [
      { pointer: "/event", detail: "must be given, as the event type has no example" },
    ]);
  const about = {
    id: encodeId("event", newId(ctx.clock)),
    type: eventType,
    version: row.version,
    timestamp: new Date(ctx.clock()).toISOString(),
    tenantId: ctx.principal.tenantId ?? "example",
  };
  return `${JSON.stringify(about).slice(0, -1)},"data":${row.example}}`;
}
