import { createRoute, z } from "@hono/zod-openapi";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation } from "../kit.ts";
import { cloudEvent, cloudEventBatch } from "./cloudEvents.ts";
import { batchAnswer, eventInput, idempotencyHeader, published } from "./eventSchemas.ts";
import { answerPublish, formOf, publishProblems, singleTypes } from "./publishing.ts";

const publishEvent = createRoute({
  method: "post",
  path: "/v1/events",
  operationId: "publishEvent",
  tags: ["Events"],
  summary: "Publish an event",
  description:
    "202 means that the event is committed: it will be delivered, or visibly fail. Takes the API's own form, and CloudEvents 1.0, one or a batch (answered as /v1/events/batch).",
  request: {
    headers: idempotencyHeader,
    body: {
      required: true,
      content: {
        "application/json": { schema: eventInput },
        "application/cloudevents+json": { schema: cloudEvent },
        "application/cloudevents-batch+json": { schema: cloudEventBatch },
      },
    },
  },
  responses: {
    202: {
      description: "It is committed",
      headers: z.object({
        "idempotent-replayed": z.literal("true").optional().openapi({
          description: "The same event was accepted before: this is the answer it got then",
        }),
      }),
      content: { "application/json": { schema: z.union([published, batchAnswer]) } },
    },
  },
});

export function registerEvents(api: Api, deps: ApiDeps): void {
  const { maxEventBytes, maxBatchBytes } = deps.config;
  const access = {
    roles: ["operator", "publisher"],
    problems: publishProblems,
    maxBodyBytes: (contentType: string | undefined) =>
      /batch/i.test(contentType ?? "") ? maxBatchBytes : maxEventBytes,
    rawBody: singleTypes,
  } as const;
  addOperation(api, deps, access, publishEvent, (c) => answerPublish(c, deps, formOf(c, "event")));
}
