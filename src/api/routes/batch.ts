import { createRoute, z } from "@hono/zod-openapi";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation } from "../kit.ts";
import { cloudEventBatch } from "./cloudEvents.ts";
import { batchAnswer, eventInput, idempotencyHeader } from "./eventSchemas.ts";
import { answerBatch, batchTypes } from "./publishing.ts";

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
