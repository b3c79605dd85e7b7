import { createRoute, z } from "@hono/zod-openapi";
import type { Role } from "#db/schema.ts";
import { tryExpression } from "#services/expressions.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { jsonText } from "../jsonText.ts";
import { addOperation } from "../kit.ts";
import { json, jsonBody } from "../schemas.ts";

const everybody: readonly Role[] = ["operator", "publisher", "support", "tenant"];
const name = z.string().min(1).max(256);

const tryInput = z
  .strictObject({
    expression: z.string().min(1).max(8_192).openapi({ description: "JSONata; docs/catalogs.md tells its bounds" }),
    kind: z.enum(["filter", "transform"]).default("transform"),
    event: z.record(z.string(), z.unknown()).optional().openapi({ description: "A standard event" }),
    eventType: name.optional().openapi({ description: "Without `event`: its example is put into a standard event" }),
    catalog: name.optional().openapi({ description: "The event type's catalog; `default` when absent" }),
    version: name.optional().openapi({ description: "The version whose example is taken; the newest when absent" }),
  })
  .openapi("ExpressionTry", {
    example: {
      expression: "data.amount > 50",
      kind: "filter",
      event: { id: "inv-42-paid", type: "invoice.paid", tenantId: "acme", data: { amount: 99.5 } },
    },
  });

const tried = z
  .object({
    result: z.unknown().openapi({ description: "What the expression gave; null where a filter gave nothing" }),
    matched: z.boolean().optional().openapi({ description: "Of a filter: whether the event would be delivered" }),
  })
  .openapi("ExpressionResult", { example: { result: true, matched: true } });

const route = createRoute({
  method: "post",
  path: "/v1/expressions/try",
  operationId: "tryExpression",
  tags: ["Subscriptions"],
  summary: "Run a filter or a transform on one event",
  description: "It is run by a deliverer, as a subscription's is; the answer comes within a second.",
  request: { body: jsonBody(tryInput) },
  responses: { 200: json("What it gave", tried) },
});

export function registerExpressions(api: Api, deps: ApiDeps): void {
  const problems = [
    "invalidExpression",
    "expressionTimeout",
    "expressionFailed",
    "noEvaluator",
    "unknownEventType",
    "unknownVersion",
  ] as const;
  // The event, the expression, and what is around them.
  const maxBodyBytes = deps.limits.maxEventBytes + 65_536;
  addOperation(api, deps, { roles: everybody, problems, maxBodyBytes }, route, async (c) => {
    const { result, matched } = await tryExpression(deps.contextFor(c.get("principal")), c.req.valid("json"));
    return jsonText(c, matched === undefined ? `{"result":${result}}` : `{"result":${result},"matched":${matched}}`);
  });
}
