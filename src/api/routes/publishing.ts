import type { Context } from "hono";
import { Problem } from "#domain/problems.ts";
import type { EventInput } from "#services/publish/event.ts";
import type { BodyForm } from "#services/publish/parseBody.ts";
import type { ApiEnv } from "../env.ts";

/** What the routes that publish have in common. */

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const KEY = /^[\x21-\x7e]{1,255}$/;

export const singleTypes = /^application\/(json|cloudevents\+json|cloudevents-batch\+json)\s*(;|$)/i;
export const batchTypes = /^application\/(json|cloudevents-batch\+json)\s*(;|$)/i;

/** The form of a body by its content type; plain JSON is the form of the path. */
export function formOf(c: Context<ApiEnv>, plain: "event" | "batch"): BodyForm {
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

/** The trace of an event that names none: the request's own, where it has one (W3C Trace Context). */
export function withTrace(c: Context<ApiEnv>, input: EventInput): EventInput {
  const traceparent = c.req.header("traceparent");
  if (input.traceId !== null || traceparent === undefined || !TRACEPARENT.test(traceparent)) return input;
  return { ...input, traceId: traceparent };
}
