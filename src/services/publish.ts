import type { Clock } from "#domain/clock.ts";
import { isUnavailable, type Store } from "#db/store.ts";
import { Problem } from "#domain/problems.ts";
import type { EventRow } from "#db/sql/publish.ts";
import type { EventInput, Published } from "./publish/event.ts";
import { EventIds } from "./publish/eventIds.ts";
import { EventTypes, type KnownType } from "./publish/eventTypes.ts";
import { GroupCommit, type Outcome } from "./publish/groupCommit.ts";
import { RequestNotes, type RequestNote } from "./publish/requestNotes.ts";
import { unknownType, validateEvent } from "./publish/validate.ts";

export interface PublisherOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Events that may wait for the database in this process; more get `overloaded`. */
  readonly maxWaitingEvents: number;
  /** How long an event waits for its commit at most. */
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
   * @throws {Problem} unknownEventType, unknownVersion, reservedEventType, invalidData, idConflict, idempotencyConflict, overloaded, unavailable
   */
  publish(input: EventInput, idempotencyKey: string | null): Promise<Published>;
  /**
   * Accepts many, each for itself; the answers come in the order of the items. What was refused while it was read is passed through.
   * @throws {Problem} overloaded, unavailable (when the database answered for none)
   */
  publishBatch(
    items: readonly (EventInput | Problem)[],
    idempotencyKey: string | null,
  ): Promise<readonly (Published | Problem)[]>;
  /** Makes an API.Request.Received for a tenant that subscribes to it; returns at once, and drops the note rather than wait. */
  noteRequest(note: RequestNote): void;
  /** Resolves when nothing is under way any more. */
  drained(): Promise<void>;
}

/** How often a type may change between its check and the commit before the publisher is told to try again. */
const MAX_ROUNDS = 3;

/** Makes the publisher of a process. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { store, clock, maxWaitingEvents, deadlineMs, statements, onError } = options;
  const commit = new GroupCommit({
    store,
    maxWaiting: maxWaitingEvents,
    deadlineMs,
    ...(statements === undefined ? {} : { statements }),
  });
  const parts: Parts = { types: new EventTypes(store), ids: new EventIds(clock), commit };
  const notes = new RequestNotes({ store, clock, commit, ids: parts.ids });
  return {
    async publish(input, idempotencyKey) {
      const [answer] = await publishAll(parts, [input], [idempotencyKey]);
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("no answer for an event");
      return answer;
    },
    async publishBatch(items, idempotencyKey) {
      const inputs = items.filter((item): item is EventInput => !(item instanceof Problem));
      const keys = items.flatMap((item, i) =>
        item instanceof Problem ? [] : [idempotencyKey === null ? null : `${idempotencyKey}#${i}`],
      );
      const answered = await publishAll(parts, inputs, keys);
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
    drained: () => commit.drained(),
  };
}

interface Parts {
  readonly types: EventTypes;
  readonly ids: EventIds;
  readonly commit: GroupCommit;
}

interface Candidate {
  readonly at: number;
  readonly input: EventInput;
  readonly key: string | null;
}

/** Validate, write, and once more for those whose type changed in between. Errors that are nobody's fault are thrown for all. */
async function publishAll(
  parts: Parts,
  inputs: readonly EventInput[],
  keys: readonly (string | null)[],
): Promise<(Published | Problem)[]> {
  const answers: (Published | Problem)[] = [];
  let open: Candidate[] = inputs.map((input, at) => ({ at, input, key: keys[at] ?? null }));
  for (let round = 0; open.length > 0; round++) {
    if (round === MAX_ROUNDS)
      throw new Problem("overloaded", "The event type is being changed. Try again in a moment.");
    const checked: Candidate[] = [];
    const rows: EventRow[] = [];
    for (const candidate of open) {
      const row = await prepare(parts, candidate, round > 0);
      if (row instanceof Problem) answers[candidate.at] = row;
      else {
        checked.push(candidate);
        rows.push(row);
      }
    }
    const outcomes = await parts.commit.submit(rows);
    open = checked.filter((candidate, i) => {
      const answer = toAnswer(candidate.input, outcomes[i]);
      if (answer === "stale") return true;
      answers[candidate.at] = answer;
      return false;
    });
  }
  return answers;
}

async function prepare({ types, ids }: Parts, { input, key }: Candidate, again: boolean): Promise<EventRow | Problem> {
  // No await where the type is known: a batch of 1,000 would pay for 1,000 turns of the event loop.
  let type: KnownType | null | undefined = again ? undefined : types.peek(input.catalog, input.type);
  if (type === undefined)
    type = again ? await types.refresh(input.catalog, input.type) : await types.get(input.catalog, input.type);
  const version = validateEvent(input, type);
  if (version instanceof Problem || type === null) return version instanceof Problem ? version : unknownType(input);
  const { uuid, typeId } = ids.next();
  const keys: string[] = [];
  if (input.externalId !== null) keys.push(`id:${input.externalId}`);
  if (key !== null) keys.push(`key:${key}`);
  return {
    event_id: uuid,
    type_id: typeId,
    external_id: input.externalId,
    keys,
    tenant_id: input.tenantId,
    catalog: input.catalog,
    type: input.type,
    type_revision: type.revision,
    version,
    version_assumed: input.version === null,
    occurred_at: input.occurredAt,
    source: input.source,
    user_id: input.userId,
    correlation_id: input.correlationId,
    trace_id: input.traceId,
    ordering_key: input.orderingKey,
    metadata: input.metadata,
    data: input.data,
    operational: false,
  };
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
