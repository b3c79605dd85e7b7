import { Problem, type Fault, type ProblemCode } from "#domain/problems.ts";
import { checkRetrySchedule } from "#domain/retry.ts";
import { checkUrl, type AllowTargets } from "#domain/url.ts";

/** What may stand in an endpoint. Each rule throws a problem with its own code and place. */

export const TIMEOUT_DEFAULT_MS = 15_000;
export const TIMEOUT_MIN_MS = 100;
export const TIMEOUT_MAX_MS = 30_000;

/** Of a rate limit. */
export const RATE_LIMIT_MAX = 100_000;
export const RATE_LIMIT_WINDOW_MAX_SECONDS = 3600;

export function requireAllowedUrl(url: string, allow: AllowTargets): void {
  const checked = checkUrl(url, allow);
  if (!checked.ok) throw refusal("forbiddenUrl", `The URL ${checked.reason}.`, "/url", checked.reason);
}

export function requireSchedule(schedule: readonly number[]): void {
  const reason = checkRetrySchedule(schedule);
  if (reason !== null) throw refusal("invalidSchedule", `The retry schedule ${reason}.`, "/retrySchedule", reason);
}

const MAX_HEADERS = 32;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,2046}[\x21-\x7e])?$/;

/**
 * Those that would change where or how the request is read (undici lets a caller override even Host), and those that the gateway
 * sets itself.
 */
const forbiddenNames = new Set([
  "host",
  "content-length",
  "content-type",
  "content-encoding",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "te",
  "trailer",
  "expect",
  "cookie",
  "date",
  "user-agent",
  "accept-encoding",
  "traceparent",
  "tracestate",
]);
const forbiddenPrefixes = ["webhook-", "proxy-"];

export function requireHeaders(headers: Readonly<Record<string, string>>): void {
  const names = Object.keys(headers);
  if (names.length > MAX_HEADERS) {
    throw refusal("invalidRequest", `An endpoint may have ${MAX_HEADERS} headers at most.`, "/headers", "has too many");
  }
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const pointer = `/headers/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const reason = judgeHeader(name.toLowerCase(), value, seen);
    if (reason !== null)
      throw refusal(reason.code, `The header ${JSON.stringify(name)} ${reason.detail}.`, pointer, reason.detail);
    seen.add(name.toLowerCase());
  }
}

function judgeHeader(
  name: string,
  value: string,
  seen: ReadonlySet<string>,
): { code: ProblemCode; detail: string } | null {
  if (!NAME.test(name)) return { code: "forbiddenHeader", detail: "does not have the form of a header name" };
  if (forbiddenNames.has(name) || forbiddenPrefixes.some((prefix) => name.startsWith(prefix))) {
    return { code: "forbiddenHeader", detail: "may not be set: the gateway sets it, or the connection depends on it" };
  }
  if (seen.has(name)) return { code: "forbiddenHeader", detail: "stands twice, in different case" };
  if (VALUE.test(value)) return null;
  return { code: "forbiddenHeader", detail: "has a value that is not 1 to 2,048 printable ASCII characters" };
}

function refusal(code: ProblemCode, detail: string, pointer: string, reason: string): Problem {
  const fault: Fault = { pointer, detail: reason };
  return new Problem(code, detail, [fault]);
}
