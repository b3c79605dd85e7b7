// One receiver for the deliverer and for the bare loop: it answers at once, or where it is told so never, and remembers what came when.
import { createServer, type ServerResponse } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { monotonicMs } from "../clock.ts";
import { receiverMessages } from "../messages.ts";
import { readKeyed } from "../payload.ts";
import { on, serve } from "../rig/serve.ts";

const port = Number(process.argv[2]);
const arrivals = new Map<string, number>();
const timesAt = new Map<string, number[]>();
const seen = { requests: 0, firstAtMs: 0, lastAtMs: 0, bodyBytes: 0 };
const resolutionMs = 5;
const loopDelay = monitorEventLoopDelay({ resolution: resolutionMs });
loopDelay.enable();
let silent: ReadonlySet<string> = new Set();
let watchesOrder = false;
let tellsPathsApart = false;
let answerAfterMs = 0;
let failsEveryNth = 0;
/** By path and key. */
const ofKey = new Map<string, { last: number; underWay: boolean }>();
const order = { checked: 0, violations: 0 };

const server = createServer((request, response) => {
  const path = request.url ?? "";
  let body = "";
  request.on("data", (chunk: Buffer) => {
    seen.bodyBytes += chunk.length;
    if (watchesOrder) body += chunk.toString("latin1");
  });
  request.on("end", () => {
    const isNew = remember(path, String(request.headers["webhook-id"]));
    if (watchesOrder) checkOrder(path, body, response);
    // Whoever waits for the answer ends the connection himself.
    else if (!silent.has(path)) answer(response, isNew && arrivals.size % failsEveryNth === 0 ? 500 : 204);
  });
});
// As long as common servers keep idle connections; Node's own 5 s would close them between two measurements.
server.keepAliveTimeout = 65_000;

function answer(response: ServerResponse, status = 204): void {
  if (answerAfterMs === 0) response.writeHead(status).end();
  else setTimeout(() => response.writeHead(status).end(), answerAfterMs);
}

/** Whether it is new. */
function remember(path: string, id: string): boolean {
  const nowMs = monotonicMs();
  const times = timesAt.get(path);
  if (times === undefined) timesAt.set(path, [nowMs]);
  else times.push(nowMs);
  if (seen.requests++ === 0) seen.firstAtMs = nowMs;
  const name = tellsPathsApart ? `${path} ${id}` : id;
  if (arrivals.has(name)) return false;
  arrivals.set(name, nowMs);
  seen.lastAtMs = nowMs;
  return true;
}

function checkOrder(path: string, body: string, response: ServerResponse): void {
  const event = readKeyed(body);
  if (event === undefined) return answer(response);
  const name = `${path} ${event.key}`;
  const known = ofKey.get(name) ?? { last: 0, underWay: false };
  order.checked++;
  if (known.underWay || event.sequence !== known.last + 1) order.violations++;
  ofKey.set(name, known);
  Object.assign(known, { last: event.sequence, underWay: true });
  // Only after what else has arrived by now was read: two of a key at the same time are seen.
  setImmediate(() => {
    known.underWay = false;
    answer(response);
  });
}

server.listen({ host: "127.0.0.1", port }, () => {
  serve(
    on(receiverMessages.reset, () => {
      arrivals.clear();
      timesAt.clear();
      ofKey.clear();
      loopDelay.reset();
      Object.assign(seen, { requests: 0, firstAtMs: 0, lastAtMs: 0, bodyBytes: 0 });
      Object.assign(order, { checked: 0, violations: 0 });
      return null;
    }),
    on(receiverMessages.silence, (paths) => {
      silent = new Set(paths);
      return null;
    }),
    on(receiverMessages.seen, () => ({
      ...seen,
      distinct: arrivals.size,
      latestMs: loopDelay.max / 1e6 - resolutionMs,
    })),
    on(receiverMessages.arrivals, () => [...arrivals]),
    on(receiverMessages.arrivalsOf, (ids) => ids.map((id) => arrivals.get(id) ?? null)),
    on(receiverMessages.tellPathsApart, (tells) => {
      tellsPathsApart = tells;
      return null;
    }),
    on(receiverMessages.answerAfter, ({ ms }) => {
      answerAfterMs = ms;
      return null;
    }),
    on(receiverMessages.failFirst, ({ everyNth }) => {
      failsEveryNth = everyNth;
      return null;
    }),
    on(receiverMessages.takeArrivals, (ids) => {
      timesAt.clear();
      return ids.map((id) => {
        const atMs = arrivals.get(id) ?? null;
        arrivals.delete(id);
        return atMs;
      });
    }),
    on(receiverMessages.timesAt, (path) => timesAt.get(path) ?? []),
    on(receiverMessages.watchOrder, (watches) => {
      watchesOrder = watches;
      return null;
    }),
    on(receiverMessages.order, () => ({ ...order, keys: ofKey.size })),
  );
});
