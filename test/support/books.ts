// What end-to-end tests count: what was acknowledged, what arrived, and what the database says of it.
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { verify } from "#verify/index.ts";
import type { Gateway, TestEndpoint } from "./gateway.ts";
import { operatorKey } from "./processes.ts";
import { type Received, startReceiver } from "./receiver.ts";
import { until } from "./until.ts";

/** Two tenants: one with two endpoints, one with one. */
export interface Audience {
  readonly endpointsOf: ReadonlyMap<string, readonly TestEndpoint[]>;
  /** Every arrival whose signature holds. */
  readonly arrivals: Arrival[];
  /** Arrivals whose signature does not hold, as sentences. */
  readonly wrong: string[];
  /** Requests that have come and are not answered yet. */
  inFlight(): number;
}

export interface Arrival {
  readonly endpointId: string;
  readonly webhookId: string;
  /** The number that the load gave the event. */
  readonly n: number;
}

/** Receivers of the calling test; each answers 200 after `answerMs(nth)`. */
export async function startAudience(gateway: Gateway, answerMs: (nth: number) => number = () => 5): Promise<Audience> {
  const endpoints = new Map<string, TestEndpoint>();
  const arrivals: Arrival[] = [];
  const wrong: string[] = [];
  let inFlight = 0;
  const receiver = await startReceiver(async (request, nth) => {
    inFlight++;
    const endpoint = endpoints.get(request.path.slice(1));
    await note(request, endpoint, arrivals).catch((error: unknown) => wrong.push(String(error)));
    await delay(answerMs(nth));
    inFlight--;
  });
  onTestFinished(() => receiver.close());
  await gateway.eventType("load.made");
  const endpointsOf = new Map<string, TestEndpoint[]>();
  for (const count of [2, 1]) {
    const tenantId = await gateway.tenant();
    const made: TestEndpoint[] = [];
    for (let i = 0; i < count; i++) {
      const name = `${tenantId}-${i}`;
      const endpoint = await gateway.endpoint({ tenantId, url: receiver.url + name, retrySchedule: [1, 1, 2, 2] });
      endpoints.set(name, endpoint);
      made.push(endpoint);
    }
    endpointsOf.set(tenantId, made);
  }
  return { endpointsOf, arrivals, wrong, inFlight: () => inFlight };
}

async function note(request: Received, endpoint: TestEndpoint | undefined, arrivals: Arrival[]): Promise<void> {
  if (!endpoint) throw new Error(`nobody is at ${request.path}`);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  const { id, payload } = await verify(request.body, Object.fromEntries(headers), endpoint.secret);
  const n = Number(JSON.stringify(payload).match(/"n":(\d+)/)?.[1]);
  arrivals.push({ endpointId: endpoint.id, webhookId: id, n });
}

/** What was acknowledged: by the load's number, the id in the answer and the tenant. */
export type Acknowledged = ReadonlyMap<number, { readonly id: string; readonly tenantId: string }>;

export interface Load {
  readonly acknowledged: Acknowledged;
  /** How many publishes had to be said again because no answer came, or a 5xx. */
  repeated(): number;
  /** Makes no more events, and waits until all that were begun are acknowledged. */
  stop(): Promise<void>;
}

/**
 * Publishes `perSecond` events a second by writers that wait for each answer, and say it again under the same id (every other one:
 * under the same Idempotency-Key, where the gateway makes the id) until they have one.
 */
export function startLoad(apiUrl: () => string, audience: Audience, perSecond: number): Load {
  const acknowledged = new Map<number, { id: string; tenantId: string }>();
  const tenants = [...audience.endpointsOf.keys()];
  const writers = 10;
  const begun = performance.now();
  let next = 0;
  let repeated = 0;
  const stopping = new AbortController();
  const write = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const n = next++;
      await delay(Math.max(0, begun + (n * 1000) / perSecond - performance.now()));
      const tenantId = tenants[n % tenants.length] ?? "";
      for (;;) {
        const id = await publish(apiUrl(), tenantId, n);
        if (id !== undefined) {
          acknowledged.set(n, { id, tenantId });
          break;
        }
        repeated++;
        await delay(50);
      }
    }
  };
  const done = Promise.all(Array.from({ length: writers }, write));
  return {
    acknowledged,
    repeated: () => repeated,
    async stop() {
      stopping.abort();
      let all = false;
      void done.then(() => (all = true));
      await until(() => all, { deadlineMs: 30_000, what: "every publish was acknowledged at last" });
    },
  };
}

async function publish(apiUrl: string, tenantId: string, n: number): Promise<string | undefined> {
  const event = { type: "load.made", tenantId, data: { n } };
  const [body, headers] =
    n % 2 === 0 ? [{ ...event, id: `load-${n}` }, {}] : [event, { "idempotency-key": `key-${n}` }];
  try {
    const response = await fetch(`${apiUrl}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${operatorKey}`, ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    });
    const text = await response.text();
    if (response.status === 202) return /"id":"([^"]+)"/.exec(text)?.[1];
    if (response.status < 500) throw new RefusedPublish(`${response.status} ${text}`);
    return undefined;
  } catch (error) {
    if (error instanceof RefusedPublish) throw error;
    return undefined;
  }
}

class RefusedPublish extends Error {
  override readonly name = "RefusedPublish";
}

/**
 * The books at the end: everything acknowledged has arrived at every endpoint within 30 s, rightly signed and under one id, and the
 * database says the same. Returns the count of requests beyond one a delivery.
 */
export async function expectBooksToBalance(gateway: Gateway, load: Load, audience: Audience): Promise<number> {
  await load.stop();
  const { acknowledged } = load;
  const expected = [...acknowledged].flatMap(([n, { tenantId }]) =>
    (audience.endpointsOf.get(tenantId) ?? []).map((endpoint) => `${n} ${endpoint.id}`),
  );
  const missing = (): string[] => {
    const arrived = new Set(audience.arrivals.map((a) => `${a.n} ${a.endpointId}`));
    return expected.filter((key) => !arrived.has(key));
  };
  await until(() => missing().length === 0, { deadlineMs: 30_000, what: "all that was acknowledged arrived" }).catch(
    () => expect(missing(), "acknowledged, and not arrived within 30 s").toEqual([]),
  );
  expect(audience.wrong).toEqual([]);
  for (const { n, webhookId } of audience.arrivals) expect(webhookId).toBe(acknowledged.get(n)?.id);
  await expectDatabaseToAgree(gateway, acknowledged.size, expected.length);
  return audience.arrivals.length - expected.length;
}

async function expectDatabaseToAgree(gateway: Gateway, events: number, deliveries: number): Promise<void> {
  const settled = { events, deliveries, delivered: deliveries, succeeded: deliveries, jobs: 0 };
  const found = async (): Promise<object> => {
    const [row] = await gateway.rows(
      `select (select count(*)::int from posthorn.events) as events, count(*)::int as deliveries,
         count(*) filter (where status = 'delivered')::int as delivered,
         (select count(distinct delivery_id)::int from posthorn.attempts where outcome = 'succeeded') as succeeded,
         (select count(*)::int from graphile_worker._private_jobs) as jobs
       from posthorn.deliveries`,
    );
    return row ?? {};
  };
  const agrees = async (): Promise<boolean> => JSON.stringify(await found()) === JSON.stringify(settled);
  await until(agrees, { deadlineMs: 30_000, everyMs: 200, what: "the database agrees" }).catch(() => {});
  expect(await found()).toEqual(settled);
}
