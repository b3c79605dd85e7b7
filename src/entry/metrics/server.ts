import { createServer } from "node:http";
import type { Registry } from "prom-client";

export interface MetricsServer {
  close(): void;
}

export interface MetricsServerOptions {
  readonly registry: Registry;
  /** 0: none is started. */
  readonly port: number;
  readonly host: string;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** Shows a deliverer's metrics on a port of their own. A port that cannot be had is said once: deliveries do not wait for it. */
export function serveMetrics({ registry, port, host, log }: MetricsServerOptions): MetricsServer {
  if (port === 0) return { close() {} };
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 },
    (ask, answer) => {
      if (ask.method !== "GET" || ask.url?.replace(/\?.*/, "") !== "/metrics") {
        answer.writeHead(404, { "content-type": "text/plain" }).end("Metrics are at GET /metrics.\n");
        return;
      }
      registry.metrics().then(
        (text) => answer.writeHead(200, { "content-type": registry.contentType }).end(text),
        (err: unknown) => {
          log.warn({ err }, "the metrics could not be written");
          answer.writeHead(500).end();
        },
      );
    },
  );
  server.maxConnections = 50;
  server.on("error", (err) =>
    log.warn(
      { err, port, host },
      "metrics are not served: choose another port with POSTHORN_METRICS_PORT, or 0 for none",
    ),
  );
  server.listen(port, host, () => log.info({ port, host }, "serving metrics"));
  server.unref();
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
