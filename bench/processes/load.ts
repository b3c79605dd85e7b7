// The publishing services: a process of its own, so that its work is not the gateway's.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { z } from "zod";
import { monotonicMs } from "../clock.ts";
import { loadMessages, placeholder, type Publishing } from "../messages.ts";
import { dataBytes, keyedBody, sampleData, singleBody } from "../payload.ts";
import { on, serve } from "../rig/serve.ts";

const data = sampleData(dataBytes);
const againAfterMs = 500;
const againWithinMs = 60_000;
const published = z.object({ id: z.string() });
let progress = { offered: 0, accepted: 0, failed: 0 };
let stopping = new AbortController();
let times: [string, number, number][] = [];

serve(
  on(loadMessages.fill, async ({ count, perRequest, ...publishing }) => {
    const client = connect(publishing);
    let left = count;
    await inParallel(publishing.connections, async () => {
      while (left > 0) {
        const size = Math.min(perRequest, left);
        left -= size;
        // Not what is measured: what a busy machine turns away is said again, as a publisher would.
        await client.post(size, againWithinMs);
      }
    });
    await client.close();
    return client.failures;
  }),

  on(loadMessages.closed, async ({ perRequest, warmUpMs, measureMs, ...publishing }) => {
    const client = connect(publishing);
    const fromMs = monotonicMs() + warmUpMs;
    const untilMs = fromMs + measureMs;
    const latenciesMs: number[] = [];
    let accepted = 0;
    let acceptedInAll = 0;
    await inParallel(publishing.connections, async () => {
      for (let sentAtMs = monotonicMs(); sentAtMs < untilMs; sentAtMs = monotonicMs()) {
        const ok = (await client.post(perRequest)) !== null;
        const answeredAtMs = monotonicMs();
        if (ok) acceptedInAll += perRequest;
        // Counted by the time of the answer: what was under way at either end is counted once.
        if (!ok || answeredAtMs < fromMs || answeredAtMs >= untilMs) continue;
        accepted += perRequest;
        latenciesMs.push(answeredAtMs - sentAtMs);
      }
    });
    await client.close();
    return { ...client.failures, accepted, acceptedInAll, seconds: measureMs / 1000, latenciesMs };
  }),

  on(loadMessages.open, async ({ ratePerSecond, durationMs, keepTimes, perRequest, ...publishing }) => {
    const client = connect(publishing);
    const { signal } = stopping;
    const mine = { offered: 0, accepted: 0, failed: 0 };
    progress = mine;
    const kept: [string, number, number][] = [];
    times = kept;
    const total = Math.round((ratePerSecond * durationMs) / 1000);
    const startMs = monotonicMs();
    const underWay = new Set<Promise<void>>();
    let latestMs = 0;
    const offer = async (): Promise<void> => {
      const sentAtMs = monotonicMs();
      const answer = await client.post(perRequest);
      if (answer === null) mine.failed += perRequest;
      else mine.accepted += perRequest;
      if (keepTimes && answer !== null) kept.push([published.parse(JSON.parse(answer)).id, sentAtMs, monotonicMs()]);
    };
    while (mine.offered < total && !signal.aborted) {
      const dueMs = startMs + (mine.offered * 1000) / ratePerSecond;
      const nowMs = monotonicMs();
      if (dueMs > nowMs) {
        await delay(dueMs - nowMs);
        continue;
      }
      latestMs = Math.max(latestMs, nowMs - dueMs);
      mine.offered += perRequest;
      const one = offer();
      underWay.add(one);
      void one.finally(() => underWay.delete(one));
    }
    await Promise.all(underWay);
    await client.close();
    return { ...client.failures, times: kept, latestMs };
  }),

  on(loadMessages.takeTimes, () => times.splice(0)),

  on(loadMessages.stop, () => {
    stopping.abort();
    stopping = new AbortController();
    return null;
  }),

  on(loadMessages.progress, () => ({ ...progress })),
);

function connect({ origin, key, tenants, connections, keys, native, ids }: Publishing) {
  const pool = new Pool(origin, { connections, pipelining: 1, bodyTimeout: 30_000, headersTimeout: 30_000 });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const bodies = native?.documents ?? tenants.map((tenant) => singleBody(tenant, data));
  const failures: { failed: number; firstFailure: string | null } = { failed: 0, firstFailure: null };
  let turn = 0;
  const nextBody = (): string => {
    if (keys !== undefined) return keyedBody(tenants, keys, turn++);
    const body = bodies[turn++ % bodies.length] ?? "";
    if (ids === true && turn % 2 === 0) return `{"id":"${randomUUID()}",${body.slice(1)}`;
    return native === undefined ? body : body.replace(placeholder, randomUUID());
  };
  const toRequest = (events: number): [path: string, body: string] => {
    if (events === 1 && native === undefined) return ["/v1/events", nextBody()];
    const list = `[${Array.from({ length: events }, nextBody).join(",")}]`;
    return native === undefined
      ? ["/v1/events/batch", `{"events":${list}}`]
      : [`/v1/catalogs/${native.catalog}/events`, list];
  };

  /** Publishes and returns the answer; null, counted, when it was not wholly accepted. Says it again for so long where it was turned away. */
  async function post(events: number, againForMs = 0): Promise<string | null> {
    const [path, body] = toRequest(events);
    const deadline = monotonicMs() + againForMs;
    try {
      let response = await pool.request({ path, method: "POST", headers, body });
      let text = await response.body.text();
      while (text.includes('"overloaded"') && monotonicMs() < deadline) {
        await delay(againAfterMs);
        response = await pool.request({ path, method: "POST", headers, body });
        text = await response.body.text();
      }
      if (response.statusCode === 202 && !text.includes('"problem"')) return text;
      failures.firstFailure ??= `${response.statusCode} ${text.slice(0, 300)}`;
    } catch (error) {
      failures.firstFailure ??= String(error);
    }
    failures.failed += events;
    return null;
  }
  return { post, failures, close: () => pool.close() };
}

async function inParallel(count: number, run: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, run));
}
