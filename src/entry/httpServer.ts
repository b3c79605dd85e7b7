import { createServer, type Server } from "node:http";
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
  let draining = false;
  // Before the API's own listener: a connection that stays open would keep the server from closing.
  server.on("request", (_request, response) => {
    if (draining) response.setHeader("connection", "close");
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
      return closeWithin(server, graceMs);
    },
  };
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
