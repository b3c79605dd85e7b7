import { z } from "zod";
import type { Message } from "../messages.ts";

type Answer = (input: unknown) => Promise<unknown>;

/** Ties a handler to its message; the pair goes to `serve`. */
export function on<I extends z.ZodType, O extends z.ZodType>(
  message: Message<I, O>,
  handler: (input: z.output<I>) => z.input<O> | Promise<z.input<O>>,
): [string, Answer] {
  return [message.name, async (input) => handler(message.input.parse(input))];
}

const envelope = z.object({ call: z.number(), name: z.string(), input: z.unknown() });

/** Answers the bench's calls, several at once, until its channel closes; then this process ends. */
export function serve(...handlers: [string, Answer][]): void {
  const byName = new Map(handlers);
  process.on("message", (raw) => {
    const { call, name, input } = envelope.parse(raw);
    const answer = byName.get(name) ?? (() => Promise.reject(new Error(`no handler for ${name}`)));
    answer(input).then(
      (output) => process.send?.({ call, output }),
      (error: unknown) => process.send?.({ call, error: error instanceof Error ? (error.stack ?? "") : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ ready: true });
}
