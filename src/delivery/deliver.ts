import { setTimeout as sleep } from "node:timers/promises";
import type { Chance, Clock } from "#domain/clock.ts";
import type { Delivery, DeliveryRows } from "./deliveryRows.ts";
import type { Target, Targets } from "./endpoints.ts";
import type { Measures } from "./measures.ts";
import { nextAfter, silenceAsked } from "./next.ts";
import type { SendOutcome } from "./outcome.ts";
import type { Pump } from "./pump.ts";
import { requestOf } from "./request.ts";
import type { Sender } from "./sender.ts";
import type { Slot, Slots } from "./slots.ts";
import type { Turns } from "./turns.ts";

export interface DeliverOptions {
  readonly rows: DeliveryRows;
  readonly slots: Slots;
  readonly turns: Turns;
  readonly sender: Sender;
  readonly targets: Targets;
  /** Makes the body of a delivery again whose expression had failed. */
  readonly rebuild: (deliveryId: string) => Promise<void>;
  readonly pump: Pick<Pump, "poke" | "waited">;
  readonly measures: Measures;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Aborts when writing must be given up: the process is about to end. */
  readonly signal: AbortSignal;
  /** False when this process has not been heard of for so long that others have taken its jobs. */
  readonly alive: () => boolean;
  readonly userAgent: string;
}

const aliveEveryMs = 100;

/** A delivery that may be sent, and by this process's monotonic clock when that was known. */
interface Ready {
  readonly row: Delivery;
  readonly target: Target;
  readonly loadedAt: number;
}

/**
 * One delivery: load its row, find a slot and its turn, send what the row says, record what became of it. The job that calls this is a wake-up
 * and carries no truth: whatever the row says now decides. Resolves when the outcome is committed; rejects only when that had to be given up.
 */
export function createDeliver(options: DeliverOptions): (deliveryId: string) => Promise<void> {
  const { rows, slots, pump, alive } = options;
  return async function deliver(deliveryId) {
    const ready = await readyToSend(options, deliveryId);
    if (ready === null) return;
    const { row } = ready;
    if (!row.admitted && row.step === 0) pump.waited(row.now_ms - row.due_ms);
    const endpointId = row.endpoint_id;
    const slot = slots.take(endpointId) ?? (await slots.wait(endpointId));
    const waitMs = slot === null ? 0 : await sendInTurn(options, ready, slot);
    // Stood still: others may be sending it by now, and it is theirs to put aside.
    if (waitMs !== null && !alive()) return deliver(deliveryId);
    if (waitMs !== null) {
      const reason = slot === null ? "slow" : "throttled";
      await rows.turnAway({ deliveryId, reason, waitMs, room: slots.room(endpointId) });
    }
    // Another of those that wait may have its turn.
    if (row.admitted || waitMs !== null) pump.poke(endpointId);
  };
}

/** The delivery as it is to be sent; null where it is not, and then whatever that asks for is done. */
async function readyToSend(options: DeliverOptions, deliveryId: string): Promise<Ready | null> {
  const { rows, targets } = options;
  for (;;) {
    const row = await loadAlive(options, deliveryId);
    const loadedAt = performance.now();
    if ("missing" in row) {
      // The delivery is gone, or its event is, and then it must not stay queued.
      await rows.hold(deliveryId);
      return null;
    }
    if (row.status !== "queued") return null;
    if (row.rebuild && row.revision !== null) {
      // More than once where somebody redelivers again just when it has failed: what waits for its body is never sent with another one.
      await options.rebuild(deliveryId);
      continue;
    }
    const isOpen = row.lane === "open" && row.revision !== null;
    const target = isOpen ? await targets.get(row.endpoint_id, row.revision) : null;
    if (target) return { row, target, loadedAt };
    await rows.hold(deliveryId);
    return null;
  }
}

/** A process that stalled (or lost the database) may have lost its jobs to others meanwhile: it first says that it lives, then looks again. */
async function loadAlive(
  { rows, alive, signal }: DeliverOptions,
  deliveryId: string,
): Promise<Delivery | { missing: true }> {
  for (;;) {
    const row = await rows.load(deliveryId);
    if (alive()) return row;
    await sleep(aliveEveryMs, undefined, { signal });
  }
}

/** Sends and records; or answers in how many milliseconds the endpoint's rate limit will let it. */
async function sendInTurn(options: DeliverOptions, ready: Ready, slot: Slot): Promise<number | null> {
  const { clock, turns, sender, measures, userAgent } = options;
  const { row, target, loadedAt } = ready;
  let answerMs: number | null = null;
  let sentAt: number;
  let nowMs: number;
  let outcome: SendOutcome;
  try {
    nowMs = clock() + clockOffset(row, clock);
    // Signed before its turn comes: then it goes out that moment.
    const request = await requestOf(row, target, nowMs, userAgent);
    const turn = target.rateLimited ? await turns.take(row.endpoint_id) : undefined;
    if (typeof turn === "number") return turn;
    // Others may have sent it meanwhile, and those behind it in its key: it would arrive after them.
    if (!options.alive()) return 0;
    sentAt = performance.now();
    measures.sent((row.now_ms - row.due_ms + sentAt - loadedAt) / 1_000);
    slot.begin();
    outcome = await sender.send({ ...request, onLeaving: turn?.onLeaving });
    turn?.onAnswer();
    if (outcome.failure !== "interrupted") answerMs = outcome.durationMs;
  } finally {
    slot.leave(answerMs);
  }
  measures.attempt(outcome.outcome, outcome.failure, outcome.durationMs / 1_000);
  await record(options, ready, { outcome, sentAt, nowMs: nowMs + outcome.durationMs });
  return null;
}

interface Ended {
  readonly outcome: SendOutcome;
  readonly sentAt: number;
  readonly nowMs: number;
}

async function record(options: DeliverOptions, { row, target }: Ready, ended: Ended): Promise<void> {
  const { outcome, sentAt, nowMs } = ended;
  const next = nextAfter(outcome, target.retrySchedule, row.step, options.chance(), nowMs);
  await options.rows.record({
    delivery_id: row.id,
    attempts: row.attempts,
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
    room: options.slots.room(row.endpoint_id),
    wait_ms: silenceAsked(outcome, nowMs),
  });
}

/** What to add to this machine's clock to have the database's. A signature's time must be right even where the machine's is not. */
function clockOffset(row: Delivery, clock: Clock): number {
  const offset = row.now_ms - clock();
  return Math.abs(offset) < 2_000 ? 0 : offset;
}
