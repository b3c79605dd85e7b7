import type { Clock } from "#domain/clock.ts";
import { isUnavailable, type Store } from "#db/store.ts";
import { Problem } from "#domain/problems.ts";
import type { EventRow } from "#db/sql/publish.ts";
import { Budget } from "./budget.ts";
import type { KnownCatalogs } from "./catalogs/known.ts";
import type { EventInput, Published } from "./publish/event.ts";
import { EventIds } from "./publish/eventIds.ts";
import { EventTypes } from "./publish/eventTypes.ts";
import { findFirst } from "./publish/firstEvent.ts";
import { GroupCommit, type Outcome } from "./publish/groupCommit.ts";
import { prepare, type Preparable, type Preparing } from "./publish/prepare.ts";
import { RequestNotes, type RequestNote } from "./publish/requestNotes.ts";

export interface PublisherOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** For events that come without their catalog's envelope. */
  readonly catalogs: KnownCatalogs;
  /** Events that may wait for the database in this process; more get `overloaded`. */
  readonly maxWaitingEvents: number;
  /** How long an event may expect to wait for the database; what would wait longer gets `overloaded` at once. */
  readonly maxWaitMs: number;
  /** How long an event waits for its commit at most, and for what is asked before it; less where the request's budget is. */
  readonly deadlineMs: number;
  /** Statements under way at once; 2 unless told. */
  readonly statements?: number;
  /** Told of what is our mistake, where the answer is one of many and no error is thrown. */
  readonly onError?: (error: unknown) => void;
}

/** Publishes for a whole process: concurrent publishes share statements, event types and their compiled schemas. */
export interface Publisher {
  /**
   * Accepts one event: when this resolves, it is committed.
   * @param idempotencyKey of the request, or null
   * @param budget of the request, of which some was used for its key; absent: `deadlineMs`
   * @throws {Problem} unknownEventType, foreignEventType, unknownVersion, reservedEventType, invalidEnvelope, invalidData, idConflict, idempotencyConflict, overloaded, unavailable
   */
  publish(input: EventInput, idempotencyKey: string | null, budget?: Budget): Promise<Published>;
  /**
   * Accepts many, each for itself; the answers come in the order of the items. What was refused while it was read is passed through.
   * @throws {Problem} overloaded, unavailable (when the database answered for none)
   */
  publishBatch(
    items: readonly (EventInput | Problem)[],
    idempotencyKey: string | null,
    budget?: Budget,
  ): Promise<readonly (Published | Problem)[]>;
  /** Makes an API.Request.Received for a tenant that subscribes to it; returns at once, and drops the note rather than wait. */
  noteRequest(note: RequestNote): void;
  /** Whether a publish that comes now would get `overloaded`. Cheap: asked before a request is read. */
  isFull(): boolean;
  /** Resolves when nothing is under way any more. */
  drained(): Promise<void>;
}

/** How often a type may change between its check and the commit before the publisher is told to try again. */
const MAX_ROUNDS = 3;

/** Makes the publisher of a process. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { store, clock, catalogs, maxWaitingEvents, maxWaitMs, deadlineMs, statements, onError } = options;
  const commit = new GroupCommit({
    store,
    maxWaiting: maxWaitingEvents,
    maxWaitMs,
    deadlineMs,
    ...(statements === undefined ? {} : { statements }),
  });
  const parts = { store, clock, catalogs, types: new EventTypes(store), ids: new EventIds(clock), commit };
  const notes = new RequestNotes({ store, clock, commit, ids: parts.ids });
  return {
    async publish(input, idempotencyKey, budget = new Budget(deadlineMs)) {
      const [answer] = await publishAll({ ...parts, budget }, [input], [idempotencyKey]);
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("no answer for an event");
      return answer;
    },
    async publishBatch(items, idempotencyKey, budget = new Budget(deadlineMs)) {
      const inputs = items.filter((item): item is EventInput => !(item instanceof Problem));
      const keys = items.flatMap((item, i) =>
        item instanceof Problem ? [] : [idempotencyKey === null ? null : `${idempotencyKey}#${i}`],
      );
      const answered = await publishAll({ ...parts, budget }, inputs, keys);
      const [first] = answered;
      if (
        first instanceof Problem &&
        answered.every(
          (answer) => answer instanceof Problem && (answer.code === "unavailable" || answer.code === "overloaded"),
        )
      )
        throw first;
      for (const answer of answered)
        if (answer instanceof Problem && answer.code === "internal") onError?.(answer.cause);
      const answers = answered.values();
      return items.map((item) => (item instanceof Problem ? item : asAnswer(answers.next().value)));
    },
    noteRequest: (note) => notes.note(note),
    isFull: () => commit.isFull(),
    drained: () => commit.drained(),
  };
}

interface Parts extends Preparing {
  readonly store: Store;
  readonly commit: GroupCommit;
}

interface Candidate extends Preparable {
  readonly at: number;
}

/**
 * Validate, write, and once more for those whose type changed in between. Errors that are nobody's fault are thrown for all, as long as
 * nothing was written: what is committed must be answered as that, or its publisher makes it a second time.
 */
