import type { Failure } from "./outcome.ts";

/** A connection that did not come about. It carries no `code`: undici would take some codes for a reason to dial again. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  readonly failure: Failure;
  /** The address that was dialled, if it came to that. */
  readonly address: string | null;

  constructor(failure: Failure, message: string, options: { address?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.address = options.address ?? null;
  }
}

/** What kept one address from answering, before any byte of HTTP. */
export function dialFailure(error: Error, address: string, secure: boolean): ConnectFailure {
  const code = codeOf(error);
  const options = { address, cause: error };
  if (code === "UND_ERR_CONNECT_TIMEOUT")
    return new ConnectFailure("timeout", `${address} did not accept a connection in time`, options);
  // Once TCP stands, whatever goes wrong on https is the handshake, a disconnect included.
  if (secure && !("syscall" in error && error.syscall === "connect")) {
    return new ConnectFailure("tls", `the TLS handshake failed: ${error.message}`, options);
  }
  const meaning = CONNECT_CODES[code];
  return new ConnectFailure(
    "connection",
    meaning === undefined ? `could not connect: ${code}` : `${address} ${meaning}`,
    options,
  );
}

/** What an error means that ended a request before its status came. */
export function sendFailure(error: Error): { failure: Failure; message: string } {
  if (error instanceof ConnectFailure) return { failure: error.failure, message: error.message };
  const code = codeOf(error);
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") {
    return { failure: "interrupted", message: "the sender was closed" };
  }
  if (/^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return { failure: "tls", message: `TLS failed: ${error.message}` };
  // The parser's error has a name, but in 8.12 no code.
  if (error.name === "HTTPParserError" || /^UND_ERR_(?:HEADERS|RES)_/.test(code)) {
    return { failure: "protocol", message: `the response is not valid HTTP/1.1: ${error.message}` };
  }
  if (/^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED)/.test(code)) {
    return { failure: "protocol", message: `the request cannot be written: ${error.message}` };
  }
  // undici says "bad response" to an unasked-for 100 and "bad upgrade" to a 101.
  if (code === "UND_ERR_SOCKET" && error.message.startsWith("bad ")) {
    return { failure: "protocol", message: "the response begins with a status that was not asked for (100 or 101)" };
  }
  return { failure: "connection", message: "the connection ended before a response came" };
}

/** Whether an error is how a keep-alive connection looks that the receiver had closed in the meantime. */
export function isDisconnect(error: Error): boolean {
  const code = codeOf(error);
  return code === "ECONNRESET" || code === "EPIPE" || (code === "UND_ERR_SOCKET" && !error.message.startsWith("bad "));
}

/** Whether another address of the same name may do better. */
export function isUnreachable(error: Error): boolean {
  return codeOf(error) in CONNECT_CODES;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}

const CONNECT_CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached from this network",
  EADDRNOTAVAIL: "cannot be reached from this network",
};
