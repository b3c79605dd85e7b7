import type { Context } from "hono";
import { Problem } from "#domain/problems.ts";
import { pointerTo, type EventInput, type Published, type Reading } from "#services/publish/event.ts";
import { parseMany, parseSingle, type BodyForm, type ManyForm, type SingleForm } from "#services/publish/parseBody.ts";
import type { ApiDeps } from "../deps.ts";
import type { ApiEnv } from "../env.ts";
import { problemDocument } from "../problem.ts";

/** What the routes that publish have in common. */

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const KEY = /^[\x21-\x7e]{1,255}$/;

export const singleTypes = /^application\/(json|cloudevents\+json|cloudevents-batch\+json)\s*(;|$)/i;
export const batchTypes = /^application\/(json|cloudevents-batch\+json)\s*(;|$)/i;

/** What can be wrong with an event. */
export const publishProblems = [
  "invalidParameter",
  "invalidId",
  "timestampOutOfRange",
  "unknownEventType",
  "foreignEventType",
  "reservedEventType",
  "unknownVersion",
  "invalidEnvelope",
  "invalidData",
  "tenantOutOfReach",
  "idConflict",
  "idempotencyConflict",
  "overloaded",
] as const;

/** The form of a body by its content type; plain JSON is the form of the path. */
export function formOf(c: Context<ApiEnv>, plain: BodyForm): BodyForm {
  const contentType = c.req.header("content-type") ?? "";
  if (/^application\/cloudevents-batch\+json/i.test(contentType)) return "cloudEventBatch";
  return /^application\/cloudevents\+json/i.test(contentType) ? "cloudEvent" : plain;
}

/** @throws {Problem} invalidParameter */
export function idempotencyKey(c: Context<ApiEnv>): string | null {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  if (KEY.test(key)) return key;
  throw new Problem("invalidParameter", "The Idempotency-Key cannot be used.", [
    { pointer: "header/idempotency-key", detail: "must be 1 to 255 visible ASCII characters" },
  ]);
}

/** Publishes the body, one event or many, and answers. */
export async function answerPublish(c: Context<ApiEnv>, deps: ApiDeps, form: BodyForm, reading: Reading = deps) {
  return form === "event" || form === "cloudEvent" || form === "native"
    ? answerSingle(c, deps, form, reading)
    : answerBatch(c, deps, form, reading);
}

async function answerSingle(c: Context<ApiEnv>, deps: ApiDeps, form: SingleForm, reading: Reading) {
  const key = idempotencyKey(c);
  const input = admitted(c, parseSingle(c.get("text"), form, reading));
  if (input instanceof Problem) throw input;
  const { replayed, ...answer } = await deps.publisher.publish(input, key, c.get("budget"));
  if (replayed) c.header("idempotent-replayed", "true");
  return c.json(answer, 202);
}

/** Publishes a body of many events and answers for each. */
export async function answerBatch(c: Context<ApiEnv>, deps: ApiDeps, form: ManyForm, reading: Reading = deps) {
  const key = idempotencyKey(c);
  const parsed = parseMany(c.get("text"), form, reading);
  const items = parsed.map((item) => (item instanceof Problem ? item : admitted(c, item)));
  const answers = await deps.publisher.publishBatch(items, key, c.get("budget"));
  const requestId = c.get("requestId");
  const data = answers.map((answer) => (answer instanceof Problem ? shownProblem(answer, requestId) : shown(answer)));
  if (answers.some((answer) => !(answer instanceof Problem))) return c.json({ data }, 202);
  const detail = "None of the events was accepted: `data` says why, for each.";
  throw new Problem("noneAccepted", detail, [], { extension: { data } });
}

function shownProblem(problem: Problem, requestId: string) {
  const { errors = [], ...rest } = problemDocument(problem, requestId);
  return { problem: { ...rest, errors: errors.map(({ pointer, detail }) => ({ pointer, detail })) } };
}

function shown({ id, acceptedAt }: Published) {
  return { id, acceptedAt };
}

/** A publisher's key that is bound to a tenant publishes for this one alone. */
function admitted(c: Context<ApiEnv>, input: EventInput): EventInput | Problem {
  const { tenantId } = c.get("principal");
  if (tenantId === null || tenantId === input.tenantId) return withTrace(c, input);
  return new Problem("tenantOutOfReach", "The key publishes for one tenant alone, and this is another one.", [
    { pointer: pointerTo(input, "tenantId"), detail: "is not the tenant of the key" },
  ]);
}

/** The trace of an event that names none: the request's own, where it has one (W3C Trace Context). */
function withTrace(c: Context<ApiEnv>, input: EventInput): EventInput {
  const traceparent = c.req.header("traceparent");
  if (input.traceId !== null || traceparent === undefined || !TRACEPARENT.test(traceparent)) return input;
  return { ...input, traceId: traceparent };
}
