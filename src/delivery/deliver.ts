import { setTimeout as sleep } from "node:timers/promises";
import {
  holdDeliveries,
  loadDeliveries,
  recordOutcomes,
  type LoadedDelivery,
  type OutcomeRow,
} from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import type { Chance, Clock } from "#domain/clock.ts";
import { encodeId } from "#domain/ids.ts";
import { Batcher } from "./batcher.ts";
import { signatures, type Target, type Targets } from "./endpoints.ts";
import { nextAfter } from "./next.ts";
import type { SendOutcome } from "./outcome.ts";
import { persist } from "./persist.ts";
import type { Sender } from "./sender.ts";

export interface DeliverOptions {
  readonly store: Store;
  readonly sender: Sender;
  readonly targets: Targets;
  /** Makes the body of a delivery again whose expression had failed. */
  readonly rebuild: (deliveryId: string) => Promise<void>;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Aborts when writing must be given up: the process is about to end. */
  readonly signal: AbortSignal;
  /** False when this process has not been heard of for so long that others have taken its jobs. */
  readonly alive: () => boolean;
  readonly userAgent: string;
}

/** The tables a batch touches grow with it: bounded, so that no statement takes longer than a few tens of milliseconds. */
const batchSize = 250;
/** Waiting this long for company costs an outcome nothing (its receiver has answered) and halves the statements under half load. */
const outcomeDelayMs = 2;
const aliveEveryMs = 100;

/**
 * One delivery: load its row, send what it says, record what became of it. The job that calls this is a wake-up and carries no truth:
 * whatever the row says now decides. Resolves when the outcome is committed; rejects only when that had to be given up.
 */
export function createDeliver(options: DeliverOptions): (deliveryId: string) => Promise<void> {
  const { store, signal, targets, alive } = options;
  const loader = new Batcher<string, LoadedDelivery | { missing: true }>({
    maxSize: batchSize,
    maxInFlight: 2,
    delayMs: 0,
    run: async (ids) => {
      const rows = await persist<LoadedDelivery>(store, signal, loadDeliveries, [ids]);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? { missing: true });
    },
  });
  const recorder = new Batcher<OutcomeRow & { sentAt: number }, true>({
    maxSize: batchSize,
    maxInFlight: 2,
    delayMs: outcomeDelayMs,
    run: async (rows) => {
      await persist(store, signal, recordOutcomes, () => [
        JSON.stringify(rows.map((row) => ({ ...row, age_ms: Math.round(performance.now() - row.sentAt) }))),
      ]);
      return rows.map(() => true);
    },
  });
  const holder = new Batcher<string, true>({
    maxSize: batchSize,
    maxInFlight: 1,
    delayMs: outcomeDelayMs,
    run: async (ids) => {
      await persist(store, signal, holdDeliveries, [ids]);
      return ids.map(() => true);
    },
  });

  // A process that stalled (or lost the database) may have lost its jobs to others meanwhile: it first says that it lives, then looks again.
  const loadAlive = async (id: string): Promise<LoadedDelivery | { missing: true }> => {
    for (;;) {
      const row = await loader.add(id);
      if (alive()) return row;
      await sleep(aliveEveryMs, undefined, { signal });
    }
  };

  return async (deliveryId) => {
    let row = await loadAlive(deliveryId);
    // More than once where somebody redelivers again just when it has failed: what waits for its body is never sent with another one.
    while ("rebuild" in row && row.rebuild && row.lane === "open") {
      await options.rebuild(deliveryId);
      row = await loadAlive(deliveryId);
    }
    // The delivery is gone, or its event is, and then it must not stay queued.
    if ("missing" in row) {
      await holder.add(deliveryId);
      return;
    }
    if (row.status !== "queued") return;
    const target =
      row.lane === "open" && row.revision !== null ? await targets.get(row.endpoint_id, row.revision) : null;
    if (!target) {
      await holder.add(deliveryId);
      return;
    }
    const sentAt = performance.now();
    const nowMs = options.clock() + clockOffset(row, options.clock);
    const outcome = await attempt(options, row, target, nowMs);
    const next = nextAfter(outcome, target.retrySchedule, row.step, options.chance(), nowMs + outcome.durationMs);
    await recorder.add({
      delivery_id: row.id,
      attempts: row.attempts,
      age_ms: 0,
      sentAt,
      duration_ms: outcome.durationMs,
      outcome: outcome.outcome,
      failure: outcome.failure,
      http_status: outcome.status,
      error: outcome.error,
      response_body: outcome.responseBody,
      address: outcome.address,
      next: next.next,
      retry_ms: next.retryMs,
      step: next.step,
      gone: next.gone,
      notify: row.notify,
    });
  };
}

/** What to add to this machine's clock to have the database's. A signature's time must be right even where the machine's is not. */
function clockOffset(row: LoadedDelivery, clock: Clock): number {
  const offset = row.now_ms - clock();
  return Math.abs(offset) < 2_000 ? 0 : offset;
}

async function attempt(
  options: DeliverOptions,
  row: LoadedDelivery,
  target: Target,
  nowMs: number,
): Promise<SendOutcome> {
  const id = row.external_id ?? encodeId("event", row.event_id);
  const headers: Record<string, string> = {
    ...target.headers,
    "content-type": row.payload_format === "cloudevents" ? "application/cloudevents+json" : "application/json",
    "user-agent": options.userAgent,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(nowMs / 1000)),
    "webhook-signature": await signatures(target, id, nowMs, row.body),
  };
  const traceparent = traceparentOf(row.trace_id);
  if (traceparent) headers["traceparent"] = traceparent;
  return options.sender.send({ url: target.url, headers, body: row.body, timeoutMs: target.timeoutMs });
}

/** W3C Trace Context: a whole traceparent is passed on; other trace ids stay in the event. */
function traceparentOf(traceId: string | null): string | null {
  return traceId && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceId) ? traceId : null;
}
