import { setTimeout as delay } from "node:timers/promises";
import { operatorKey } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { loadType } from "./audience.ts";
import type { Books } from "./books.ts";
import type { Audience, Load, LoadOptions } from "./scenario.ts";

/** Every event of every load in this process has a number of its own. */
let next = 0;

export interface RunningLoad extends Load {
  /** Answers that saying it again would not change, as sentences. */
  readonly refused: readonly string[];
  readonly isStopped: () => boolean;
}

/**
 * Publishes `perSecond` events a second by writers that wait for each answer, and say it again under the same id (every other one: under
 * the same Idempotency-Key, where the gateway makes the id) until they have one.
 */
export function startLoad(api: () => string, audience: Audience, books: Books, options: LoadOptions): RunningLoad {
  const { perSecond, bytes = 10 } = options;
  const tenants = [...audience.endpointsOf];
  const refused: string[] = [];
  const pad = "x".repeat(bytes);
  const begun = performance.now();
  let [turn, acknowledged, repeated] = [0, 0, 0];
  const stopping = new AbortController();
  const write = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const nth = turn++;
      await delay(Math.max(0, begun + (nth * 1000) / perSecond - performance.now()));
      const [tenantId, endpoints] = tenants[nth % tenants.length] ?? ["", []];
      const event = eventNumber(next++, tenantId, pad);
      for (;;) {
        const answer = await publish(api(), event);
        if (answer.id !== undefined) {
          books.acknowledge({ id: answer.id, tenantId, endpointIds: endpoints.map((e) => e.id), at: Date.now() });
          acknowledged++;
          break;
        }
        if (answer.refused !== undefined) {
          refused.push(answer.refused);
          break;
        }
        repeated++;
        await delay(200);
      }
    }
  };
  const writers = Math.min(200, Math.max(10, perSecond / 5));
  const done = Promise.all(Array.from({ length: writers }, write));
  const stop = async (): Promise<void> => {
    stopping.abort();
    let isOver = false;
    void done.finally(() => (isOver = true));
    await until(() => isOver, { deadlineMs: 120_000, what: "every publish was acknowledged at last" });
  };
  return {
    refused,
    isStopped: () => stopping.signal.aborted,
    acknowledged: () => acknowledged,
    repeated: () => repeated,
    stop,
  };
}

interface Publish {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function eventNumber(n: number, tenantId: string, pad: string): Publish {
  const event = { type: loadType, tenantId, data: { n, pad } };
  if (n % 2 === 0) return { body: JSON.stringify({ ...event, id: `load-${n}` }), headers: {} };
  return { body: JSON.stringify(event), headers: { "idempotency-key": `key-${n}` } };
}

/** The id; or what was refused for good; or neither, and then it is to be said again. */
async function publish(apiUrl: string, { body, headers }: Publish): Promise<{ id?: string; refused?: string }> {
  try {
    const response = await fetch(`${apiUrl}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${operatorKey}`, ...headers },
      body,
      signal: AbortSignal.timeout(5000),
    });
    const text = await response.text();
    const id = response.status === 202 ? /"id":"([^"]+)"/.exec(text)?.[1] : undefined;
    if (id !== undefined) return { id };
    // What is wrong with the gateway or too much for it now may be said again; a 500 says that it did not know what was wrong.
    return [429, 502, 503, 504].includes(response.status) ? {} : { refused: `${response.status} ${text}` };
  } catch {
    return {};
  }
}
