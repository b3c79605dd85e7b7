import type { Context } from "hono";
import { createRoute, z } from "@hono/zod-openapi";
import { Problem } from "#domain/problems.ts";
import type { Published } from "#services/publish/event.ts";
import { parseMany } from "#services/publish/parseBody.ts";
import type { Api, ApiDeps } from "../deps.ts";
import type { ApiEnv } from "../env.ts";
import { addOperation } from "../kit.ts";
import { problemDocument } from "../problem.ts";
import { cloudEventBatch } from "./cloudEvents.ts";
import { batchAnswer, eventInput, idempotencyHeader } from "./eventSchemas.ts";
import { batchTypes, idempotencyKey, withTrace } from "./publishing.ts";

const publishBatch = createRoute({
  method: "post",
  path: "/v1/events/batch",
  operationId: "publishEvents",
  tags: ["Events"],
  summary: "Publish up to 1,000 events",
  description:
    "Each event is accepted or refused for itself. 422 when none was accepted; the answer has the same `data` then. With an `Idempotency-Key` each event's key is the header's with its position behind it.",
  request: {
    headers: idempotencyHeader,
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({ events: z.array(eventInput).min(1).max(1000) }).openapi("EventBatch"),
        },
        "application/cloudevents-batch+json": { schema: cloudEventBatch },
      },
    },
  },
  responses: {
    202: { description: "At least one is committed", content: { "application/json": { schema: batchAnswer } } },
  },
});

export function registerBatch(api: Api, deps: ApiDeps): void {
  const { maxBatchBytes } = deps.config;
  const access = {
    roles: ["operator", "publisher"],
    problems: ["tooManyEvents", "noneAccepted", "overloaded", "invalidParameter"],
    maxBodyBytes: maxBatchBytes,
    rawBody: batchTypes,
  } as const;
  addOperation(api, deps, access, publishBatch, async (c) => {
    const cloud = /^application\/cloudevents/i.test(c.req.header("content-type") ?? "");
    return answerBatch(c, deps, cloud ? "cloudEventBatch" : "batch");
  });
}

/** Publishes a body of many events and answers for each. */
export async function answerBatch(c: Context<ApiEnv>, deps: ApiDeps, form: "batch" | "cloudEventBatch") {
  const key = idempotencyKey(c);
  const parsed = parseMany(c.get("text"), form, deps.limits, deps.clock);
  const items = parsed.map((item) => (item instanceof Problem ? item : withTrace(c, item)));
  const answers = await deps.publisher.publishBatch(items, key);
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
