import * as sql from "#db/sql/delivery.ts";
import { nextAfter, silenceAsked, type Next } from "#delivery/next.ts";
import type { SendOutcome } from "#delivery/outcome.ts";
import { completeJobs } from "./delivering.ts";
import { Broken, type Flight, type Plan, type Stage } from "./stage.ts";
import type { Hands } from "./world.ts";

interface Answered {
  readonly flight: Flight;
  readonly outcome: SendOutcome;
  readonly room: number;
}

/** Receivers answer some of a deliverer's requests, and it writes that down in one statement. */
export const answer: Plan = (stage) => {
  const deliverer = stage.chances.pick(stage.deliverers);
  const flights = oneOfEach(stage.chances.some(deliverer?.flights ?? [], 1 + stage.chances.below(5)));
  if (deliverer === undefined || flights.length === 0) return null;
  const answered = flights.map((flight) => ({
    flight,
    outcome: outcomeOf(stage),
    room: stage.chances.pick([2, 10, 100]) ?? 2,
  }));
  return {
    what: `${deliverer.id} hears ${answered.map(({ flight, outcome }) => `${outcome.status ?? outcome.failure} for ${flight.delivery}`).join(", ")}`,
    async run(hands) {
      deliverer.flights = deliverer.flights.filter((flight) => !flights.includes(flight));
      await write(stage, hands, answered);
      await hands.store.run(completeJobs, [flights.map(({ job }) => job)]);
    },
  };
};

/** A deliverer that was taken for dead writes what it knows, and deletes its job, whoever has it now. */
export const haunt: Plan = (stage) => {
  const flight = stage.chances.pick(stage.ghosts);
  if (flight === undefined) return null;
  const answered = [{ flight, outcome: outcomeOf(stage), room: 10 }];
  const isDone = stage.chances.chance(0.7);
  return {
    what: `a dead deliverer hears ${answered[0]?.outcome.status} for ${flight.delivery} at attempt ${flight.attempts}${isDone ? ", and deletes its job" : ""}`,
    async run(hands) {
      stage.ghosts = stage.ghosts.filter((ghost) => ghost !== flight);
      await write(stage, hands, answered);
      stage.stale.add(flight.delivery);
      if (!isDone) return;
      stage.orphans.add(flight.delivery);
      await hands.store.run(completeJobs, [[flight.job]]);
    },
  };
};

/** Every request is answered with a success. */
export async function answerAll(stage: Stage, hands: Hands): Promise<void> {
  for (const deliverer of stage.deliverers) {
    while (deliverer.flights.length > 0) {
      const flights = oneOfEach(deliverer.flights);
      deliverer.flights = deliverer.flights.filter((flight) => !flights.includes(flight));
      await write(
        stage,
        hands,
        flights.map((flight) => ({ flight, outcome: answers.ok, room: 100 })),
        false,
      );
      await hands.store.run(completeJobs, [flights.map(({ job }) => job)]);
    }
  }
}

/** Of a delivery that was canceled and redelivered two requests may be under way; only one is written with a statement. */
function oneOfEach(flights: readonly Flight[]): Flight[] {
  return [...new Map(flights.map((flight) => [flight.delivery, flight])).values()];
}

async function write(stage: Stage, hands: Hands, answered: readonly Answered[], isSure = !stage.racing): Promise<void> {
  const { model, look } = stage;
  const due = new Map<string, Next>();
  const rows = answered.map((one) => {
    const { schedule } = model.endpoint(one.flight.endpoint);
    const next = nextAfter(one.outcome, schedule, one.flight.step, 0, look.nowMs);
    due.set(one.flight.delivery, next);
    return outcomeRow(one, next, look.nowMs);
  });
  const written = await hands.store.run<{ id: string }>(sql.recordOutcomes, [JSON.stringify(rows)]);
  const accepted = new Set(written.map(({ id }) => id));
  for (const { flight, outcome } of answered) {
    const row = look.deliveries.find(({ id }) => id === flight.delivery);
    const delivery = row && model.delivery(row);
    const next = due.get(flight.delivery);
    if (row === undefined || delivery === undefined || next === undefined) throw new Error("a flight is of a delivery");
    const isCurrent = (row.status === "queued" || row.status === "canceled") && delivery.attempts === flight.attempts;
    if (isSure && isCurrent !== accepted.has(row.id))
      throw new Broken(
        `An outcome is written just where its delivery is as it was when the request went out: ${row.id}`,
      );
    if (!accepted.has(row.id)) continue;
    model.attempted(delivery, next.next, look.nowMs + next.retryMs);
    const endpoint = model.endpoint(flight.endpoint);
    if (outcome.status === 410 && !endpoint.deleted) endpoint.person = "disabled";
  }
}

function outcomeRow({ flight, outcome, room }: Answered, next: Next, nowMs: number): sql.OutcomeRow {
  return {
    delivery_id: flight.delivery,
    attempts: flight.attempts,
    age_ms: 0,
    duration_ms: outcome.durationMs,
    outcome: outcome.outcome,
    failure: outcome.failure,
    http_status: outcome.status,
    error: outcome.error,
    response_body: null,
    address: null,
    next: next.next,
    retry_ms: next.retryMs,
    step: next.step,
    gone: next.gone,
    notify: false,
    room,
    wait_ms: silenceAsked(outcome, nowMs),
  };
}

const nothing = { durationMs: 1, error: null, responseBody: null, address: null, retryAfter: null };
const failed = { ...nothing, outcome: "failed", failure: "httpStatus" } as const;
const answers = {
  ok: { ...nothing, outcome: "succeeded", failure: null, status: 200 },
  error: { ...failed, status: 500 },
  busy: { ...failed, status: 503 },
  later: { ...failed, status: 503, retryAfter: "30" },
  tooMany: { ...failed, status: 429 },
  tooManyForNow: { ...failed, status: 429, retryAfter: "120" },
  gone: { ...failed, status: 410 },
  hangs: { ...nothing, outcome: "failed", failure: "timeout", status: null },
  interrupted: { ...nothing, outcome: "failed", failure: "interrupted", status: null },
} as const satisfies Record<string, SendOutcome>;

type Answer = keyof typeof answers;
const troubles: readonly Answer[] = [
  "error",
  "error",
  "error",
  "error",
  "hangs",
  "busy",
  "later",
  "tooMany",
  "tooManyForNow",
  "interrupted",
];

function outcomeOf({ chances, health }: Stage): SendOutcome {
  if (chances.chance(health)) return answers.ok;
  return answers[chances.chance(0.02) ? "gone" : (chances.pick(troubles) ?? "error")];
}
