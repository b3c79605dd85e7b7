import { Problem } from "#domain/problems.ts";
import type { Publisher } from "../publish.ts";
import type { Published } from "./event.ts";

/** A publisher that tells what became of each event: accepted, replayed, or the code of its problem. */
export function counted(publisher: Publisher, count: (result: string) => void): Publisher {
  return {
    ...publisher,
    async publish(input, idempotencyKey, budget) {
      try {
        const published = await publisher.publish(input, idempotencyKey, budget);
        count(resultOf(published));
        return published;
      } catch (error) {
        count(codeOf(error));
        throw error;
      }
    },
    async publishBatch(items, idempotencyKey, budget) {
      try {
        const answers = await publisher.publishBatch(items, idempotencyKey, budget);
        for (const answer of answers) count(resultOf(answer));
        return answers;
      } catch (error) {
        for (const _ of items) count(codeOf(error));
        throw error;
      }
    },
  };
}

function resultOf(answer: Published | Problem): string {
  if (answer instanceof Problem) return answer.code;
  return answer.replayed ? "replayed" : "accepted";
}

function codeOf(error: unknown): string {
  return error instanceof Problem ? error.code : "internal";
}
