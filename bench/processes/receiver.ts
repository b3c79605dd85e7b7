// One receiver for the deliverer and for the bare loop: it answers at once and remembers what came when.
import { createServer } from "node:http";
import { monotonicMs } from "../clock.ts";
import { receiverMessages } from "../messages.ts";
import { on, serve } from "../rig/serve.ts";

const port = Number(process.argv[2]);
const arrivals = new Map<string, number>();
const seen = { requests: 0, firstAtMs: 0, lastAtMs: 0, bodyBytes: 0 };

const server = createServer((request, response) => {
  request.on("data", (chunk: Buffer) => {
    seen.bodyBytes += chunk.length;
  });
  request.on("end", () => {
    remember(String(request.headers["webhook-id"]));
    response.writeHead(204).end();
  });
});
// As long as common servers keep idle connections; Node's own 5 s would close them between two measurements.
server.keepAliveTimeout = 65_000;

function remember(id: string): void {
  const nowMs = monotonicMs();
  if (seen.requests++ === 0) seen.firstAtMs = nowMs;
  if (arrivals.has(id)) return;
  arrivals.set(id, nowMs);
  seen.lastAtMs = nowMs;
}

server.listen({ host: "127.0.0.1", port }, () => {
  serve(
    on(receiverMessages.reset, () => {
      arrivals.clear();
      Object.assign(seen, { requests: 0, firstAtMs: 0, lastAtMs: 0, bodyBytes: 0 });
      return null;
    }),
    on(receiverMessages.seen, () => ({ ...seen, distinct: arrivals.size })),
    on(receiverMessages.arrivals, () => [...arrivals]),
  );
});
