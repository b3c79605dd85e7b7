import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { ApiError } from "../client.ts";
import { CatalogRefused } from "./options.ts";
import type { Diff } from "./report.ts";
import type { Source } from "./source.ts";

/** The gateway's answer to an installation, or to the question what one would change. */
export interface Installed {
  readonly catalog: string;
  readonly revision: number;
  readonly changed: boolean;
  readonly diff: Diff;
}

export interface CatalogGateway {
  /** @throws {ApiError} with the faults of the document, or what it would break */
  install(name: string, source: Source, dryRun: boolean): Promise<Installed>;
  /** The installed document, as YAML. */
  export(name: string): Promise<string>;
}

const fault = z.object({ pointer: z.string(), detail: z.string() });
const faults = z.array(fault).default([]);
const installed = z.object({
  catalog: z.string(),
  revision: z.number(),
  changed: z.boolean(),
  diff: z.object({ added: faults, changed: faults, removed: faults, breaking: faults }),
});
const problem = z.object({ code: z.string(), detail: z.string(), errors: faults });
const timeoutMs = 30_000;
const tries = 6;

/** The catalogs' part of the API, with an operator key. */
export function catalogGateway(origin: string, key: string): CatalogGateway {
  async function call(method: "GET" | "PUT", path: string, headers: Record<string, string>, body?: string) {
    const request = { method, headers: { authorization: `Bearer ${key}`, ...headers } };
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = fetch(`${origin}${path}`, { ...request, signal, ...(body === undefined ? {} : { body }) });
    // `fetch` says no more than "fetch failed" when nobody listens.
    const response = await sent.catch((cause: unknown) => {
      const advice = "Start one with npm start, or name it with --url.";
      throw new CatalogRefused(`No gateway answers at ${origin}. ${advice}`, { cause });
    });
    const text = await response.text();
    if (response.ok) return text;
    const { code, detail, errors } = problemOf(text);
    throw new ApiError(response.status, code, detail, errors);
  }
  return {
    async install(name, { text, format }, dryRun) {
      const path = `${pathOf(name)}${dryRun ? "?dryRun=true" : ""}`;
      const put = () => call("PUT", path, { "content-type": `application/${format}` }, text);
      return installed.parse(JSON.parse(await persistently(put)));
    },
    export: (name) => call("GET", pathOf(name), { accept: "application/yaml" }),
  };
}

/** A gateway that has just started has no deliverer yet that could look at a catalog's expressions. */
async function persistently(call: () => Promise<string>): Promise<string> {
  for (let n = 1; ; n++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 503 || n === tries) throw error;
      await delay(250 * n);
    }
  }
}

function pathOf(name: string): string {
  return `/v1/catalogs/${encodeURIComponent(name)}`;
}

function problemOf(text: string): z.infer<typeof problem> {
  try {
    return problem.parse(JSON.parse(text));
  } catch {
    return { code: "unknown", detail: `The gateway's answer cannot be read: ${text.slice(0, 200)}`, errors: [] };
  }
}
