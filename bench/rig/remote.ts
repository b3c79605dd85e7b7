import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Message } from "../messages.ts";

/** A process of the bench's own: receiver, bare loop or load generator. */
export interface Remote {
  readonly pid: number;
  /** Rejects when the process ends before it has answered. */
  call<I extends z.ZodType, O extends z.ZodType>(message: Message<I, O>, input: z.input<I>): Promise<z.output<O>>;
  stop(): Promise<void>;
}

const reply = z.union([
  z.object({ call: z.number(), error: z.string() }),
  z.object({ call: z.number(), output: z.unknown() }),
]);

/** Starts `bench/processes/<name>.ts` and waits until it answers calls. */
export async function startRemote(name: string, args: readonly string[] = []): Promise<Remote> {
  const file = fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url));
  // Advanced: Infinity and NaN survive, and long arrays are not turned to text and back.
  const child = fork(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<void>();
  child.once("exit", (code, signal) => {
    const error = new Error(`the bench's ${name} ended (${signal ?? `exit ${code}`})`);
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
  });
  child.once("message", () => ready.resolve());
  await ready.promise;
  child.on("message", (raw) => {
    const answer = reply.parse(raw);
    const call = waiting.get(answer.call);
    waiting.delete(answer.call);
    if ("error" in answer) call?.reject(new Error(`${name}: ${answer.error}`));
    else call?.resolve(answer.output);
  });
  let calls = 0;
  return {
    pid: child.pid ?? 0,
    async call(message, input) {
      const call = ++calls;
      const outcome = Promise.withResolvers<unknown>();
      waiting.set(call, outcome);
      child.send({ call, name: message.name, input });
      return message.output.parse(await outcome.promise);
    },
    stop: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
