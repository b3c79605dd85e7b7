import type { AttemptFailure } from "#db/schema.ts";

/** Why an attempt failed. */
export type Failure = AttemptFailure;

/** What became of one attempt. */
export interface SendOutcome {
  outcome: "succeeded" | "failed";
  /** Null when it succeeded. */
  failure: Failure | null;
  /** The HTTP status, or null when none came. */
  status: number | null;
  /** From the call to the answer, in whole milliseconds: name, connection and waiting included. */
  durationMs: number;
  /** A short sentence for people, at most 300 characters, without secrets. Null when it succeeded. */
  error: string | null;
  /** The beginning of the response's body as text, without NUL; null when no body came. */
  responseBody: string | null;
  /** The IP address that was dialled, or null when it did not come to that. */
  address: string | null;
  /** The Retry-After header as it came. */
  retryAfter: string | null;
  /** True when an idle connection turned out dead and the request went out once more on a fresh one. */
  retriedSocket?: boolean;
}

export const ERROR_MAX_LENGTH = 300;

/** Makes a sentence fit `SendOutcome.error`. */
export function boundError(text: string): string {
  const clean = text.replaceAll("\0", "").toWellFormed();
  return clean.length <= ERROR_MAX_LENGTH ? clean : `${clean.slice(0, ERROR_MAX_LENGTH - 1).toWellFormed()}…`;
}
