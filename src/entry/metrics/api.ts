import { Counter, Histogram, type Registry } from "prom-client";
import type { ApiMetrics } from "#api/metrics.ts";

/** What the API counts, in the registry that it shows. */
export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  const published = new Counter({
    name: "posthorn_published_events_total",
    help: "Events that were published over HTTP, by result: accepted, replayed (published before), or the code of the problem",
    labelNames: ["result"],
    registers,
  });
  const requests = new Counter({
    name: "posthorn_http_requests_total",
    help: "Requests to the API, by method, route and status; route none: a path that does not exist; route shed: turned away before it was read",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "posthorn_http_request_seconds",
    help: "How long requests to the API took, by route",
    labelNames: ["route"],
    buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  // Seen from the first scrape on: an alert on its absence would wait for the first event.
  published.inc({ result: "accepted" }, 0);
  return {
    published: (result) => published.inc({ result }),
    answered(answer) {
      requests.inc({ method: answer.method, route: answer.route, status: answer.status });
      seconds.observe({ route: answer.route }, answer.seconds);
    },
    turnedAway: (method) => requests.inc({ method, route: "shed", status: 503 }),
    text: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}
