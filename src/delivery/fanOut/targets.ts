import type { CandidateRow, EventToShape, FanOutPage, FanOutTarget } from "#db/sql/delivery.ts";
import { envelopeOf } from "#domain/catalog/envelope.ts";
import { rewriteCloudEvent, rewriteNative, rewriteStandard } from "#domain/catalog/rewrite.ts";
import type { Candidate, Decision } from "../expressions/evaluator.ts";
import { nativeOf, shapeOf, type About, type Knowledge, type Shape } from "./shape.ts";
import { storable } from "./storable.ts";

/**
 * The deliveries of a page, and the filters that failed on the way. `last`: the endpoint with which the page is full; null: all are in it.
 */
export type Decided = Required<Pick<FanOutPage, "targets" | "failures">> & { readonly last: string | null };

/** Of bodies in a page: writing 33 MB takes as long as a statement may, and then the event would never be written. */
const maxBodyCharacters = 4_000_000;

/** Every endpoint that an expression has nothing to say about gets the event by its first subscription. */
export function plainTargets(event: EventToShape): FanOutTarget[] {
  return byEndpoint(event.candidates).flatMap(([first]) =>
    first === undefined ? [] : [{ endpoint: first.endpoint, subscription: first.subscription, format: first.format }],
  );
}

/** Of an event whose data is wrong no body is made: a redelivery makes it, as its subscription asks for it. */
export function invalidTargets(event: EventToShape, error: string): FanOutTarget[] {
  return plainTargets(event).map((target) => ({ ...target, error }));
}

/** Whether anything must be evaluated, or rewritten, for the candidates of an event that is sent. */
export function isPlain(event: EventToShape, about: About | null): boolean {
  return (
    event.candidates.every((c) => c.version === null && c.filter === null && c.transform === null) &&
    (about === null || about.type.versions.every((v) => v.deprecated === undefined))
  );
}

/** Asks each endpoint's candidates in their order; the first that matches delivers. */
export async function decideTargets(knowledge: Knowledge, about: About | null, event: EventToShape): Promise<Decided> {
  // Behind one that matches whatever the event says, nobody is asked.
  const asked = byEndpoint(event.candidates).flatMap((candidates) => {
    const sure = candidates.findIndex((c) => c.filter === null);
    return sure < 0 ? candidates : candidates.slice(0, sure + 1);
  });
  const shapes = await shapesOf(knowledge, about, event, asked);
  const decisions = await decisionsOf(knowledge, event, asked, shapes);
  const targets = new Map<string, FanOutTarget>();
  const failures: { subscription: string; message: string }[] = [];
  let bodyCharacters = 0;
  let last: string | null = null;
  for (const candidate of asked) {
    if (targets.has(candidate.endpoint)) continue;
    if (bodyCharacters >= maxBodyCharacters && last !== null && candidate.endpoint !== last)
      return { targets: [...targets.values()], failures, last };
    last = candidate.endpoint;
    const shape = shapes.get(candidate.version) ?? asPublished;
    const decision = decisions.get(candidate) ?? { matched: true, body: null };
    if (!decision.matched) {
      if (decision.failure !== null)
        failures.push({ subscription: candidate.subscription, message: storable(decision.failure) });
      continue;
    }
    const target = targetOf(about, event, candidate, shape, decision);
    targets.set(candidate.endpoint, target);
    bodyCharacters += target.body?.length ?? 0;
  }
  return { targets: [...targets.values()], failures, last: null };
}

const asPublished: Shape = { downgrade: null, notice: null, error: null };

async function shapesOf(
  knowledge: Knowledge,
  about: About | null,
  event: EventToShape,
  asked: readonly CandidateRow[],
): Promise<ReadonlyMap<string | null, Shape>> {
  const shapes = new Map<string | null, Shape>();
  for (const { version } of asked)
    if (!shapes.has(version)) shapes.set(version, await shapeOf(knowledge, about, event, version));
  return shapes;
}

/** Of those that have something to evaluate. A version that cannot be made is no input: its candidate is left out, and matches. */
async function decisionsOf(
  { evaluator }: Knowledge,
  event: EventToShape,
  asked: readonly CandidateRow[],
  shapes: ReadonlyMap<string | null, Shape>,
): Promise<ReadonlyMap<CandidateRow, Decision>> {
  const rows = asked.filter(
    (c) => (c.filter !== null || c.transform !== null) && (shapes.get(c.version) ?? asPublished).error === null,
  );
  if (rows.length === 0) return new Map();
  const inputs = new Map<string | null, string>();
  for (const [version, { downgrade }] of shapes)
    if (downgrade !== null) inputs.set(version, rewriteStandard(event.body, { downgrade, notice: null }));
  const candidates = rows.map(({ filter, transform, version }): Candidate => {
    const input = inputs.get(version);
    return { filter, transform, ...(input === undefined ? {} : { input }) };
  });
  const decisions = await evaluator.decide({ event: event.body, candidates, tenantId: event.tenant_id });
  return new Map(
    rows.map((row, i) => [row, decisions[i] ?? { matched: true, failure: "the expression was not evaluated" }]),
  );
}

function targetOf(
  about: About | null,
  event: EventToShape,
  { endpoint, subscription, format }: CandidateRow,
  shape: Shape,
  decision: Decision & { readonly matched: true },
): FanOutTarget {
  const error = shape.error ?? ("failure" in decision ? decision.failure : null);
  if (error !== null) return { endpoint, subscription, format, error: storable(error) };
  // What a transform gave is JSON of its own form, whatever the endpoint's format.
  if ("body" in decision && decision.body !== null)
    return { endpoint, subscription, format: "standard", body: decision.body };
  const body = rewritten(about, event, format, shape);
  return { endpoint, subscription, format, ...(body === null ? {} : { body }) };
}

/** Null: the body of the format, as it is for everybody. */
function rewritten(
  about: About | null,
  event: EventToShape,
  format: CandidateRow["format"],
  shape: Shape,
): string | null {
  if (about === null || format === "thin" || (shape.downgrade === null && shape.notice === null)) return null;
  if (format === "standard") return rewriteStandard(event.body, shape);
  if (format === "cloudevents") return event.cloudevent === null ? null : rewriteCloudEvent(event.cloudevent, shape);
  const native = nativeOf(about, event);
  return rewriteNative(native, envelopeOf(about.catalog.document, JSON.parse(native)), shape);
}

function byEndpoint(candidates: readonly CandidateRow[]): readonly (readonly CandidateRow[])[] {
  const groups = new Map<string, CandidateRow[]>();
  for (const candidate of candidates) {
    const group = groups.get(candidate.endpoint);
    if (group === undefined) groups.set(candidate.endpoint, [candidate]);
    else group.push(candidate);
  }
  return [...groups.values()];
}
