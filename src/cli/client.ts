import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";

/** An answer of the gateway that was not a success. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Each fault of a refused request. */
  readonly faults: readonly { readonly pointer: string; readonly detail: string }[];

  constructor(status: number, code: string, message: string, faults: ApiError["faults"] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.faults = faults;
  }
}

export interface Client {
  get: (path: string) => Promise<unknown>;
  put: (path: string, body: unknown) => Promise<unknown>;
  /** For calls that may be repeated, because the second changes nothing; the body is JSON as it is written, to the byte. */
  postText: (path: string, text: string) => Promise<unknown>;
  /** For calls that may not. */
  postOnce: (path: string, body: unknown) => Promise<unknown>;
}

const fault = z.object({ pointer: z.string(), detail: z.string() });
const problem = z.object({ code: z.string(), detail: z.string(), errors: z.array(fault).default([]) });
const timeoutMs = 15_000;
const tries = 6;

/** The gateway's API with an operator key. Every call throws ApiError, or what fetch throws. */
export function createClient(origin: string, key: string): Client {
  async function call(method: string, path: string, body?: string): Promise<unknown> {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (response.ok) return text === "" ? undefined : JSON.parse(text);
    const said = problem.safeParse(parse(text));
    const unknown = { code: "unknown", detail: text.slice(0, 200), errors: [] };
    const { code, detail, errors } = said.success ? said.data : unknown;
    throw new ApiError(response.status, code, `${method} ${path}: ${response.status} ${code}: ${detail}`, errors);
  }
  return {
    get: (path) => persistently(() => call("GET", path)),
    put: (path, body) => persistently(() => call("PUT", path, JSON.stringify(body))),
    postText: (path, text) => persistently(() => call("POST", path, text)),
    postOnce: (path, body) => call("POST", path, JSON.stringify(body)),
  };
}

// A restart of the gateway or of its database is over in seconds, and the demo should live through one.
async function persistently(call: () => Promise<unknown>): Promise<unknown> {
  for (let n = 1; ; n++) {
    try {
      return await call();
    } catch (error) {
      const passing = !(error instanceof ApiError) || error.status === 503;
      if (!passing || n === tries) throw error;
      await delay(250 * n);
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
