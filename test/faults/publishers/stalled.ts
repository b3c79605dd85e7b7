import { once } from "node:events";
import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { operatorKey, type ApiProcess } from "#test/processes.ts";

/** A connection that sent a part of a request, and then nothing more. */
export interface Stalled {
  /** What it was answered, once the gateway has ended it. */
  readonly ended: Promise<{ answer: string; afterMs: number }>;
}

/** Sends the head of a request of `declared` bytes and only `sent` of them. */
export async function stall(api: ApiProcess, path: string, declared: number, sent: number): Promise<Stalled> {
  const socket = connect(api.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  const begunMs = performance.now();
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
  const ended = new Promise<{ answer: string; afterMs: number }>((resolve) =>
    socket.once("close", () => resolve({ answer, afterMs: performance.now() - begunMs })),
  );
  await once(socket, "connect");
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: posthorn\r\nauthorization: Bearer ${operatorKey}\r\n` +
      `content-type: application/json\r\ncontent-length: ${declared}\r\n\r\n{"events":[`,
  );
  socket.write(" ".repeat(sent));
  return { ended };
}
