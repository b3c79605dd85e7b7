import { z, type RouteConfig } from "@hono/zod-openapi";
import { problemTitles, type ProblemCode } from "#domain/problems.ts";
import type { Access } from "./access.ts";
import { problemStatus } from "./problem.ts";

const onEveryRoute: readonly ProblemCode[] = ["internal"];
const withCredentials: readonly ProblemCode[] = [
  "unauthorized",
  "forbidden",
  "unavailable",
  "overloaded",
  "keyServerUnavailable",
];
const withBody: readonly ProblemCode[] = [
  "malformedJson",
  "malformedUtf8",
  "bodyTooLarge",
  "unsupportedMediaType",
  "invalidRequest",
  "invalidText",
  "duplicateMember",
  "tooDeep",
];

function problemsOf({ roles, problems = [] }: Access, { request }: RouteConfig): ProblemCode[] {
  const codes = [
    ...onEveryRoute,
    ...(roles.length > 0 ? withCredentials : []),
    ...(request?.params === undefined ? [] : (["invalidId", "notFound"] as const)),
    ...(request?.query === undefined ? [] : (["invalidParameter", "invalidCursor"] as const)),
    ...(request?.body === undefined ? [] : withBody),
    ...problems,
  ];
  return [...new Set(codes)];
}

/** What a route can answer besides what it is for: one response a status, that lists its codes. */
export function problemResponses(access: Access, route: RouteConfig): RouteConfig["responses"] {
  const byStatus = Map.groupBy(problemsOf(access, route), (code) => problemStatus[code]);
  const responses: RouteConfig["responses"] = {};
  for (const [status, group] of [...byStatus].toSorted(([a], [b]) => a - b)) {
    const lines = group.map((code) => `\`${code}\`: ${problemTitles[code]}`);
    responses[status] = {
      description: lines.join("; "),
      content: { "application/problem+json": { schema: problemSchema } },
    };
  }
  return responses;
}

const problemSchema = z
  .object({
    type: z
      .string()
      .openapi({ description: "URI reference of the code's explanation", example: "/docs/errors#notfound" }),
    title: z.string().openapi({ example: "There is no such thing" }),
    status: z.number().int().openapi({ example: 404 }),
    detail: z.string().openapi({ description: "What was wrong and what to do" }),
    code: z.string().openapi({
      description: "Stable, for programs; each is explained in /docs/errors",
      enum: Object.keys(problemTitles),
      example: "notFound",
    }),
    requestId: z.string().openapi({ example: "req_01j9zq2w6kf3t8v5b0c7x4m1ne" }),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .openapi({ description: "JSON Pointer into the body, or query/…, path/…", example: "/url" }),
          detail: z.string(),
          code: z
            .string()
            .optional()
            .openapi({ description: "Where faults of several kinds are told at once", example: "danglingPointer" }),
        }),
      )
      .optional(),
    data: z
      .array(z.record(z.string(), z.unknown()))
      .optional()
      .openapi({ description: "With `noneAccepted` only: why, for each event of the batch, as in a BatchAnswer" }),
  })
  .openapi("Problem", { description: "RFC 9457" });
