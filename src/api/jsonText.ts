import type { Context } from "hono";
import type { ApiEnv } from "./env.ts";

/** A response of JSON that was written as text, so that the types cannot see its shape. */
export type JsonText = Response & { readonly jsonText: true };

type JsonType =
  | "application/json"
  | "application/schema+json"
  | "application/yaml"
  | "application/cloudevents+json"
  | "application/cloudevents-batch+json";

/**
 * Answers with JSON text (or YAML) as it is: stored texts keep their numbers (`1.0`, `1e400`) and the order of their members, which being parsed
 * and written again would lose.
 */
export function jsonText(
  c: Context<ApiEnv>,
  text: string,
  status: 200 | 201 = 200,
  contentType: JsonType = "application/json",
): JsonText {
  const response = c.body(text, status, { "content-type": contentType });
  return Object.assign(response, { jsonText: true as const });
}