async function publishAll(
  parts: Parts,
  inputs: readonly EventInput[],
  keys: readonly (string | null)[],
): Promise<(Published | Problem)[]> {
  const answers: (Published | Problem)[] = [];
  let open: Candidate[] = inputs.map((input, at) => ({ at, input, key: keys[at] ?? null, first: null }));
  for (let round = 0; open.length > 0; round++) {
    try {
      if (round === MAX_ROUNDS)
        throw new Problem("overloaded", "The event type is being changed. Try again in a moment.");
      open = await publishRound(parts, open, answers, round > 0);
    } catch (error) {
      if (round === 0) throw error;
      for (const { at } of open) answers[at] ??= toProblem(error);
      return answers;
    }
  }
  return answers;
}

/** Writes the answers it has. @param again what is known of the types is out of date @returns those to be tried once more */
async function publishRound(
  parts: Parts,
  candidates: readonly Candidate[],
  answers: (Published | Problem)[],
  again: boolean,
): Promise<Candidate[]> {
  const checked: Candidate[] = [];
  const rows: EventRow[] = [];
  for (const candidate of candidates) {
    const row = await prepare(parts, candidate, again);
    if (row instanceof Problem) answers[candidate.at] = row;
    else {
      checked.push(candidate);
      rows.push(row);
    }
  }
  const outcomes = await parts.budget.count((leftMs) => parts.commit.submit(rows, leftMs));
  const open: Candidate[] = [];
  for (const [i, candidate] of checked.entries()) {
    const answer = toAnswer(candidate.input, outcomes[i]);
    const isOpen = answer !== "stale" && mayBeTheFirst(candidate, rows[i], outcomes[i]);
    const retry = isOpen ? await asTheFirst(parts, candidate, outcomes[i]) : null;
    if (answer === "stale") open.push(candidate);
    else if (retry === null || retry instanceof Problem) answers[candidate.at] = retry ?? answer;
    else open.push(retry);
  }
  return open;
}

/**
 * The gateway writes its own id and the moment into an envelope, where the publisher gives none: an event that is sent again would differ
 * from the first by these alone. Written with the first one's, it is the same or it is not.
 */
async function asTheFirst(
  { store, budget }: Parts,
  candidate: Candidate,
  outcome: Outcome | undefined,
): Promise<Candidate | Problem | null> {
  const id = outcome !== undefined && "id" in outcome ? outcome.id : null;
  try {
    const first = await budget.spend(() => findFirst(store, candidate.input, id));
    return first === null ? null : { ...candidate, first };
  } catch (error) {
    return toProblem(error);
  }
}

function mayBeTheFirst({ input, first }: Candidate, row: EventRow | undefined, outcome: Outcome | undefined): boolean {
  const wroteEnvelope = input.native === null && typeof row?.native === "string";
  return wroteEnvelope && first === null && (outcome?.status === "idConflict" || outcome?.status === "keyConflict");
}

function toAnswer(input: EventInput, outcome: Outcome | undefined): Published | Problem | "stale" {
  if (outcome === undefined) throw new Error("no outcome for an event");
  if (outcome.status === "failed") return toProblem(outcome.error);
  if (outcome.status === "idConflict") {
    const detail = "Another event with this id was accepted in the last 24 hours. A new event takes a new id.";
    return new Problem("idConflict", detail);
  }
  if (outcome.status === "keyConflict") {
    const detail =
      "Another event was published with this Idempotency-Key in the last 24 hours. A new event takes a new key.";
    return new Problem("idempotencyConflict", detail);
  }
  // A type that is unknown to the database was known a moment ago: it is looked up again, and refused then.
  if (outcome.status === "stale" || outcome.status === "unknownType") return "stale";
  return {
    id: outcome.id ?? "",
    tenantId: input.tenantId,
    type: input.type,
    acceptedAt: (outcome.accepted_at ?? new Date(0)).toISOString(),
    replayed: outcome.status === "replayed",
  };
}

function toProblem(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  if (!isUnavailable(cause)) return new Problem("internal", "The gateway could not store the event.", [], { cause });
  const detail =
    "The database did not answer: the event may or may not have been accepted. With an id or a key it is safe to publish it again.";
  return new Problem("unavailable", detail, [], { cause });
}

function asAnswer(answer: Published | Problem | undefined): Published | Problem {
  return answer ?? new Problem("internal", "The event got no answer.");
}
