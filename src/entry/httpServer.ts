import { createServer, type Server, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Api } from "#api/deps.ts";

/** A server that can be drained. */
export interface HttpServer {
  /** @throws with `code` EADDRINUSE and its like */
  listen(port: number, host: string): Promise<void>;
  /** Accepts nothing more, lets requests in flight end, cuts off what is left after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

/**
 * The time-outs bound what a caller that sends slowly, or not at all, can hold: it costs a socket and what it has sent so far, and
 * nobody waits for it.
 */
export function createHttpServer(api: Api): HttpServer {
  const options = {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16_384,
  };
  const server = createServer(options);
  server.maxConnections = 10_000;
  const unanswered = new Set<ServerResponse>();
  let draining = false;
  // Before the API's own listener.
  server.on("request", (_request, response) => {
    if (draining) sayGoodbye(response);
    unanswered.add(response);
    response.once("close", () => unanswered.delete(response));
  });
  server.on("request", getRequestListener(api.fetch));
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
