import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** One request as it arrived. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The exact bytes, as UTF-8 text. */
  body: string;
  /** When it was complete, milliseconds since 1970. */
  at: number;
}

/** What to answer; all optional: 200 at once. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  delayMs?: number;
  /** Close the connection instead of answering. */
  hangUp?: boolean;
}

export type Handler = (request: Received, count: number) => Answer | void | Promise<Answer | void>;

/** A tenant's server on loopback. */
export interface Receiver {
  url: string;
  port: number;
  /** All complete requests so far, in order of arrival. */
  requests: Received[];
  close(): Promise<void>;
}

/** Starts a receiver on a free port. The handler gets each request and its number, from 1. */
export async function startReceiver(handler: Handler = () => {}, port = 0): Promise<Receiver> {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    receive(request, response, handler, requests).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The receiver has no address.");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    port: address.port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  handler: Handler,
  requests: Received[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const { method = "", url: path = "", headers } = request;
  const received = { method, path, headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
  const count = requests.push(received);
  const answer = (await handler(received, count)) ?? {};
  if (answer.delayMs !== undefined) await delay(answer.delayMs);
  if (answer.hangUp) {
    response.destroy();
    return;
  }
  response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? "");
}
