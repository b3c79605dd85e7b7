import type { Context, TypedResponse } from "hono";
import { HTTPException } from "hono/http-exception";
import { StoreUnavailable, isUnavailable } from "#db/store.ts";
import { Problem, problemTitles, type Fault, type ProblemCode } from "#domain/problems.ts";
import type { ApiEnv } from "./env.ts";
import type { Log } from "./log.ts";

/** The HTTP status of every code. 4xx: the caller can do something; 503: the same request may succeed a little later. */
export const problemStatus = {
  malformedRequest: 400,
  malformedJson: 400,
  malformedUtf8: 400,
  invalidParameter: 400,
  invalidCursor: 400,
  unauthorized: 401,
  forbidden: 403,
  tenantOutOfReach: 403,
  notFound: 404,
  methodNotAllowed: 405,
  requestTimeout: 408,
  alreadyExists: 409,
  versionInUse: 409,
  breakingChange: 409,
  catalogInUse: 409,
  versionPinned: 409,
  endpointDisabled: 409,
  notPolled: 409,
  endpointDeleted: 409,
  deliverySkipped: 409,
  notCancelable: 409,
  tooManyEndpoints: 409,
  tooManySubscriptions: 409,
  replayCompleted: 409,
  tooManyReplays: 409,
  tooManySecrets: 409,
  tooManyVersions: 409,
  bodyTooLarge: 413,
  unsupportedMediaType: 415,
  invalidRequest: 422,
  invalidId: 422,
  invalidText: 422,
  duplicateMember: 422,
  tooDeep: 422,
  unknownEventType: 422,
  reservedEventType: 422,
  unknownVersion: 422,
  unknownCatalog: 422,
  invalidData: 422,
  invalidSchema: 422,
  invalidExample: 422,
  invalidCatalog: 422,
  danglingPointer: 422,
  nameBreaksConvention: 422,
  duplicateName: 422,
  versionGap: 422,
  invalidDowngrade: 422,
  invalidExpression: 422,
  expressionTimeout: 422,
  expressionFailed: 422,
  schemaTooLarge: 422,
  schemaCycle: 422,
  remoteReference: 422,
  unsafePattern: 422,
  invalidEnvelope: 422,
  foreignEventType: 422,
  unknownPreference: 422,
  unknownTemplate: 422,
  tooManyEvents: 422,
  noneAccepted: 422,
  timestampOutOfRange: 422,
  invalidRange: 422,
  replayTooLarge: 422,
  forbiddenHeader: 422,
  forbiddenUrl: 422,
  invalidSchedule: 422,
  invalidSecret: 422,
  idConflict: 422,
  idempotencyConflict: 422,
  headersTooLarge: 431,
  noEvaluator: 503,
  overloaded: 503,
  unavailable: 503,
  keyServerUnavailable: 503,
  notReady: 503,
  internal: 500,
} as const satisfies Record<ProblemCode, number>;

/** An RFC 9457 problem, as the API shows it. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly requestId: string;
  readonly errors?: readonly Fault[];
}

/** The cause is for our log; the detail says no more than its reader may know. */
export function unauthorized(detail: string, cause?: unknown): Problem {
  return new Problem("unauthorized", detail, [], { cause });
}

export function problemDocument(problem: Problem, requestId: string): ProblemDocument {
  return {
    type: `/docs/errors#${problem.code.toLowerCase()}`,
    title: problemTitles[problem.code],
    status: problemStatus[problem.code],
    detail: problem.detail,
    code: problem.code,
    requestId,
    ...(problem.faults.length > 0 ? { errors: problem.faults } : {}),
    ...problem.extension,
  };
}

/** The answer to a problem. */
export function problemResponse(c: Context<ApiEnv>, problem: Problem): Response & TypedResponse {
  const status = problemStatus[problem.code];
  if (status === 401) c.header("www-authenticate", challengeOf(c));
  if (status === 503) c.header("retry-after", "1");
  c.header("content-type", "application/problem+json");
  return c.body(JSON.stringify(problemDocument(problem, c.get("requestId"))), status);
}

/** Makes every error an answer; an unexpected one is logged here, once, and shown to nobody. */
export function createErrorHandler(log: Log): (error: Error, c: Context<ApiEnv>) => Response {
  return (error, c) => {
    const problem = toProblem(error);
    const about = { requestId: c.get("requestId"), method: c.req.method, route: c.req.path, code: problem.code };
    const status = problemStatus[problem.code];
    if (status === 500) log.error({ ...about, err: problem.cause ?? problem }, "request failed");
    // During an outage every request gets one: a short line each, and no stacks.
    if (status === 503) log.warn({ ...about, reason: innermost(problem).message }, "request turned away");
    return problemResponse(c, problem);
  };
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}

function toProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailable || isUnavailable(error)) {
    return new Problem("unavailable", "The database cannot be reached. Try again in a moment.", [], { cause: error });
  }
  // A broken or stalled request body: nobody is there to read the answer.
  if (error instanceof HTTPException) return new Problem("malformedJson", "The body could not be read.");
  return new Problem("internal", "The gateway made a mistake; its log has the request id.", [], { cause: error });
}

// RFC 6750 section 3: no error code where no credentials were given.
function challengeOf(c: Context<ApiEnv>): string {
  const given = c.req.header("authorization") !== undefined;
  return given ? 'Bearer realm="posthorn", error="invalid_token"' : 'Bearer realm="posthorn"';
}
