import { NotJson, OverLimit, OverTime } from "./bounds.ts";
import type { Evaluated } from "./terms.ts";

const MAX_MESSAGE = 300;

export type Failure = Extract<Evaluated, { ok: false }>;

/** What a person is told of what went wrong in an expression: short, with the position, without a stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof OverTime) return fault("timeout", "takes too long", error);
  if (error instanceof OverLimit) return fault("limit", error.message, error);
  if (error instanceof NotJson) return fault("failed", error.message, error);
  if (error instanceof RangeError) return fault("limit", `goes too deep or too far: ${error.message}`, error);
  const { code, message } = described(error);
  if (code === "D1012") return fault("timeout", "takes too long", error);
  if (code === "D1011") return fault("limit", "goes too deep: is there a recursion without end?", error);
  if (code === "D2014" || code === "D2015") return failure("limit", message, error);
  return failure(/^S\d{4}$/.test(code) ? "invalid" : "failed", message, error);
}

/** @param said goes on from "The expression" */
export function fault(reason: Failure["reason"], said: string, at?: unknown): Failure {
  return failure(reason, `The expression ${said}`, at);
}

function failure(reason: Failure["reason"], message: string, at?: unknown): Failure {
  const { position } = described(at);
  const text = message.replace(/\p{Cc}/gu, " ").toWellFormed();
  const where = position === undefined ? "" : ` (position ${position})`;
  const room = MAX_MESSAGE - where.length;
  return {
    ok: false,
    reason,
    message: `${text.length > room ? `${text.slice(0, room - 1).toWellFormed()}…` : text}${where}`,
  };
}

/** jsonata throws plain objects; what it did not foresee are errors of its own code. */
function described(error: unknown): { code: string; message: string; position: number | undefined } {
  const from = typeof error === "object" && error !== null ? error : {};
  return {
    code: "code" in from && typeof from.code === "string" ? from.code : "",
    message: "message" in from && typeof from.message === "string" ? from.message : "cannot be evaluated",
    position: "position" in from && typeof from.position === "number" ? from.position : undefined,
  };
}
