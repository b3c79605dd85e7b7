import type { Agent, Dispatcher } from "undici";
import { type Connections, WiredHandler } from "./connections.ts";
import { ConnectFailure, isDisconnect, sendFailure } from "./failures.ts";
import { boundError, type Failure, type SendOutcome } from "./outcome.ts";

/** What all exchanges of a sender share. */
export interface ExchangeContext {
  connections: Connections;
  maxResponseBytes: number;
  /** A monotonic clock in milliseconds. */
  nowMs: () => number;
  /** The exchanges in flight: each adds itself, and takes itself out. */
  inFlight: Exchange[];
  /** Called when the last one in flight is out. */
  onIdle: () => void;
}

export interface ExchangeInput {
  request: Agent.DispatchOptions & { origin: string };
  timeoutMs: number;
  onLeaving: (() => void) | undefined;
  /** Aborted: the exchange is interrupted. */
  signal: AbortSignal | undefined;
  /** Called once. The connection may still be reading, or ending, then. */
  onOutcome: (outcome: SendOutcome) => void;
}

/** A body up to this length is read to its end, for the connection's sake; of a longer one only the excerpt is. */
const DRAIN_MAX_BYTES = 65_536;
/** 103s beyond this number are an attack. */
const MAX_INTERIM_RESPONSES = 100;

/**
 * One attempt: a request, its deadline and what came back, as undici's low-level handler. A POST takes 20 µs of CPU this
 * way, and 29 µs by `request()`, which makes a stream, two promises and an abort listener for every response.
 */
export class Exchange extends WiredHandler implements Dispatcher.DispatchHandler {
  readonly #context: ExchangeContext;
  readonly #input: ExchangeInput;
  readonly #startedMs: number;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #onAbort: (() => void) | null = null;
  #place = -1;
  #settled = false;
  #reused = false;
  #retried = false;
  #answering = false;
  #interim = 0;
  #status: number | null = null;
  #retryAfter: string | null = null;
  #drains = false;
  #received = 0;
  #excerpt: Buffer | null = null;

  constructor(context: ExchangeContext, input: ExchangeInput) {
    super();
    this.#context = context;
    this.#input = input;
    this.#startedMs = context.nowMs();
    this.#timer = setTimeout(expire, input.timeoutMs, this);
  }

  /** Sends. Whatever happens from here on ends in `onOutcome`. */
  start(): void {
    this.#place = this.#context.inFlight.push(this) - 1;
    const { signal } = this.#input;
    if (signal !== undefined) {
      this.#onAbort = () => {
        this.interrupt();
      };
      signal.addEventListener("abort", this.#onAbort);
    }
    this.#context.connections.dispatch(this.#input.request, this);
  }

  /** The deadline is over. A status that has come by then still counts. */
  expire(): void {
    const what = this.#controller === null ? "no connection was ready" : "no response came";
    this.#stop("timeout", `${what} within ${this.#input.timeoutMs} ms`);
  }

  /** Ends the attempt at once because this process stops. */
  interrupt(): void {
    this.#stop("interrupted", "the sender was interrupted");
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown rather than aborted: nothing has been written yet, and aborting would end a healthy connection.
    if (this.#settled) throw new Error("the attempt is over");
    this.#controller = controller;
    if (this.wire !== null) this.#reused = this.wire.requests++ > 0;
    this.#input.onLeaving?.();
  }

  onResponseStarted(): void {
    this.#answering = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) {
      if (++this.#interim > MAX_INTERIM_RESPONSES) controller.abort(new Error("too many interim responses"));
      return;
    }
    this.#status = status;
    this.#retryAfter = headers["retry-after"]?.toString() ?? null;
    const length = headers["content-length"];
    this.#drains = typeof length === "string" && Number(length) <= DRAIN_MAX_BYTES;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = this.#context.maxResponseBytes - this.#received;
    this.#received += chunk.length;
    if (room > 0) this.#keep(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (this.#drains || this.#received < this.#context.maxResponseBytes) return;
    this.#settle(null, null);
    controller.abort(new Error("enough was read"));
  }

  onResponseEnd(): void {
    this.#settle(null, null);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#settled) return;
    if (this.#isStale(error)) {
      this.#retried = true;
      this.#controller = null;
      this.#context.connections.dispatchFresh(this.#input.request, this);
      return;
    }
    if (this.#interim > MAX_INTERIM_RESPONSES) {
      this.#settle("protocol", `more than ${MAX_INTERIM_RESPONSES} interim responses came`);
      return;
    }
    const { failure, message } = sendFailure(error);
    this.#settle(failure, message, error instanceof ConnectFailure ? error.address : undefined);
  }

  #keep(bytes: Buffer): void {
    this.#excerpt = this.#excerpt === null ? bytes : Buffer.concat([this.#excerpt, bytes]);
  }

  /** A receiver may close an idle connection just as we write on it: then nothing was processed, and a second try is safe. */
  #isStale(error: Error): boolean {
    return this.#reused && !this.#retried && !this.#answering && isDisconnect(error);
  }

  #stop(failure: Failure, message: string): void {
    if (this.#settled) return;
    this.#settle(failure, message);
    this.#controller?.abort(new Error(message));
  }

  /**
   * The last one takes this one's place. A Set cost 4 µs a request: it rehashes all the time, and its dead tables in the old
   * generation kept finished exchanges alive until the next full collection.
   */
  #leave(): void {
    const { inFlight, onIdle } = this.#context;
    const last = inFlight.pop();
    if (last !== undefined && last !== this) {
      inFlight[this.#place] = last;
      last.#place = this.#place;
    }
    if (inFlight.length === 0) onIdle();
  }

  /** With a status in hand the status decides, whatever became of the body. */
  #settle(
    failure: Failure | null,
    error: string | null,
    address = this.#controller === null ? null : this.wire?.address,
  ): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    if (this.#onAbort !== null) this.#input.signal?.removeEventListener("abort", this.#onAbort);
    const status = this.#status;
    const succeeded = status !== null && status >= 200 && status < 300;
    const failed = status === null ? failure : "httpStatus";
    const sentence = status === null ? error : statusSentence(status);
    const outcome: SendOutcome = {
      outcome: succeeded ? "succeeded" : "failed",
      failure: succeeded ? null : failed,
      status,
      durationMs: Math.round(this.#context.nowMs() - this.#startedMs),
      error: succeeded || sentence === null ? null : boundError(sentence),
      responseBody: this.#excerpt === null ? null : excerptText(this.#excerpt, this.#received),
      address: address ?? null,
      retryAfter: this.#retryAfter,
    };
    if (this.#retried) outcome.retriedSocket = true;
    this.#excerpt = null;
    this.#leave();
    this.#input.onOutcome(outcome);
  }
}

function expire(exchange: Exchange): void {
  exchange.expire();
}

function statusSentence(status: number): string {
  const redirect = status >= 300 && status < 400 ? ", and redirects are not followed" : "";
  return `the receiver answered ${status}${redirect}`;
}

function excerptText(bytes: Buffer, received: number): string {
  const text = bytes.toString("utf8").replaceAll("\0", "");
  // A cut in the middle of a character is ours, not the receiver's: it leaves no replacement character.
  return received > bytes.length ? text.replace(/\uFFFD$/, "") : text;
}
