import { ALLOW_NOTHING, checkUrl, type AllowTargets } from "#domain/url.ts";
import { openConnections } from "./connections.ts";
import { Exchange } from "./exchange.ts";
import { createGuard } from "./guard.ts";
import { boundError, type SendOutcome } from "./outcome.ts";
import type { Resolver } from "./resolver.ts";

export interface SenderOptions {
  resolver: Resolver;
  userAgent: string;
  /** Targets that the address guard lets through, and over plain http. */
  allow?: AllowTargets;
  /** This host's own addresses (`hostAddresses()`), which are refused like private ones. */
  ownAddresses?: readonly string[];
  /** How much of a response's body is kept. */
  maxResponseBytes?: number;
  connectTimeoutMs?: number;
  /** Requests to an origin beyond these wait for a connection, within their deadline: set it to the number of slots. */
  connectionsPerOrigin?: number;
  /** Connections that are kept open for next requests: beside so many, the first to another origin ends with its request. */
  keptConnections?: number;
  /** PEM certificates to trust instead of the built-in ones. */
  ca?: string;
  /** A monotonic clock in milliseconds. */
  nowMs?: () => number;
}

export interface SendRequest {
  url: string;
  /** Names in lower case. `host`, `content-length` and other hop-by-hop names must not be among them. */
  headers: Readonly<Record<string, string>>;
  body: string | Buffer;
  /** Total: name look-up, connection, request and response. */
  timeoutMs: number;
  /** Called when a connection is ready and the request leaves; again where a dead connection makes it leave twice. */
  onLeaving?: (() => void) | undefined;
  /** Aborted: the outcome is `interrupted`. To stop everything at once, `Sender.interrupt` costs less. */
  signal?: AbortSignal;
}

export interface Sender {
  /** POSTs once and says what became of it. Never rejects. */
  send(request: SendRequest): Promise<SendOutcome>;
  /** Ends all requests in flight at once, as `interrupted`. */
  interrupt(): void;
  /** Takes no more requests, waits for those in flight, and ends all connections. */
  close(): Promise<void>;
  inFlight(): number;
}

/** A target's origin and path, or why the address rules refuse its URL. */
type Target = { origin: string; path: string } | { reason: string };

/** Parsing and judging a URL costs 2 µs, a third of what the sender itself may cost: targets repeat, so they are kept. */
const TARGETS_KEPT = 10_000;

export function createSender(options: SenderOptions): Sender {
  const { allow = ALLOW_NOTHING, ownAddresses = [], maxResponseBytes = 4096, connectTimeoutMs = 5000 } = options;
  const {
    connectionsPerOrigin = 256,
    keptConnections = 250,
    nowMs = () => performance.now(),
    resolver,
    userAgent,
    ca,
  } = options;
  const guard = { resolver, allow, ownAddresses, connectTimeoutMs, ...(ca === undefined ? {} : { ca }) };
  const connections = openConnections({ connect: createGuard(guard), connectionsPerOrigin, keptConnections });
  const idle = Promise.withResolvers<void>();
  const inFlight: Exchange[] = [];
  let closed = false;
  const onIdle = () => {
    if (closed) idle.resolve();
  };
  const context = { connections, maxResponseBytes, nowMs, inFlight, onIdle };
  const targetOf = keepTargets(allow, ownAddresses);

  return {
    send: ({ url, headers, body, timeoutMs, onLeaving, signal }) => {
      const target = targetOf(url);
      if ("reason" in target) return Promise.resolve(unsent("blockedAddress", `the URL ${target.reason}`));
      if (closed || signal?.aborted === true)
        return Promise.resolve(unsent("interrupted", "the sender was interrupted"));
      const { origin, path } = target;
      const request = { origin, path, method: "POST", headers: headerList(headers, userAgent), body };
      return new Promise((onOutcome) => {
        new Exchange(context, { request, timeoutMs, onLeaving, signal, onOutcome }).start();
      });
    },
    interrupt: () => {
      for (const exchange of inFlight.slice()) exchange.interrupt();
    },
    close: async () => {
      closed = true;
      if (inFlight.length > 0) await idle.promise;
      await connections.destroy();
    },
    inFlight: () => inFlight.length,
  };
}

function keepTargets(allow: AllowTargets, ownAddresses: readonly string[]): (url: string) => Target {
  const kept = new Map<string, Target>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const checked = checkUrl(text, allow, ownAddresses);
    const target = checked.ok
      ? { origin: checked.url.origin, path: checked.url.pathname + checked.url.search }
      : { reason: checked.reason };
    if (kept.size >= TARGETS_KEPT) kept.delete(kept.keys().next().value ?? "");
    kept.set(text, target);
    return target;
  };
}

/** The flat list that undici reads fastest. */
function headerList(headers: Readonly<Record<string, string>>, userAgent: string): string[] {
  const list = "user-agent" in headers ? [] : ["user-agent", userAgent];
  for (const name of Object.keys(headers)) list.push(name, headers[name] ?? "");
  return list;
}

function unsent(failure: "blockedAddress" | "interrupted", error: string): SendOutcome {
  return {
    outcome: "failed",
    failure,
    status: null,
    durationMs: 0,
    error: boundError(error),
    responseBody: null,
    address: null,
    retryAfter: null,
  };
}
