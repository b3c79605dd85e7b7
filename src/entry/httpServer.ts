import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Api } from "#api/deps.ts";
import { isPublish, type Refusals } from "./refusals.ts";
import { Turns } from "./turns.ts";

/** A server that can be drained. */
export interface HttpServer {
  /** @throws with `code` EADDRINUSE and its like */
  listen(port: number, host: string): Promise<void>;
  /** Accepts nothing more, lets requests in flight end, cuts off what is left after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

export interface HttpServerOptions {
  readonly api: Api;
  readonly refusals: Refusals;
  /** How long a request may expect to wait for its turn; what would wait longer is turned away. */
  readonly maxWaitMs: number;
  /** Whether a publish would be refused: then it is turned away before it is read. */
  readonly isFull: () => boolean;
  /** How long a request may take to arrive; 30 s unless told. */
  readonly requestTimeoutMs?: number;
}

/** What whoever watches over the process asks: answered at once, whatever waits. */
const watched = new Set(["/healthz", "/readyz", "/metrics"]);

/**
 * The time-outs bound what a caller that sends slowly, or not at all, can hold: it costs a socket and what it has sent so far, and
 * nobody waits for it. What comes faster than it can be done waits for its turn, and is turned away when that would take too long.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { api, refusals, maxWaitMs, isFull, requestTimeoutMs = 30_000 } = options;
  const server = createServer({
    headersTimeout: Math.min(10_000, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16_384,
    // What one connection may make the process keep: of a body that nobody reads yet, and of answers behind one that is not ready.
    highWaterMark: 16_384,
  });
  server.maxConnections = 10_000;
  const unanswered = new Set<ServerResponse>();
  let draining = false;
  const listener = getRequestListener(api.fetch);
  const handle = ({ request, response }: Exchange): void => {
    // Its caller is gone, and heard nothing.
    if (!response.destroyed) void listener(request, response);
  };
  const turns = new Turns<Exchange>({ maxWaitMs, handle });
  server.on("request", (request, response) => {
    if (draining) sayGoodbye(response);
    unanswered.add(response);
    response.once("close", () => unanswered.delete(response));
    const { method = "", url = "" } = request;
    if (watched.has(url)) handle({ request, response });
    else if ((isPublish(method, url) && isFull()) || !turns.take({ request, response }))
      refusals.turnAway(request, response);
  });
  server.on("clientError", (error, socket) => {
    // Into an answer that is on its way nothing may be written.
    const isAnswering = unanswered.values().some((response) => response.socket === socket && response.headersSent);
    if (socket.writable && !isAnswering) refusals.malformed(error, socket);
    else socket.destroy(error);
  });
  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, 1024, () => {
          server.off("error", reject);
          resolve();
        });
      }),
    drain(graceMs) {
      draining = true;
      for (const response of unanswered) sayGoodbye(response);
      return closeWithin(server, graceMs);
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A connection that stays open would keep the server from closing, and its client from another server. */
function sayGoodbye(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("connection", "close");
}

function closeWithin(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // Connections that wait for their next request after this one are idle now and then: close them as they become so.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
