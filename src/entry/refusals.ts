import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Log } from "#api/log.ts";
import type { ApiMetrics } from "#api/metrics.ts";
import { problemDocument, problemStatus } from "#api/problem.ts";
import type { Clock } from "#domain/clock.ts";
import { encodeId } from "#domain/ids.ts";
import { Problem } from "#domain/problems.ts";
import { newId } from "#services/newId.ts";

export interface RefusalsOptions {
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
  readonly metrics?: ApiMetrics;
}

/** Answers to what never reaches the API: problems like all others, but written without reading the request. */
export interface Refusals {
  /** 503 `overloaded`, for a twentieth of what a publish costs. */
  turnAway(request: IncomingMessage, response: ServerResponse): void;
  /** What Node's parser or its time-outs refused: 400, 408 or 431, and the end of the connection. */
  malformed(error: Error, socket: Duplex): void;
}

const SAID_EVERY_MS = 1_000;
/** So long a caller may take to read why its connection ends. */
const LINGER_MS = 1_000;

export function createRefusals({ clock, log, metrics }: RefusalsOptions): Refusals {
  const overloaded = prepare(
    new Problem("overloaded", "The gateway has more to do than it can. Nothing was read: try again in a moment."),
  );
  const unreadable = {
    malformedRequest: prepare(new Problem("malformedRequest", "What came is not an HTTP/1.1 request.")),
    requestTimeout: prepare(new Problem("requestTimeout", "The request did not arrive in time.")),
    headersTooLarge: prepare(new Problem("headersTooLarge", "The request's headers have more than 16 KiB.")),
  };
  const requestId = (): string => encodeId("request", newId(clock));
  let turnedAway = 0;
  const note = ({ method = "", url = "" }: IncomingMessage): void => {
    metrics?.turnedAway(method);
    if (isPublish(method, url)) metrics?.published("overloaded");
    if (++turnedAway > 1) return;
    setTimeout(() => {
      log.warn({ requests: turnedAway, code: "overloaded" }, "requests turned away unread");
      turnedAway = 0;
    }, SAID_EVERY_MS).unref();
  };
  return {
    turnAway(request, response) {
      note(request);
      const id = requestId();
      const body = overloaded.body(id);
      const { status } = overloaded;
      response.writeHead(status, { ...headersOf(id, body), "retry-after": "1" }).end(body);
    },
    malformed(error, socket) {
      const { status, reason, body: bodyOf } = unreadable[codeOf(error)];
      const id = requestId();
      const body = bodyOf(id);
      const headers = Object.entries({ ...headersOf(id, body), connection: "close" });
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n${body}`);
      endSoon(socket);
    },
  };
}

/**
 * Our end alone closes nothing: a caller that never sends its own would keep the socket, and what it has sent of a body, for ever. What
 * it sends on is thrown away and no longer parsed, or a body that is complete after its 408 would be carried out. Closing at once would
 * be a reset where something is unread, and the answer might be lost.
 */
function endSoon(socket: Duplex): void {
  socket.removeAllListeners("data");
  // Node's parser reads from the handle beside the stream, until somebody listens.
  socket.on("data", () => {});
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once("close", () => clearTimeout(cut));
}

/** Whether the request publishes: one event, or many. */
export function isPublish(method: string, url: string): boolean {
  return method === "POST" && /^\/v1\/(?:catalogs\/[^/?]+\/)?events(?:\/batch)?(?:\?|$)/.test(url);
}

interface Prepared {
  readonly status: number;
  readonly reason: string;
  readonly body: (requestId: string) => string;
}

/** A problem is the same text each time, but for the request's id. */
function prepare(problem: Problem): Prepared {
  const status = problemStatus[problem.code];
  const [before = "", after = ""] = JSON.stringify(problemDocument(problem, "\n")).split(String.raw`\n`);
  return { status, reason: STATUS_CODES[status] ?? "", body: (requestId) => before + requestId + after };
}

function headersOf(requestId: string, body: string): Record<string, string> {
  return {
    "content-type": "application/problem+json",
    "content-length": String(body.length),
    "x-request-id": requestId,
  };
}

function codeOf(error: Error): "malformedRequest" | "requestTimeout" | "headersTooLarge" {
  const code = "code" in error ? error.code : undefined;
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "requestTimeout";
  return code === "HPE_HEADER_OVERFLOW" ? "headersTooLarge" : "malformedRequest";
}
